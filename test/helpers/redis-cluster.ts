import { ask, freePort, until } from './redis-sentinel.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

/** The hash tag of all keys of the directory: the part of a key that decides on its slot. */
const TAG = 'directory'
const MASTERS = 3
const SLOTS = 16_384

/** A real Redis Cluster: three masters, and a replica of the one that has the directory. */
export interface RedisClusterNodes {
  /** Settings of the gateway. */
  readonly settings: { readonly REDIS_CLUSTER: string }
  readonly nodes: readonly RedisServer[]
  /** The node that has the directory now, in the eyes of the others. */
  master(): Promise<RedisServer>
  /** Ends the node that has the directory as a crash would; its replica takes over some seconds later. */
  killMaster(): Promise<void>
  /** Waits until another node than this one has the directory. */
  failedOver(from: RedisServer): Promise<void>
}

/** Starts the nodes, joins them, and waits until all agree. Ended by the test's teardown. */
export async function startCluster(t: {
  teardown(done: () => Promise<void>): void
}): Promise<RedisClusterNodes> {
  const started = await Promise.all(Array.from({ length: MASTERS + 1 }, () => startNode(t)))
  const nodes = started.map(({ node }) => node)
  const masters = nodes.slice(0, MASTERS)
  const replica = nodes[MASTERS] as RedisServer
  const share = Math.ceil(SLOTS / MASTERS)
  for (const [i, node] of masters.entries()) {
    const last = Math.min((i + 1) * share, SLOTS) - 1
    await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(i * share), String(last))
    await ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
  }
  const meeting = masters[0] as RedisServer
  for (const { node, bus } of started.slice(1)) {
    await ask(meeting, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), bus)
  }
  const slot = Number(await ask(meeting, 'CLUSTER', 'KEYSLOT', `{${TAG}}`))
  const owner = masters[Math.floor(slot / share)] as RedisServer
  const ownerId = String(await ask(owner, 'CLUSTER', 'MYID'))
  await until('the replica knows its master', async () => {
    return (await ask(replica, 'CLUSTER', 'REPLICATE', ownerId)) === 'OK'
  })
  for (const node of nodes) await until('all nodes agree', () => isComplete(node, replica))
  const master = () => masterOf(nodes, slot)
  return {
    settings: { REDIS_CLUSTER: masters.map(({ port }) => `127.0.0.1:${port}`).join(',') },
    nodes,
    master,
    killMaster: async () => (await master()).kill(),
    failedOver: (from) => {
      const others = nodes.filter((node) => node !== from)
      return until('the replica took over', () => masterOf(others, slot).then(() => true))
    },
  }
}

async function startNode(t: { teardown(done: () => Promise<void>): void }) {
  // By itself the port of the bus is the other one plus 10000, which may be too high.
  const bus = String(await freePort())
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', bus]
  // The nodes tell nobody of a replica before its master has sent it anything, be it a ping: default 10 s.
  const replication = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1']
  return { node: await startRedis(t, ...cluster, ...replication), bus }
}

async function isComplete(node: RedisServer, replica: RedisServer): Promise<boolean> {
  const info = String(await ask(node, 'CLUSTER', 'INFO'))
  const slots = JSON.stringify(await ask(node, 'CLUSTER', 'SLOTS'))
  const linked = String(await ask(replica, 'INFO', 'replication')).includes('master_link_status:up')
  return info.includes('cluster_state:ok') && slots.includes(`,${replica.port},`) && linked
}

type SlotRange = [first: number, last: number, master: [host: string, port: number], ...replicas: unknown[]]

async function masterOf(nodes: readonly RedisServer[], slot: number): Promise<RedisServer> {
  for (const node of nodes) {
    const ranges = (await ask(node, 'CLUSTER', 'SLOTS').catch(() => [])) as SlotRange[]
    const range = ranges.find(([first, last]) => first <= slot && slot <= last)
    const found = nodes.find(({ port }) => port === range?.[2][1])
    if (found) return found
  }
  throw new Error('no node says who has the directory')
}
