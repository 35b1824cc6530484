import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { type GatewayProgram, adminToken, startGateway, startSandbox } from '../acceptance/processes.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { fillRedis } from './many-records.ts'
import { monitorRedis } from './redis-monitor.ts'
import { type Load, ask, keyOf, read, rounded, startLoad, until } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

const CHANNELS = 5_000
/** Between two requests, so that the gateways have time to start. */
const PAUSE_MS = 10
const [k1, k2] = [keyOf('k1'), keyOf('k2')]

/** Leads requests to the replicas that are up, as a load balancer does, and takes one out before it stops. */
class Balancer {
  readonly #up: GatewayProgram[] = []
  readonly #underWay = new Map<GatewayProgram, number>()
  #turn = 0

  add(gateway: GatewayProgram): void {
    this.#up.push(gateway)
  }

  async takeOut(gateway: GatewayProgram): Promise<void> {
    this.#up.splice(this.#up.indexOf(gateway), 1)
    await until(
      (count) => count === 0,
      async () => this.#underWay.get(gateway) ?? 0,
    )
  }

  async lead<T>(work: (gateway: GatewayProgram) => Promise<T>): Promise<T> {
    const gateway = this.#up[this.#turn++ % this.#up.length]
    if (gateway === undefined) throw new Error('no replica is up')
    this.#underWay.set(gateway, (this.#underWay.get(gateway) ?? 0) + 1)
    try {
      return await work(gateway)
    } finally {
      this.#underWay.set(gateway, (this.#underWay.get(gateway) ?? 1) - 1)
    }
  }
}

interface Traffic {
  readonly loads: readonly Load[]
  /** How often the channel `line-<i>` was changed. */
  readonly written: Map<string, string>
}

/** Steady reads of all aliases, and steady changes of some. */
function startTraffic(t: Test, balancer: Balancer): Traffic {
  const written = new Map<string, string>()
  let reads = 0
  let writes = 0
  const loads = [
    startLoad(t, 2, async () => {
      await sleep(PAUSE_MS)
      const { status, problem } = await balancer.lead((one) => read(one, `line-${reads++ % CHANNELS}`))
      return `read ${status} ${problem}`
    }),
    startLoad(t, 1, async () => {
      await sleep(PAUSE_MS)
      const alias = `line-${(writes * 7) % CHANNELS}`
      const description = `written ${writes++} times`
      const { status } = await balancer.lead((one) =>
        ask(one, 'PATCH', `/v1/channels/${alias}`, { description }),
      )
      written.set(alias, description)
      return `write ${status}`
    }),
  ]
  return { loads, written }
}

/** Has it rotate, and kills it once Redis has carried out so many commands like this out of scripts. */
async function killAmid(
  t: Test,
  redis: RedisServer,
  gateway: GatewayProgram,
  command: RegExp,
): Promise<void> {
  const monitor = await monitorRedis(t, redis)
  const inItsMiddle = monitor.seen(command, 600)
  const ended = gateway.line(/rotation-failed|is sealed with the first key/).then(
    (line) => t.fail(`it ended by itself: ${line}`),
    () => undefined,
  )
  // It may be killed before it has answered.
  const refused = ask(gateway, 'POST', '/v1/keys/rotate').then(
    async ({ status }) => (status === 202 ? await inItsMiddle : t.fail(`refused with ${status}`)),
    () => undefined,
  )
  await Promise.race([inItsMiddle, ended, refused])
  await gateway.stop('SIGKILL')
  monitor.stop()
}

async function sealedWith(redis: Redis): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of Object.values(await redis.hgetall(REDIS_KEYS.records))) {
    const key = / ([^.]+)\./.exec(value)?.[1] ?? 'nothing'
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

async function auditOf(gateway: GatewayProgram): Promise<{ action: string }[]> {
  const headers = { authorization: `Bearer ${adminToken()}`, accept: 'application/jsonl' }
  const text = await (await fetch(`${gateway.admin}/v1/audit`, { headers })).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string })
}

t.test(
  'all records change their key under load, though the rotation is killed twice in its middle',
  async (t) => {
    const wati = await startSandbox(t)
    const server = await startRedis(t)
    const redis = new Redis(server.port)
    t.teardown(() => redis.disconnect())
    await fillRedis(server, { keys: k1, channels: CHANNELS, wati })
    const balancer = new Balancer()
    const all: GatewayProgram[] = []
    const folder = folderOf(t)
    const start = async (keys: string): Promise<GatewayProgram> => {
      // A machine that starts processes all the time is slow: that is not what is looked at here.
      const slow = { REDIS_TIMEOUT_MS: '3000' }
      const settings = { ...slow, REDIS_URL: server.url, WATI_HOSTS: wati, ENCRYPTION_KEYS: keys }
      const gateway = await startGateway(t, { ...settings, DATA_DIR: `${folder}/${all.length}` })
      await gateway.line(/the directory is loaded/)
      all.push(gateway)
      balancer.add(gateway)
      return gateway
    }
    const restart = async (gateway: GatewayProgram, keys: string): Promise<GatewayProgram> => {
      await balancer.takeOut(gateway)
      t.equal(await gateway.stop(), 0)
      return await start(keys)
    }
    let [a, b] = await Promise.all([start(k1), start(k1)])
    const { loads, written } = startTraffic(t, balancer)

    a = await restart(a, `${k1},${k2}`)
    b = await restart(b, `${k1},${k2}`)
    a = await restart(a, `${k2},${k1}`)
    const early = await ask(a, 'POST', '/v1/keys/rotate')
    t.equal(early.status, 409, 'refused while a replica seals with another key')
    t.match(early.body['detail'], new RegExp(`:${new URL(b.data).port} does not seal with the key k2 yet`))
    b = await restart(b, `${k2},${k1}`)

    await balancer.takeOut(a)
    await killAmid(t, server, a, /lua\] "HSET" "[^"]*:records"/)
    const middle = await sealedWith(redis)
    t.ok(
      (middle['k1'] ?? 0) > 0 && (middle['k2'] ?? 0) > 0,
      `killed among the records: ${JSON.stringify(middle)}`,
    )

    a = await start(`${k2},${k1}`)
    await balancer.takeOut(a)
    await killAmid(t, server, a, /lua\] "XADD" "[^"]*:work:/)
    t.same(Object.keys(await sealedWith(redis)), ['k2'], 'the records are done')
    const half = await ask(b, 'GET', '/v1/keys')
    t.match(half.body, { running: false, complete: false, first: 'k2', ring: ['k2', 'k1'] })
    t.comment(`killed in the history: ${JSON.stringify(half.body['sealedWith'])}`)

    const rotate = await ask(b, 'POST', '/v1/keys/rotate')
    t.equal(rotate.status, 202, 'the other replica goes on with it')
    const { value, tookMs } = await until(
      ({ body }) => body['running'] === false,
      () => ask(b, 'GET', '/v1/keys'),
    )
    t.match(value.body, { complete: true, sealedWith: [{ key: 'k2', records: CHANNELS + 1 }] })
    t.comment(`sealed anew in ${rounded(tookMs)} ms: ${JSON.stringify(value.body['sealedWith'])}`)
    const work = await redis.keys('*:work:*')
    t.same(work, [], 'nothing of the broken-off work is left behind')

    a = await start(k2)
    b = await restart(b, k2)
    const counts = Object.assign({}, ...(await Promise.all(loads.map((load) => load.stop())))) as object
    t.same(Object.keys(counts).sort(), ['read 200 ', 'write 200'], 'no request failed meanwhile')
    t.comment(`requests meanwhile: ${JSON.stringify(counts)}`)
    t.same(
      all.flatMap(({ lines }) => lines).filter((line) => line.includes('seal-broken')),
      [],
      'nothing was unreadable in between',
    )
    for (const gateway of [a, b]) {
      t.match((await ask(gateway, 'GET', '/v1/directory')).body, {
        channels: CHANNELS,
        accounts: 1,
        unreadable: [],
      })
    }
    const wrong: string[] = []
    for (const [alias, description] of written) {
      const { body } = await ask(a, 'GET', `/v1/channels/${alias}`)
      if (body['description'] !== description) wrong.push(alias)
    }
    t.same(wrong, [], `each of the ${written.size} channels has what was last written`)
    const items = await auditOf(b)
    t.same(
      items.filter(({ action }) => action === 'unreadable'),
      [],
      `all ${items.length} of the audit can be read`,
    )
    t.equal(items.length, Number(await redis.hget(REDIS_KEYS.head, 'revision')))
    t.equal(items.filter(({ action }) => action === 'keys.rotate').length, 3)
  },
)
