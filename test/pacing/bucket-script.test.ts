import fc from 'fast-check'
import { Redis } from 'ioredis'
import t from 'tap'
import { BUCKET } from '../../src/pacing/bucket-script.ts'
import {
  type Bucket,
  type Limit,
  type Turn,
  ask,
  block,
  claim,
  emptyBucket,
  giveBack,
  leave,
  record,
  remaining,
} from '../../src/pacing/bucket.ts'
import { startRedis } from '../helpers/redis-server.ts'

/** The script with a clock that the test sets, in place of the server's. */
const WITH_CLOCK = BUCKET.replace(
  "redis.call('TIME')",
  "{ math.floor(tonumber(redis.call('GET', 'clock')) / 1000), (tonumber(redis.call('GET', 'clock')) % 1000) * 1000 }",
)

type Order =
  | {
      readonly do: 'ask'
      readonly channel: string
      readonly weight: number
      readonly caller: string
      readonly waitMs: number
    }
  | {
      readonly do: 'tell'
      readonly channel: string
      readonly weight: number
      readonly caller: string
      readonly agoMs: number
    }
  | { readonly do: 'claim' | 'leave' | 'back'; readonly of: number }
  | { readonly do: 'block'; readonly forMs: number }

const order: fc.Arbitrary<Order> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      channel: fc.constantFrom('sales', 'support', '__proto__'),
      weight: fc.integer({ min: 1, max: 3 }),
      caller: fc.constantFrom('shop', 'crm', 'now'),
      waitMs: fc.constantFrom(0, 300, 2_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('tell' as const),
      channel: fc.constantFrom('sales', 'support'),
      weight: fc.integer({ min: 1, max: 3 }),
      caller: fc.constantFrom('shop', 'crm'),
      agoMs: fc.constantFrom(0, 10, 700, 3_000),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), of: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), of: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), of: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('block' as const), forMs: fc.integer({ min: 1, max: 3_000 }) }),
  },
)

const step = fc.record({ afterMs: fc.constantFrom(0, 1, 40, 130, 334, 1_000), order })

/** What `bucket.ts` makes of an order. */
function inMemory(bucket: Bucket, limit: Limit, now: number, id: string, what: Order): unknown {
  const turn = act(bucket, limit, now, id, what)
  const waiting = bucket.waiting.flatMap((one) => [one.id, one.start - now])
  return [turn?.verdict ?? '', (turn?.start ?? now) - now, remaining(bucket, limit, now), ...waiting]
}

function act(bucket: Bucket, limit: Limit, now: number, id: string, what: Order): Turn | undefined {
  switch (what.do) {
    case 'ask':
      return ask(bucket, limit, now, { id, ...what }, now + what.waitMs)
    case 'tell':
      record(bucket, limit, now, [{ who: { id, ...what }, at: now - what.agoMs }])
      return undefined
    case 'claim':
      return claim(bucket, limit, now, id)
    case 'leave':
      leave(bucket, limit, now, id)
      return undefined
    case 'back':
      giveBack(bucket, limit, now, id)
      return undefined
    case 'block':
      block(bucket, limit, now, now + what.forMs)
      return undefined
  }
}

t.test('inside Redis the same orders get the same answers as in memory', async (t) => {
  const server = await startRedis(t)
  const redis = new Redis(server.url)
  t.teardown(() => redis.disconnect())
  const runs = fc.tuple(fc.array(step, { minLength: 5, maxLength: 60 }), fc.integer({ min: 1, max: 5 }))
  await fc.assert(
    fc.asyncProperty(runs, async ([steps, max]) => {
      await redis.flushall()
      const limit = { max, windowMs: 1_000, graceMs: 100 }
      const bucket = emptyBucket()
      let now = 1_795_348_883_000
      for (const [place, { afterMs, order }] of steps.entries()) {
        now += afterMs
        const id = order.do === 'block' ? '' : `r:${'of' in order ? order.of : place}`
        await redis.set('clock', now)
        const answer = await redis.eval(
          WITH_CLOCK,
          1,
          'bucket',
          ...[limit.max, limit.windowMs, limit.graceMs, 'r:', order.do],
          ...(order.do === 'block' ? [order.forMs] : [id]),
          ...(order.do === 'ask' ? [order.channel, order.weight, order.caller, order.waitMs] : []),
          ...(order.do === 'tell' ? [order.channel, order.weight, order.caller, order.agoMs] : []),
        )
        const expected = inMemory(bucket, limit, now, id, order)
        if (JSON.stringify(answer) !== JSON.stringify(expected))
          throw new Error(
            `${JSON.stringify(order)}: ${JSON.stringify(answer)} is not ${JSON.stringify(expected)}`,
          )
      }
    }),
    { numRuns: 150 },
  )
})

t.test('a clock of the server that is set back stops nobody for longer than the window', async (t) => {
  const server = await startRedis(t)
  const redis = new Redis(server.url)
  t.teardown(() => redis.disconnect())
  const order = async (clock: number, ...what: (string | number)[]): Promise<unknown> => {
    await redis.set('clock', clock)
    return await redis.eval(WITH_CLOCK, 1, 'bucket', 2, 1_000, 100, 'r:', ...what)
  }
  const ask = async (clock: number, id: string): Promise<unknown> =>
    await order(clock, 'ask', id, 'sales', 1, 'shop', 5_000)
  const now = 1_795_348_883_000
  const hourAgo = now - 3_600_000
  t.match(await ask(now, 'r:1'), ['go'])
  t.match(await ask(now + 10, 'r:2'), ['go'])
  t.same(await ask(now + 10, 'r:3'), ['wait', 990, 0, 'r:3', 990])
  t.same(await ask(hourAgo, 'r:4'), ['wait', 1_490, 0, 'r:3', 990, 'r:4', 1_490])
  t.match(await order(hourAgo + 989, 'claim', 'r:3'), ['wait', 1], 'and nobody starts too early')
  t.match(await order(hourAgo + 990, 'claim', 'r:3'), ['go', 0])
  t.match(await order(hourAgo + 1_490, 'claim', 'r:4'), ['go', 0])
})

t.test('a replica that is gone does not hold up the others for each of its turns', async (t) => {
  const server = await startRedis(t)
  const redis = new Redis(server.url)
  t.teardown(() => redis.disconnect())
  const start = 1_795_348_883_000
  const order = async (at: number, replica: string, ...what: (string | number)[]): Promise<unknown> => {
    await redis.set('clock', start + at)
    return await redis.eval(WITH_CLOCK, 1, 'bucket', 2, 1_000, 100, replica, ...what)
  }
  const ask = async (at: number, id: string): Promise<unknown> =>
    await order(at, id.slice(0, 1), 'ask', id, 'sales', 1, 'shop', 60_000)
  for (const id of ['a:1', 'a:2', 'a:3', 'a:4', 'a:5', 'a:6']) await ask(0, id)
  t.same(await ask(0, 'b:1'), ['wait', 3_000, 0, 'b:1', 3_000], 'behind four turns')
  t.match(await order(1_050, 'a', 'claim', 'a:3'), ['go', -50])
  t.match(
    await ask(1_700, 'b:2'),
    ['wait', 1_500, 1, 'b:1', 1_000, 'b:2', 1_500],
    'who misses one turn may have had a hiccup: its others still stand before',
  )
  t.match(
    await ask(2_100, 'b:3'),
    ['wait', 1_000, 2, 'b:1', 0, 'b:2', 500, 'b:3', 1_000],
    'who is not heard of afterwards is gone',
  )
  t.match(await order(2_100, 'b', 'claim', 'b:1'), ['go', 0])
  t.match(await order(2_600, 'a', 'claim', 'a:5'), [''], 'and has to ask again when it is back')
})

t.test('each replica is told of its own that wait, and the bucket goes away by itself', async (t) => {
  const server = await startRedis(t)
  const redis = new Redis(server.url)
  t.teardown(() => redis.disconnect())
  const askAs = async (id: string): Promise<unknown> =>
    await redis.eval(
      BUCKET,
      1,
      'bucket',
      1,
      1_000,
      100,
      id.split(':')[0]!,
      'ask',
      id,
      'sales',
      1,
      'shop',
      60_000,
    )
  t.match(await askAs('a:1'), ['go', 0, 0])
  t.match(await askAs('b:1'), ['wait', Number, 0, 'b:1', Number])
  t.match(await askAs('a:2'), ['wait', Number, 0, 'a:2', Number])
  const leftMs = await redis.pttl('bucket')
  t.ok(leftMs > 1_000 && leftMs < 5_000, String(leftMs))
})
