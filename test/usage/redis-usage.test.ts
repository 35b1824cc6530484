import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisUsage } from '../../src/usage/redis-usage.ts'
import type { UsageLimits } from '../../src/usage/store.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { DAY, LIMITS, batch, counted, minute, read, readMinutes, testUsageStore } from './store-suite.ts'

function open(
  t: Test,
  address: { REDIS_URL: string } | { REDIS_CLUSTER: string },
  limits: UsageLimits = LIMITS,
) {
  const store = new RedisUsage({
    address: readRedisAddress({ REDIS_SENTINEL_NAME: '', ...address })!,
    timeoutMs: 5_000,
    onError: () => undefined,
    ...limits,
  })
  t.teardown(() => store.close())
  return store
}

t.test('counts in Redis do what all counts do', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  testUsageStore(t, async (t, limits) => {
    await client.flushall()
    const store = open(t, { REDIS_URL: server.url }, limits)
    const reopen = async () => {
      await store.close()
      return open(t, { REDIS_URL: server.url }, limits)
    }
    return { store, reopen }
  })
})

t.test('a day is forgotten when it is as old as the setting says, and no sooner', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  const store = open(t, { REDIS_URL: server.url }, { ...LIMITS, keptDays: 40 })
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  const today = new Date().toISOString().slice(0, 10)
  await store.add(batch(1, [counted(1)], { day: tomorrow }))
  await store.add(batch(2, [counted(1)], { day: today }))
  const ends = (day: string) => Date.parse(day) / 1_000 + 41 * 86_400
  for (const key of await client.keys('*')) {
    const day = key.endsWith(today) ? today : tomorrow
    // On the last day of a month its totals end with it.
    const expected = key.includes(tomorrow.slice(0, 7)) ? ends(day) : ends(today)
    t.equal(await client.expiretime(key), expected, key)
  }
  t.equal(await store.read('2020-01-01').then(({ length }) => length), 0)
  await store.add(batch(3, [counted(1)], { day: '2020-01-01' }))
  t.same(await read(store, '2020-01-01'), [], 'what is that old is gone at once')
})

t.test('an hour is forgotten a day and two hours after it was last added to', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  const store = open(t, { REDIS_URL: server.url })
  const minutes = [minute(`${DAY}T13:00`, { accepted: 1 }), minute(`${DAY}T14:59`, { refused: 1 })]
  await store.add(batch(1, [], { minutes }))
  for (const key of [`wati-gateway:usage:{2026-11}:${DAY}T13`, `wati-gateway:usage:{2026-11}:${DAY}T14`]) {
    const seconds = await client.ttl(key)
    t.ok(seconds > 26 * 3_600 - 60 && seconds <= 26 * 3_600, `${key}: ${seconds} s`)
    await client.expire(key, 60)
  }
  await store.add(batch(2, [], { minutes: minutes.slice(0, 1) }))
  t.ok((await client.ttl(`wati-gateway:usage:{2026-11}:${DAY}T13`)) > 3_600)
  t.ok((await client.ttl(`wati-gateway:usage:{2026-11}:${DAY}T14`)) <= 60)
  t.equal((await client.keys('*')).length, 3, 'besides the hours there are the sequences alone')
})

t.test('what somebody else wrote into an hour is passed over', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  const store = open(t, { REDIS_URL: server.url })
  const minutes = [minute(`${DAY}T13:07`, { accepted: 1 })]
  await store.add(batch(1, [], { minutes }))
  const wrong = { '7:accepted': '1', '60:accepted': '1', '08:lost': '1', '09:accepted': 'x', '': '1' }
  await client.hset(`wati-gateway:usage:{2026-11}:${DAY}T13`, wrong)
  t.same(await readMinutes(store, `${DAY}T00:00`, `${DAY}T23:59`), minutes)
})

t.test('what somebody else wrote there is passed over', async (t) => {
  const server = await startRedis(t)
  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  const store = open(t, { REDIS_URL: server.url })
  await store.add(batch(1, [counted(1)]))
  const [key = ''] = await client.keys(`*:${DAY}`)
  await client.hset(key, { 'not json': '1', '["a"]': '1', '["a","b","c","d","accepted"]': 'x', '{}': '2' })
  t.same(await read(store), [counted(1)])
})

t.test('all of a batch lies in one slot of a Cluster', async (t) => {
  const cluster = await startCluster(t)
  const store = open(t, { REDIS_CLUSTER: cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',') })
  for (const [at, day] of ['2026-10-31', '2026-11-01', '2026-12-01', '2027-01-01'].entries()) {
    const minutes = [minute(`${day}T00:00`, { accepted: 1 }), minute(`${day}T23:59`, { refused: 2 })]
    await store.add(batch(at + 1, [counted(at + 1)], { day, minutes }))
    t.same(await read(store, day), [counted(at + 1)])
    t.equal((await store.month(day.slice(0, 7))).get('account:acme'), at + 1)
  }
  t.same(await readMinutes(store, '2026-10-31T01:00', '2026-11-01T01:00'), [
    minute('2026-10-31T23:59', { refused: 2 }),
    minute('2026-11-01T00:00', { accepted: 1 }),
  ])
})

t.test('Redis that is away is an error that says where', async (t) => {
  const server = await startRedis(t)
  const store = open(t, { REDIS_URL: server.url })
  await server.kill()
  await t.rejects(store.add(batch(1, [counted(1)])), {
    message: new RegExp(`Redis \\(127.0.0.1:${server.port}\\)`),
  })
  await t.rejects(store.read(DAY))
  await t.rejects(store.month('2026-11'))
  await t.rejects(store.minutes(0, 0))
})
