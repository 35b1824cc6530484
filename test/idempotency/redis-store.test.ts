import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisIdempotencyStore } from '../../src/idempotency/redis-store.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { type StoreTimes, claimOf, hashOf, testStore } from './store-suite.ts'

const TIMES = { leaseMs: 60_000, keptMs: 120_000 }
const TIMEOUT_MS = 300

function open(
  t: Test,
  settings: { REDIS_URL?: string; REDIS_CLUSTER?: string },
  times: StoreTimes = TIMES,
  ms = 5_000,
) {
  const address = readRedisAddress({ REDIS_SENTINEL_NAME: '', ...settings })!
  const store = new RedisIdempotencyStore({ ...times, address, commandTimeoutMs: ms })
  t.teardown(() => store.close())
  return store
}

t.test('the Redis store does what every store does', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  testStore(t, async (t, times) => {
    await client.flushall()
    const settings = { REDIS_URL: server.url }
    return { store: open(t, settings, times), reopen: async () => open(t, settings, times) }
  })
})

t.test(
  'each record is a key of its own that goes away by itself, and shows no claim of its owner',
  async (t) => {
    const server = await startRedis(t)
    const client = new Redis(server.url)
    t.teardown(() => client.disconnect())
    const store = open(t, { REDIS_URL: server.url })
    const key = `wati-gateway:idempotency:${hashOf('a')}`
    const claim = claimOf()
    await store.claim(hashOf('a'), claim)
    t.same(await client.keys('*'), [key])
    const left = async (): Promise<number> => await client.pttl(key)
    t.ok((await left()) > 50_000 && (await left()) <= 60_000, 'a claim for a lease')
    await store.send(hashOf('a'), claim.token)
    t.ok((await left()) > 110_000, 'what was sent for as long as outcomes are kept')
    await store.keep(hashOf('a'), claim.token, { head: 'head', body: 'body', sealed: 'x' })
    t.ok((await left()) > 110_000 && (await left()) <= 120_000)
  },
)

t.test('two replicas that claim the same names at once agree on who has each', async (t) => {
  const server = await startRedis(t)
  const [one, other] = [open(t, { REDIS_URL: server.url }), open(t, { REDIS_URL: server.url })]
  for (let i = 0; i < 200; i += 1) {
    const found = await Promise.all([one, other].map((store) => store.claim(hashOf(String(i)), claimOf())))
    t.same(found.map(({ state }) => state).sort(), ['claimed', 'running'])
  }
})

t.test('on a Cluster the records spread over the nodes', async (t) => {
  const cluster = await startCluster(t)
  const store = open(t, cluster.settings)
  for (let i = 0; i < 30; i += 1) {
    const claim = claimOf()
    t.same(await store.claim(hashOf(String(i)), claim), { state: 'claimed' })
    t.equal(await store.send(hashOf(String(i)), claim.token), true)
  }
})

t.test('Redis that hangs, or is gone, fails each step in time', async (t) => {
  const server = await startRedis(t)
  const store = open(t, { REDIS_URL: server.url }, TIMES, TIMEOUT_MS)
  const { token, ...rest } = claimOf()
  await store.claim(hashOf('a'), { token, ...rest })
  const steps: (() => Promise<unknown>)[] = [
    () => store.claim(hashOf('b'), claimOf()),
    () => store.send(hashOf('a'), token),
    () => store.renew(hashOf('a'), token),
    () => store.keep(hashOf('a'), token, { head: 'head', body: '', sealed: '' }),
    () => store.release(hashOf('a'), token),
  ]
  const allFail = async (): Promise<void> => {
    for (const step of steps) {
      const startedAt = performance.now()
      await t.rejects(step, /Redis \(127\.0\.0\.1:\d+\)/)
      t.ok(performance.now() - startedAt < 4 * TIMEOUT_MS, 'in time')
    }
  }
  server.freeze()
  await allFail()
  server.thaw()
  await server.kill()
  await allFail()
})
