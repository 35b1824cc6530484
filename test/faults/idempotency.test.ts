import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type GatewayProgram, setUp, startGateway, token } from '../acceptance/processes.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type CountingWati, type Deed, startCountingWati } from './counting-wati.ts'
import { type Heard, sendWithKey } from './keyed-sends.ts'
import { ask, keyOf, read, until } from './replicas.ts'

const LEASE_MS = 700
const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'messages:send' })

interface Scene {
  readonly a: GatewayProgram
  readonly b: GatewayProgram
  readonly redis: RedisServer
  readonly wati: CountingWati
  /** Starts `a` anew, after it was killed. */
  restart(): Promise<GatewayProgram>
  /** How often a key reached Wati. */
  count(key: string): number
}

async function startScene(t: Test, deed: Deed = 'answer'): Promise<Scene> {
  const wati = await startCountingWati(t, () => deed)
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const folder = t.testdir()
  const settings = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: keyOf('k1'),
    WATI_HOSTS: wati.url,
    IDEMPOTENCY_LEASE_MS: String(LEASE_MS),
    WATI_TIMEOUT_MS: '8000',
  }
  const start = (name: string): Promise<GatewayProgram> =>
    startGateway(t, { ...settings, DATA_DIR: `${folder}/${name}` })
  const [a, b] = await Promise.all([start('a'), start('b')])
  await setUp(a, wati.url)
  await until(
    ({ problem }) => problem !== 'unknown-channel',
    () => read(b, 'sales', { customer: '5521900000000' }),
  )
  const count = (key: string): number => wati.arrivals.filter((arrival) => arrival.key === key).length
  return { a, b, redis, wati, restart: () => start('c'), count }
}

/** What a second try hears once the first is no longer said to be under way. */
async function afterwards(gateway: GatewayProgram, key: string): Promise<Heard> {
  const { value } = await until(
    ({ status }) => status !== 409 && status !== 503,
    () => sendWithKey(gateway, key),
  )
  return value
}

const UNKNOWN = { status: 504, problem: 'wati-timeout', outcome: 'unknown', isReplayed: true }

t.test('of the same key at two replicas at the same moment exactly one reaches Wati', async (t) => {
  const { a, b, count } = await startScene(t, 'answer-late')
  const keys = Array.from({ length: 60 }, (_, i) => `race-${i}`)
  const heard = await Promise.all(
    keys.map(async (key) => await Promise.all([a, b, b, a].map((gateway) => sendWithKey(gateway, key)))),
  )
  t.same(
    keys.filter((key) => count(key) !== 1),
    [],
    'each reached it once',
  )
  for (const tries of heard) {
    t.equal(tries.filter(({ status, isReplayed }) => status === 200 && !isReplayed).length, 1)
    t.ok(tries.every(({ status, isReplayed }) => status === 409 || status === 200 || isReplayed))
  }
  const again = await Promise.all(keys.map((key, i) => sendWithKey(i % 2 === 0 ? a : b, key)))
  t.ok(
    again.every(({ status, isReplayed }) => status === 200 && isReplayed),
    'both replicas replay all',
  )
  t.same(
    keys.filter((key) => count(key) !== 1),
    [],
  )
})

t.test(
  'a replica that is killed while it sends leaves an outcome that is unknown, and stays so',
  async (t) => {
    const { a, b, wati, count, restart } = await startScene(t, 'silence')
    const first = sendWithKey(a, 'killed')
    await wati.arrived('killed')
    t.match(await sendWithKey(b, 'killed'), { status: 409, problem: 'idempotency-in-flight' })
    await a.stop('SIGKILL')
    t.match(await first, { status: 0 })
    t.match(await sendWithKey(b, 'killed'), { status: 409 }, 'for as long as its lease lasts')
    t.match(await afterwards(b, 'killed'), UNKNOWN)
    t.match(await sendWithKey(await restart(), 'killed'), UNKNOWN)
    t.equal(count('killed'), 1)
  },
)

t.test('the embedded store tells it at once, when the gateway was started again', async (t) => {
  const wati = await startCountingWati(t, () => 'silence')
  const settings = { WATI_HOSTS: wati.url, DATA_DIR: `${t.testdir()}/data` }
  const killed = await startGateway(t, settings)
  await setUp(killed, wati.url)
  void sendWithKey(killed, 'killed')
  await wati.arrived('killed')
  await killed.stop('SIGKILL')
  const next = await startGateway(t, settings)
  for (let i = 0; i < 2; i += 1) t.match(await sendWithKey(next, 'killed'), UNKNOWN)
  t.equal(wati.arrivals.length, 1)
})

t.test('a replica that stands still while it sends tells the outcome when it wakes', async (t) => {
  const { a, b, wati, count } = await startScene(t, 'answer-late')
  const first = sendWithKey(a, 'stopped')
  await wati.arrived('stopped')
  a.process.kill('SIGSTOP')
  t.match(await afterwards(b, 'stopped'), UNKNOWN)
  a.process.kill('SIGCONT')
  t.match(await first, { status: 200, outcome: 'accepted', isReplayed: false })
  const { text } = await first
  t.match(
    await sendWithKey(b, 'stopped'),
    { status: 200, text, isReplayed: true },
    'better known late than never',
  )
  t.equal(count('stopped'), 1)
})

t.test('a replica that stood still while it waited for its turn sends nothing when it wakes', async (t) => {
  const { a, b, count } = await startScene(t)
  const limits = { sendInteractiveButtonsMessage: { max: 1, windowSeconds: 3 } }
  const account = await ask(a, 'GET', '/v1/accounts/acme')
  const { tenantId, baseUrl } = account.body
  const written = await ask(a, 'PUT', '/v1/accounts/acme?wait=all', { tenantId, baseUrl, limits })
  t.equal(written.status, 200)
  t.match(await sendWithKey(a, 'first'), { status: 200 })
  const headers = { prefer: 'wait=20' }
  const waiting = sendWithKey(a, 'waiting', { headers })
  await until(
    ({ status }) => status === 409,
    () => sendWithKey(b, 'waiting', { headers: { prefer: 'wait=0' } }),
  )
  a.process.kill('SIGSTOP')
  await sleep(LEASE_MS + 200)
  const taken = await sendWithKey(b, 'waiting', { headers })
  t.match(taken, { status: 200, isReplayed: false }, 'the key was free again')
  a.process.kill('SIGCONT')
  t.match(await waiting, { status: 409, outcome: 'not_sent' })
  t.match(await sendWithKey(a, 'waiting'), { status: 200, isReplayed: true, text: taken.text })
  t.equal(count('waiting'), 1)
})

t.test('while Redis hangs or is gone a write with a key is refused, and one without goes on', async (t) => {
  const { a, redis, count } = await startScene(t)
  const refusedAndWithout = async (key: string): Promise<void> => {
    const refused = { status: 503, problem: 'store-unavailable', outcome: 'not_sent' }
    t.match(await sendWithKey(a, key), refused)
    t.equal(count(key), 0)
    const without = await fetch(`${a.data}/channels/sales/api/v1/sendInteractiveButtonsMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CALLER}`, 'content-type': 'application/json' },
      body: '{"key":"without"}',
    })
    t.equal(without.status, 200)
  }
  redis.freeze()
  await refusedAndWithout('frozen')
  redis.thaw()
  t.match(await afterwards(a, 'frozen'), { status: 200, isReplayed: false }, 'the key is free')
  await redis.kill()
  await refusedAndWithout('gone')
  await redis.restart()
  t.match(await afterwards(a, 'gone'), { status: 200, isReplayed: false })
})

t.test('an outcome that Redis could not take is kept when it is back, and never sent again', async (t) => {
  const { a, b, redis, wati, count } = await startScene(t, 'answer-late')
  const away: Readonly<Record<string, { go: () => Promise<void> | void; come: () => Promise<void> | void }>> =
    {
      hangs: { go: redis.freeze, come: redis.thaw },
      'is killed': { go: redis.kill, come: redis.restart },
    }
  for (const [what, { go, come }] of Object.entries(away)) {
    const first = sendWithKey(a, what)
    await wati.arrived(what)
    await go()
    t.match(await first, { status: 200, outcome: 'accepted' }, 'its caller hears it')
    t.match(await sendWithKey(b, what), { status: 503 })
    await sleep(LEASE_MS)
    await come()
    const { value } = await until(
      ({ status }) => status === 200,
      () => sendWithKey(b, what),
    )
    t.match(value, { isReplayed: true, text: (await first).text })
    t.equal(count(what), 1)
  }
})

t.test('when Redis goes away and the replica with it, the outcome is unknown', async (t) => {
  const { a, b, redis, wati, count } = await startScene(t, 'answer-late')
  const first = sendWithKey(a, 'both')
  await wati.arrived('both')
  await redis.kill()
  t.match(await first, { status: 200 })
  await a.stop('SIGKILL')
  await redis.restart()
  t.match(await afterwards(b, 'both'), UNKNOWN)
  t.equal(count('both'), 1)
})

t.test('a replica that is stopped politely finishes what it sends, and the others replay it', async (t) => {
  const { a, b, wati, count } = await startScene(t, 'answer-late')
  const hangUp = new AbortController()
  void sendWithKey(a, 'polite', { signal: hangUp.signal })
  await wati.arrived('polite')
  hangUp.abort()
  t.equal(await a.stop('SIGTERM'), 0)
  t.match(await sendWithKey(b, 'polite'), { status: 200, isReplayed: true })
  t.equal(count('polite'), 1)
})
