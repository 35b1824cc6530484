import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from './redis-server.ts'

interface Teardown {
  teardown(done: () => Promise<void>): void
}

/** What each setting is without. */
export interface SentinelOptions {
  /** How many Sentinels; 1. All but one of them must agree on a failover. */
  readonly sentinels?: number
  /** `mymaster` */
  readonly name?: string
  /** What the servers ask for; nothing. */
  readonly password?: string
  /** What the Sentinels ask for; nothing. */
  readonly sentinelPassword?: string
}

/** A real Redis server with a replica, and the Sentinels that watch both. */
export interface WatchedRedis {
  /** Settings of the gateway, without passwords. */
  readonly settings: { readonly REDIS_SENTINELS: string; readonly REDIS_SENTINEL_NAME: string }
  readonly servers: readonly RedisServer[]
  readonly sentinels: readonly SentinelProcess[]
  /** The server that the first Sentinel that lives takes for the master. */
  master(): Promise<RedisServer>
  /** Ends the master as a crash would; a replica takes over some seconds later. */
  killMaster(): Promise<void>
  /** Waits until the Sentinels name another master than this one. */
  failedOver(from: RedisServer): Promise<void>
}

export interface SentinelProcess {
  readonly port: number
  kill(): Promise<void>
}

/** Starts all, and waits until the Sentinels know each other and the replica. Ended by the test's teardown. */
export async function startSentinel(t: Teardown, options: SentinelOptions = {}): Promise<WatchedRedis> {
  const { sentinels: count = 1, name = 'mymaster', password, sentinelPassword } = options
  const auth = password === undefined ? [] : ['--requirepass', password, '--masterauth', password]
  const args = [...auth, '--repl-diskless-sync-delay', '0']
  const first = await startRedis(t, ...args)
  const second = await startRedis(t, ...args, '--replicaof', '127.0.0.1', String(first.port))
  const login = { password: password ?? '' }
  await until('the replica follows', async () => {
    return /master_link_status:up/.test(
      String(await ask({ port: second.port, ...login }, 'INFO', 'replication')),
    )
  })
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${first.port} ${Math.max(1, count - 1)}`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
    ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
  ]
  const sentinels: SentinelProcess[] = []
  for (let i = 0; i < count; i += 1) sentinels.push(await startOneSentinel(t, lines))
  const toSentinel = (port: number) => ({ port, password: sentinelPassword ?? '' })
  for (const { port } of sentinels) {
    await until('the Sentinels know all', async () => {
      const known = pairs(await ask(toSentinel(port), 'SENTINEL', 'MASTER', name))
      return known['num-slaves'] === '1' && known['num-other-sentinels'] === String(count - 1)
    })
  }
  const servers = [first, second]
  const master = async () => {
    for (const { port } of sentinels) {
      const address = await ask(toSentinel(port), 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name).catch(() => [])
      const found = servers.find((server) => String(server.port) === (address as string[])[1])
      if (found) return found
    }
    throw new Error('no Sentinel names a server')
  }
  return {
    settings: {
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_NAME: name,
    },
    servers,
    sentinels,
    master,
    killMaster: async () => (await master()).kill(),
    failedOver: (from) => until('a replica took over', async () => (await master()) !== from),
  }
}

async function startOneSentinel(t: Teardown, lines: readonly string[]): Promise<SentinelProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines, ''].join('\n'))
  const child = spawn('redis-server', [file, '--sentinel'])
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const kill = async () => {
    process.off('exit', end)
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  t.teardown(async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  })
  await started(child)
  return { port, kill }
}

async function started(child: ChildProcessWithoutNullStreams): Promise<void> {
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line.includes('+monitor master')) {
      child.stdout.resume()
      return
    }
  }
  throw new Error(`the Sentinel did not start:\n${lines.join('\n')}`)
}

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** One command on a connection of its own. */
export async function ask(
  server: { readonly port: number; readonly password?: string },
  command: string,
  ...args: string[]
): Promise<unknown> {
  const client = new Redis({ ...server, lazyConnect: true, retryStrategy: null, commandTimeout: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(command, ...args)
  } finally {
    client.disconnect()
  }
}

/** Looks again and again, for at most 15 s. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function pairs(answer: unknown): Record<string, string> {
  const list = answer as string[]
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1] ?? '']] : [])))
}
