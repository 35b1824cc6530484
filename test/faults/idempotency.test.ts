import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { type GatewayProgram, setUp, startGateway, token } from '../acceptance/processes.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type CountingWati, startCountingWati } from './counting-wati.ts'
import { type Heard, sendWithKey } from './keyed-sends.ts'
import { ask, keyOf, read, until } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

const LEASE_MS = 700
const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'messages:send' })

interface Scene {
  a: GatewayProgram
  readonly b: GatewayProgram
  readonly redis: RedisServer
  readonly wati: CountingWati
  /** Starts another `a`, after it was ended. */
  restart(): Promise<void>
  /** How often a key reached Wati. */
  count(key: string): number
}

/** Two replicas on one Redis. Wati answers late, but for keys that begin with `silent`. */
async function startScene(t: Test): Promise<Scene> {
  const wati = await startCountingWati(t, (key) => (key.startsWith('silent') ? 'silence' : 'answer-late'))
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const folder = folderOf(t)
  const settings = {
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '2000',
    ENCRYPTION_KEYS: keyOf('k1'),
    WATI_HOSTS: wati.url,
    IDEMPOTENCY_LEASE_MS: String(LEASE_MS),
    WATI_TIMEOUT_MS: '8000',
  }
  let starts = 0
  const start = (): Promise<GatewayProgram> =>
    startGateway(t, { ...settings, DATA_DIR: `${folder}/${++starts}` })
  const [a, b] = await Promise.all([start(), start()])
  await setUp(a, wati.url)
  await until(
    ({ status }) => status !== 404 && status !== 503,
    () => read(b, 'sales'),
  )
  const count = (key: string): number => wati.arrivals.filter((arrival) => arrival.key === key).length
  const scene = { a, b, redis, wati, count, restart: async () => void (scene.a = await start()) }
  return scene
}

/** What a second try hears once the first is no longer said to be under way. */
async function afterwards(gateway: GatewayProgram, key: string): Promise<Heard> {
  const isOver = ({ status }: Heard): boolean => status !== 409 && status !== 503
  return (await until(isOver, () => sendWithKey(gateway, key))).value
}

const UNKNOWN = { status: 504, problem: 'wati-timeout', outcome: 'unknown', isReplayed: true }

t.test('two replicas on one Redis', async (t) => {
  const scene = await startScene(t)
  const { b, redis, wati, count } = scene

  t.test('let exactly one of the tries pass that come with one key at the same moment', async (t) => {
    const { a } = scene
    const keys = Array.from({ length: 40 }, (_, i) => `race-${i}`)
    const heard = await Promise.all(
      keys.map(async (key) => await Promise.all([a, b, b, a].map((gateway) => sendWithKey(gateway, key)))),
    )
    const wrong = (is: (tries: readonly Heard[], key: string) => boolean): string[] =>
      keys.filter((key, i) => !is(heard[i] ?? [], key))
    const isFirst = ({ status, isReplayed }: Heard): boolean => status === 200 && !isReplayed
    t.same(
      wrong((_, key) => count(key) === 1),
      [],
      'each key reached Wati once',
    )
    t.same(
      wrong((tries) => tries.filter(isFirst).length === 1),
      [],
      'one try heard the answer',
    )
    const isOther = ({ status, isReplayed }: Heard): boolean => status === 409 || isReplayed
    t.same(
      wrong((tries) => tries.every((one) => isFirst(one) || isOther(one))),
      [],
      'and no other was sent',
    )
    const again = await Promise.all(keys.map((key, i) => sendWithKey(i % 2 === 0 ? a : b, key)))
    t.ok(
      again.every(({ status, isReplayed }) => status === 200 && isReplayed),
      'both replicas replay all',
    )
    t.same(
      wrong((_, key) => count(key) === 1),
      [],
    )
  })

  t.test('tell the outcome of one that stood still while it sent, when it wakes', async (t) => {
    const { a } = scene
    const first = sendWithKey(a, 'stopped')
    await wati.arrived('stopped')
    a.process.kill('SIGSTOP')
    t.match(await afterwards(b, 'stopped'), UNKNOWN)
    a.process.kill('SIGCONT')
    const { text, ...heard } = await first
    t.match(heard, { status: 200, outcome: 'accepted', isReplayed: false })
    t.match(await afterwards(b, 'stopped'), { status: 200, text, isReplayed: true }, 'better late than never')
    t.equal(count('stopped'), 1)
  })

  t.test('refuse a write with a key while Redis hangs or is gone, and carry one without', async (t) => {
    const { a } = scene
    const hearsOfIt = async (key: string): Promise<void> => {
      const refused = { status: 503, problem: 'store-unavailable', outcome: 'not_sent' }
      t.match(await sendWithKey(a, key), refused)
      t.equal(count(key), 0)
      t.equal(await sendWithout(a), 200)
    }
    redis.freeze()
    await hearsOfIt('frozen')
    redis.thaw()
    t.match(await afterwards(a, 'frozen'), { status: 200, isReplayed: false }, 'the key is free')
    await redis.kill()
    await hearsOfIt('gone')
    await redis.restart()
    t.match(await afterwards(a, 'gone'), { status: 200, isReplayed: false })
    t.same([count('frozen'), count('gone')], [1, 1])
  })

  const away = {
    hangs: { key: 'redis-hangs', go: () => redis.freeze(), come: () => redis.thaw() },
    'is killed': { key: 'redis-killed', go: () => redis.kill(), come: () => redis.restart() },
  }
  for (const [what, { key, go, come }] of Object.entries(away)) {
    t.test(`keep an outcome later when Redis ${what} before it could take it`, async (t) => {
      const first = sendWithKey(scene.a, key)
      await wati.arrived(key)
      await go()
      const { text, ...heard } = await first
      t.match(heard, { status: 200, outcome: 'accepted' }, 'the caller of the first hears it')
      t.match(await sendWithKey(b, key), { status: 503 })
      await come()
      const isKept = ({ status }: Heard): boolean => status === 200
      const { value } = await until(isKept, () => sendWithKey(b, key))
      t.match(value, { isReplayed: true, text })
      t.equal(count(key), 1)
    })
  }

  t.test('send nothing when one wakes that stood still while it waited for its turn', async (t) => {
    const { a } = scene
    await limit(a, { sendInteractiveButtonsMessage: { max: 1, windowSeconds: 3 } })
    await afterwards(a, 'takes-the-turn')
    const headers = { prefer: 'wait=20' }
    const waiting = sendWithKey(a, 'waiting', { headers })
    await until(
      (count) => count === 1,
      () => claimsIn(redis),
    )
    t.match(await sendWithKey(b, 'waiting'), { status: 409 })
    a.process.kill('SIGSTOP')
    await sleep(LEASE_MS + 200)
    const { text, ...taken } = await sendWithKey(b, 'waiting', { headers })
    t.match(taken, { status: 200, isReplayed: false }, 'the key was free again')
    a.process.kill('SIGCONT')
    t.match(await waiting, { status: 409, outcome: 'not_sent' })
    t.match(await sendWithKey(a, 'waiting'), { status: 200, isReplayed: true, text })
    t.equal(count('waiting'), 1)
    await limit(a, { sendInteractiveButtonsMessage: null })
  })

  t.test('call it unknown for good when one is killed while it sends', async (t) => {
    const first = sendWithKey(scene.a, 'silent')
    await wati.arrived('silent')
    t.match(await sendWithKey(b, 'silent'), { status: 409, problem: 'idempotency-in-flight' })
    await scene.a.stop('SIGKILL')
    t.match(await first, { status: 0 })
    t.match(await afterwards(b, 'silent'), UNKNOWN)
    await scene.restart()
    t.match(await sendWithKey(scene.a, 'silent'), UNKNOWN)
    t.equal(count('silent'), 1)
  })

  t.test('call it unknown when Redis goes away, and the one that sent it, too', async (t) => {
    const first = sendWithKey(scene.a, 'both')
    await wati.arrived('both')
    await redis.kill()
    t.match(await first, { status: 200 })
    await scene.a.stop('SIGKILL')
    await redis.restart()
    t.match(await afterwards(b, 'both'), UNKNOWN)
    t.equal(count('both'), 1)
    await scene.restart()
  })

  t.test('have the outcome of one that was stopped politely, though its caller had left', async (t) => {
    const hangUp = new AbortController()
    const left = sendWithKey(scene.a, 'polite', { signal: hangUp.signal })
    await wati.arrived('polite')
    hangUp.abort()
    await left
    t.equal(await scene.a.stop('SIGTERM'), 0)
    t.match(await sendWithKey(b, 'polite'), { status: 200, isReplayed: true })
    t.equal(count('polite'), 1)
  })
})

t.test('with the embedded store it is unknown at once, when the gateway was started again', async (t) => {
  const wati = await startCountingWati(t, () => 'silence')
  const settings = { WATI_HOSTS: wati.url, DATA_DIR: `${folderOf(t)}/data` }
  const killed = await startGateway(t, settings)
  await setUp(killed, wati.url)
  void sendWithKey(killed, 'killed')
  await wati.arrived('killed')
  await killed.stop('SIGKILL')
  const next = await startGateway(t, settings)
  for (let i = 0; i < 2; i += 1) t.match(await sendWithKey(next, 'killed'), UNKNOWN)
  t.equal(wati.arrivals.length, 1)
})

/** How many keys wait for their turn. */
async function claimsIn({ url }: RedisServer): Promise<number> {
  const client = new Redis(url)
  try {
    const keys = await client.keys('wati-gateway:idempotency:*')
    const states = await Promise.all(keys.map((key) => client.hget(key, 'state')))
    return states.filter((state) => state === 'claimed').length
  } finally {
    client.disconnect()
  }
}

async function sendWithout({ data }: GatewayProgram): Promise<number> {
  const { status } = await fetch(`${data}/channels/sales/api/v1/sendInteractiveButtonsMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CALLER}`, 'content-type': 'application/json' },
    body: '{"key":"without"}',
  })
  return status
}

/** Gives the account these limits, in force on both replicas. */
async function limit(gateway: GatewayProgram, limits: object): Promise<void> {
  const { tenantId, baseUrl } = (await ask(gateway, 'GET', '/v1/accounts/acme')).body
  const write = () => ask(gateway, 'PUT', '/v1/accounts/acme?wait=all', { tenantId, baseUrl, limits })
  // Redis may only just have come back.
  await until(({ status }) => status === 200, write)
}
