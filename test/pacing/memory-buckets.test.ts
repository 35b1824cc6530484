import t from 'tap'
import type { Applicant } from '../../src/pacing/bucket.ts'
import { MemoryBuckets } from '../../src/pacing/memory-buckets.ts'

const LIMIT = { max: 2, windowMs: 1_000, graceMs: 100 }
const who = (id: string, channel = 'sales'): Applicant => ({ id, channel, weight: 1, caller: 'shop' })

function withClock(): { buckets: MemoryBuckets; clock: { now: number } } {
  const clock = { now: 1_000_000 }
  return { buckets: new MemoryBuckets(() => clock.now), clock }
}

t.test('it speaks of times from now, and of everybody who waits', async (t) => {
  const { buckets, clock } = withClock()
  t.match(await buckets.ask('k', LIMIT, who('a'), 0), { turn: { verdict: 'go', inMs: 0 }, remaining: 1 })
  clock.now += 10
  t.match(await buckets.ask('k', LIMIT, who('b'), 0), { turn: { verdict: 'go', inMs: 0 }, remaining: 0 })
  clock.now += 90
  t.match(await buckets.ask('k', LIMIT, who('c'), 899), {
    turn: { verdict: 'late', inMs: 900 },
    remaining: 0,
  })
  const waiting = await buckets.ask('k', LIMIT, who('c'), 900)
  t.same(waiting.turn, { verdict: 'wait', inMs: 900 })
  t.same([...waiting.waiting], [['c', 900]])
  const next = await buckets.ask('k', LIMIT, who('d'), 5_000)
  t.same(
    [...next.waiting],
    [
      ['c', 900],
      ['d', 1_400],
    ],
  )
  clock.now += 900
  t.match(await buckets.claim('k', LIMIT, 'c'), { turn: { verdict: 'go', inMs: 0 } })
  clock.now += 550
  t.match(
    (await buckets.claim('k', LIMIT, 'd')).turn,
    { verdict: 'go', inMs: -50 },
    'its start was a little earlier',
  )
})

t.test('buckets have nothing to do with each other', async (t) => {
  const { buckets } = withClock()
  for (const key of ['acme:send', 'acme:read', 'other:send', '__proto__', '']) {
    t.match(await buckets.ask(key, LIMIT, who('a'), 0), { turn: { verdict: 'go' }, remaining: 1 })
    t.match(await buckets.ask(key, LIMIT, who('b'), 0), { turn: { verdict: 'go' }, remaining: 0 })
  }
})

t.test('who leaves and what is given back moves the others up', async (t) => {
  const { buckets } = withClock()
  for (const id of ['a', 'b']) await buckets.ask('k', LIMIT, who(id), 0)
  for (const id of ['c', 'd']) await buckets.ask('k', LIMIT, who(id), 9_000)
  t.same([...(await buckets.leave('k', LIMIT, 'c')).waiting], [['d', 1_000]])
  const { waiting, turn } = await buckets.giveBack('k', LIMIT, 'a')
  t.same([...waiting], [['d', 500]], 'half a window after the other start')
  t.equal(turn, undefined)
  t.equal((await buckets.claim('k', LIMIT, 'nobody')).turn, undefined)
})

t.test("Wati's 429 moves everybody back", async (t) => {
  const { buckets, clock } = withClock()
  for (const id of ['a', 'b']) await buckets.ask('k', LIMIT, who(id), 0)
  await buckets.ask('k', LIMIT, who('c'), 9_000)
  t.same([...(await buckets.block('k', LIMIT, 4_000)).waiting], [['c', 4_000]])
  clock.now += 3_999
  t.match((await buckets.ask('k', LIMIT, who('d'), 0)).turn, { verdict: 'late', inMs: 501 })
  t.same([...(await buckets.block('k', LIMIT, 0)).waiting], [['c', 1]], 'a shorter one takes nothing away')
})

t.test('starts that were granted elsewhere count, once, from their own moment', async (t) => {
  const { buckets, clock } = withClock()
  const granted = [
    { who: who('far'), agoMs: 2_000 },
    { who: who('a'), agoMs: 400 },
    { who: who('b'), agoMs: 100 },
  ]
  t.equal((await buckets.tell('k', LIMIT, granted)).remaining, 0)
  t.equal((await buckets.tell('k', LIMIT, granted)).remaining, 0)
  t.match((await buckets.ask('k', LIMIT, who('c'), 0)).turn, { verdict: 'late', inMs: 600 })
  clock.now += 600
  t.match((await buckets.ask('k', LIMIT, who('c'), 0)).turn, { verdict: 'go' })
})

t.test('starts that are told move those that wait', async (t) => {
  const { buckets } = withClock()
  for (const id of ['a', 'b']) await buckets.ask('k', LIMIT, who(id), 0)
  await buckets.ask('k', LIMIT, who('c'), 9_000)
  const { waiting } = await buckets.tell('k', LIMIT, [{ who: who('d'), agoMs: 0 }])
  t.same([...waiting], [['c', 1_000]], 'of three starts two must be a window back')
})

t.test('the limit may change from one order to the next', async (t) => {
  const { buckets, clock } = withClock()
  for (const id of ['a', 'b']) await buckets.ask('k', LIMIT, who(id), 0)
  t.match((await buckets.ask('k', { ...LIMIT, max: 3 }, who('c'), 0)).turn, { verdict: 'go' }, 'more')
  t.match((await buckets.ask('k', { ...LIMIT, max: 1 }, who('d'), 9_000)).turn, {
    verdict: 'wait',
    inMs: 1_000,
  })
  clock.now += 1_000
  t.match((await buckets.claim('k', { ...LIMIT, max: 1 }, 'd')).turn, { verdict: 'go' }, 'fewer')
})

t.test('a window of a day, and a limit of one, are limits like any other', async (t) => {
  const { buckets, clock } = withClock()
  const day = { max: 1, windowMs: 86_400_200, graceMs: 100 }
  t.match((await buckets.ask('k', day, who('a'), 0)).turn, { verdict: 'go' })
  t.match((await buckets.ask('k', day, who('b'), 60_000)).turn, { verdict: 'late', inMs: 86_400_200 })
  clock.now += 86_400_199
  t.match((await buckets.ask('k', day, who('b'), 0)).turn, { verdict: 'late', inMs: 1 })
  clock.now += 1
  t.match((await buckets.ask('k', day, who('b'), 0)).turn, { verdict: 'go' })
})

t.test('weights far apart: the light one still has its turn', async (t) => {
  const { buckets } = withClock()
  const heavy = (id: string): Applicant => ({ ...who(id, 'heavy'), weight: 1_000 })
  for (let i = 0; i < 20; i++) await buckets.ask('k', LIMIT, heavy(String(i)), 1e9)
  const { turn } = await buckets.ask('k', LIMIT, who('light', 'light'), 1e9)
  t.equal(turn?.verdict, 'wait')
  t.ok((turn?.inMs ?? 0) <= 1_500, `after ${turn?.inMs ?? 0} ms: it was never served, so it is next`)
})

t.test('five thousand buckets cost little more than one', async (t) => {
  const { buckets } = withClock()
  const asks = async (count: number): Promise<number> => {
    const before = performance.now()
    for (let i = 0; i < count; i++) await buckets.ask(`k${i}`, LIMIT, who('a'), 0)
    return performance.now() - before
  }
  await asks(5_000)
  const tookMs = await asks(5_000)
  t.ok(tookMs < 2_000, `${tookMs} ms`)
})
