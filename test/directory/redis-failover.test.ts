import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisConnection } from '../../src/directory/redis-connection.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { ask, startSentinel, until } from '../helpers/redis-sentinel.ts'
import type { RedisServer } from '../helpers/redis-server.ts'

const TIMEOUT_MS = 400
const COUNTER = 'test:{directory}:counter'
const STREAM = 'test:{directory}:stream'

interface Group {
  readonly settings: { REDIS_CLUSTER: string } | { REDIS_SENTINELS: string; REDIS_SENTINEL_NAME: string }
  master(): Promise<RedisServer>
  failedOver(from: RedisServer): Promise<void>
}

const KINDS: readonly (readonly [name: string, start: (t: Test) => Promise<Group>])[] = [
  ['Sentinel', (t) => startSentinel(t, { sentinels: 3 })],
  ['Redis Cluster', startCluster],
]

function open(t: Test, { settings }: Group, commandTimeoutMs = TIMEOUT_MS) {
  const address = readRedisAddress({ REDIS_SENTINEL_NAME: 'mymaster', ...settings })
  if (address === undefined) throw new Error('no address')
  const limits = { commandTimeoutMs, connectTimeoutMs: TIMEOUT_MS }
  const connection = new RedisConnection({ address, ...limits, onError: () => {} })
  t.teardown(() => connection.close())
  return connection
}

const increase = (connection: RedisConnection) =>
  connection.run((redis) => redis.eval("return redis.call('INCR', KEYS[1])", 1, COUNTER))
const read = (connection: RedisConnection, blockMs: number) =>
  connection.run((redis) => redis.xread('BLOCK', blockMs, 'STREAMS', STREAM, '0-0'))

for (const [name, start] of KINDS) {
  t.test(`${name}: after a crash of the master the next one is found without a restart`, async (t) => {
    const group = await start(t)
    const connection = open(t, group)
    const follower = open(t, group, 30_000)
    t.equal(await increase(connection), 1)
    const reading = t.rejects(read(follower, 20_000), /the connection was lost$/)
    const first = await group.master()
    await until('the read blocks', async () =>
      /blocked_clients:1/.test(String(await ask(first, 'INFO', 'clients'))),
    )
    await first.kill()
    const killed = performance.now()
    await reading
    t.ok(performance.now() - killed < 500, 'a blocked read is told at once')
    const tookOver = group.failedOver(first).then(() => performance.now())
    const slowest = await untilItWorks(() => increase(connection))
    const works = performance.now()
    t.comment(
      `works again ${ms(works - killed)} after the crash, ${ms(works - (await tookOver))} after the failover`,
    )
    t.ok(works - (await tookOver) < 2000)
    t.ok(slowest < 2 * TIMEOUT_MS + 150, 'meanwhile nothing waited for long')
    await untilItWorks(() => read(follower, 1))
  })

  t.test(`${name}: a master that hangs is given up in time, and the next one is found`, async (t) => {
    const group = await start(t)
    const connection = open(t, group)
    const follower = open(t, group, 1000 + TIMEOUT_MS)
    t.equal(await increase(connection), 1)
    t.equal(await read(follower, 1), null)
    const first = await group.master()
    first.freeze()
    const frozen = performance.now()
    const following = timeToFail(read(follower, 1000))
    t.ok((await timeToFail(increase(connection))) < TIMEOUT_MS + 100)
    t.ok((await timeToFail(increase(connection))) < 2 * TIMEOUT_MS + 100, 'also while it connects again')
    t.ok((await following) < 1000 + TIMEOUT_MS + 100)
    await group.failedOver(first)
    const tookOver = performance.now()
    await untilItWorks(() => increase(connection))
    const works = performance.now()
    t.comment(`works again ${ms(works - frozen)} after the fall, ${ms(works - tookOver)} after the failover`)
    t.ok(works - tookOver < 3000)
    await untilItWorks(() => read(follower, 1))
    const counted = Number(await increase(connection))
    first.thaw()
    t.equal(await increase(connection), counted + 1, 'the old one is no more written to')
  })
}

t.test('Sentinel: a master that lives on after a failover is left at once', async (t) => {
  const group = await startSentinel(t, { sentinels: 3 })
  const connection = open(t, group)
  const [first, second] = group.servers as [RedisServer, RedisServer]
  t.equal(await increase(connection), 1)
  const sentinel = { port: group.sentinels[0]!.port }
  await until('it begins', async () => (await ask(sentinel, 'SENTINEL', 'FAILOVER', 'mymaster')) === 'OK')
  await group.failedOver(first)
  const tookOver = performance.now()
  await until('commits reach the new master', async () => {
    const counted = await increase(connection)
    return String(counted) === (await ask(second, 'GET', COUNTER))
  })
  t.comment(`on the new master ${ms(performance.now() - tookOver)} after the failover`)
  t.ok(performance.now() - tookOver < 3500)
  t.match(await ask(first, 'ROLE'), ['master'], 'the old one has not heard of it yet')
})

t.test('Sentinel: with one Sentinel of three left the master is found', async (t) => {
  const group = await startSentinel(t, { sentinels: 3 })
  await group.sentinels[0]!.kill()
  await group.sentinels[1]!.kill()
  const connection = open(t, group)
  t.equal(await increase(connection), 1)
  for (let i = 0; i < 5; i += 1) {
    await ask(group.servers[0]!, 'CLIENT', 'KILL', 'TYPE', 'normal')
    await untilItWorks(() => increase(connection))
  }
})

const ms = (duration: number) => `${Math.round(duration)} ms`

/** Tries until it works. Gives the longest try, in milliseconds. */
async function untilItWorks(attempt: () => Promise<unknown>): Promise<number> {
  let slowest = 0
  await until('it works', async () => {
    const started = performance.now()
    try {
      await attempt()
      return true
    } finally {
      slowest = Math.max(slowest, performance.now() - started)
    }
  })
  return slowest
}

/** Milliseconds. */
async function timeToFail(promise: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    () => {},
  )
  return performance.now() - started
}
