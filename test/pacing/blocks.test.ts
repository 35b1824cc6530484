import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisConnection } from '../../src/directory/redis-connection.ts'
import { SharedBlocks } from '../../src/pacing/blocks.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { until } from '../faults/replicas.ts'

function replica(t: Test, { url }: RedisServer): SharedBlocks {
  const address = readRedisAddress({ REDIS_URL: url } as never)
  const connection = new RedisConnection({
    address: address!,
    commandTimeoutMs: 400,
    connectTimeoutMs: 400,
    onError: () => undefined,
  })
  const blocks = new SharedBlocks(connection)
  t.teardown(() => {
    blocks.close()
    connection.close()
  })
  return blocks
}

t.test('a block lasts as long as it was said, and the longest counts', async (t) => {
  const blocks = new SharedBlocks()
  t.equal(blocks.leftMs('acme:read'), 0)
  blocks.add('acme:read', 300)
  blocks.add('acme:read', 50)
  const left = blocks.leftMs('acme:read')
  t.ok(left > 50 && left <= 300, String(left))
  t.equal(blocks.leftMs('acme:send'), 0, 'no other endpoint')
  t.equal(blocks.leftMs('other:read'), 0, 'no other account')
  await sleep(320)
  t.equal(blocks.leftMs('acme:read'), 0)
  blocks.add('acme:read', 0)
  t.equal(blocks.leftMs('acme:read'), 0)
  blocks.close()
})

t.test('the other replicas hear of it', async (t) => {
  const redis = await startRedis(t)
  const [a, b] = [replica(t, redis), replica(t, redis)]
  a.add('acme:read', 5_000)
  a.add('odd: {key} é \n', 5_000)
  t.ok(a.leftMs('acme:read') > 4_000, 'at once where it was told')
  const { tookMs } = await until(
    (left) => left > 0,
    async () => b.leftMs('acme:read'),
    3_000,
  )
  t.ok(tookMs < 2_000, `${Math.round(tookMs)} ms`)
  t.ok(b.leftMs('acme:read') <= 5_100)
  t.ok(b.leftMs('odd: {key} é \n') > 0)
})

t.test('one that a replica hears of late ends no later', async (t) => {
  const redis = await startRedis(t)
  const a = replica(t, redis)
  const before = performance.now()
  a.add('acme:read', 3_000)
  await sleep(1_000)
  const b = replica(t, redis)
  await until(
    (left) => left > 0,
    async () => b.leftMs('acme:read'),
  )
  const endsAfterMs = performance.now() - before + b.leftMs('acme:read')
  t.ok(endsAfterMs > 2_900 && endsAfterMs < 3_600, `${Math.round(endsAfterMs)} ms`)
})

t.test('without Redis a replica keeps to what it was told itself', async (t) => {
  const redis = await startRedis(t)
  const blocks = replica(t, redis)
  blocks.add('acme:read', 60_000)
  await redis.kill()
  blocks.add('acme:send', 60_000)
  t.ok(blocks.leftMs('acme:read') > 0)
  t.ok(blocks.leftMs('acme:send') > 0)
})
