import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Bare, SALES_NUMBER, TENANT, WATI_TOKEN, startBare } from '../helpers/running-gateway.ts'
import { type TcpProxy, startTcpProxy } from '../helpers/tcp-proxy.ts'

const KEYS = `k:${Buffer.alloc(32, 1).toString('base64')}`
const READ = '/channels/sales/api/v1/getMessageTemplates'

interface Scene {
  readonly a: Bare
  readonly b: Bare
  readonly redis: RedisServer
  /** Stands between a and Redis. */
  readonly proxy: TcpProxy
}

/** Two gateways on one Redis. */
async function startPair(t: Test, settings: Record<string, string> = {}): Promise<Scene> {
  const redis = await startRedis(t)
  const proxy = await startTcpProxy(t, redis.port)
  const shared = { ENCRYPTION_KEYS: KEYS, REDIS_TIMEOUT_MS: '1000', ...settings }
  const sandbox = await startSandbox({ plan: 'unlimited' })
  t.teardown(() => sandbox.close())
  const [a, b] = await Promise.all([
    startBare(t, { ...shared, REDIS_URL: `redis://127.0.0.1:${proxy.port}`, WATI_HOSTS: sandbox.url }),
    startBare(t, {
      ...shared,
      REDIS_URL: redis.url,
      WATI_HOSTS: sandbox.url,
      DATA_DIR: t.testdir({ b: {} }),
    }),
  ])
  const account = { tenantId: TENANT, baseUrl: sandbox.url, token: WATI_TOKEN }
  await put(b, '/v1/accounts/acme', account)
  await put(b, '/v1/channels/sales', { account: 'acme', number: SALES_NUMBER })
  // What a replica does not know yet it would refuse, and not count.
  for (const { call } of [a, b]) while ((await call('GET', READ)).status !== 200) await sleep(10)
  return { a, b, redis, proxy }
}

/** On a busy machine even a Redis that is well can be too slow for a short time-out. */
async function put({ admin }: Bare, path: string, json: object): Promise<void> {
  let seen = await admin('PUT', path, { json })
  for (let tries = 0; seen.status === 503 && tries < 20; tries++) seen = await admin('PUT', path, { json })
  if (seen.status > 201) throw new Error(seen.text)
}

async function countOf({ admin }: Bare): Promise<number> {
  const { status, body, text } = await admin(
    'GET',
    '/v1/usage?operation=getMessageTemplates&outcome=accepted',
  )
  if (status === 503) return Number.NaN
  if (status !== 200) throw new Error(text)
  return (body['items'] as { count: number }[]).reduce((sum, { count }) => sum + count, 0)
}

async function calls({ call }: Bare, times: number): Promise<number> {
  let accepted = 0
  for (let n = 0; n < times; n++) if ((await call('GET', READ)).status === 200) accepted += 1
  return accepted
}

/** Waits until the count is the wanted one; gives what it was in the end. */
async function settled(gateway: Bare, wanted: number, limitMs: number): Promise<number> {
  const end = Date.now() + limitMs
  let count = await countOf(gateway)
  while (count !== wanted && Date.now() < end) {
    await sleep(20)
    count = await countOf(gateway)
  }
  return count
}

t.test('the counts of all replicas are added up, and seen on each within five seconds', async (t) => {
  const { a, b } = await startPair(t)
  const before = await settled(b, 2, 5_000)
  const [fromA, fromB] = await Promise.all([calls(a, 30), calls(b, 20)])
  t.same([fromA, fromB], [30, 20])
  const wanted = before + 50
  t.equal(await settled(a, wanted, 5_000), wanted)
  t.equal(await settled(b, wanted, 5_000), wanted)
})

t.test('what is counted while the network is cut off, or swallows everything, is counted once', async (t) => {
  const { a, b, proxy } = await startPair(t, { REDIS_TIMEOUT_MS: '300', USAGE_FLUSH_MS: '20' })
  let wanted = await settled(b, 2, 5_000)
  for (const fault of ['cut', 'blackHole', 'cut', 'blackHole'] as const) {
    // Broken at any moment of a write: before it was sent, or before its answer has come.
    wanted += await calls(a, 10)
    proxy[fault]()
    wanted += await calls(a, 10)
    await sleep(400)
    wanted += await calls(a, 5)
    proxy.heal()
    t.equal(await settled(b, wanted, 10_000), wanted, fault)
  }
  wanted += await calls(a, 3)
  t.equal(await settled(b, wanted, 5_000), wanted)
})

t.test('a write whose answer comes too late is not added twice', async (t) => {
  const { a, b, proxy } = await startPair(t, { REDIS_TIMEOUT_MS: '300', USAGE_FLUSH_MS: '50' })
  let wanted = await settled(b, 2, 5_000)
  for (let round = 0; round < 3; round++) {
    proxy.delay(250)
    wanted += await calls(a, 20)
    await sleep(600)
    proxy.heal()
    wanted += await calls(a, 2)
    t.equal(await settled(b, wanted, 10_000), wanted)
  }
})

t.test('a Redis that hangs slows no request', async (t) => {
  const { a, b, redis } = await startPair(t, { USAGE_FLUSH_MS: '20' })
  const before = await settled(b, 2, 5_000)
  redis.freeze()
  const startedAt = performance.now()
  t.equal(await calls(a, 100), 100)
  t.comment(`100 requests one after the other took ${Math.round(performance.now() - startedAt)} ms`)
  redis.thaw()
  t.equal(await settled(b, before + 100, 10_000), before + 100)
})
