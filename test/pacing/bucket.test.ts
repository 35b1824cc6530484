import fc from 'fast-check'
import t from 'tap'
import { type Bucket, ask, block, claim, emptyBucket, giveBack, leave } from '../../src/pacing/bucket.ts'
import { type Arrival, type Departure, fairShares, fullestWindow, simulate } from './simulation.ts'

const LIMIT = { max: 3, windowMs: 1_000, graceMs: 100 }
const ME = { id: 'me', channel: 'sales', weight: 1, caller: 'shop' }

/** How many random patterns: a thousand where there is time. */
const PATTERNS = Number(process.env['FC_RUNS'] ?? 100) >= 300 ? 1_000 : 60

function filled(count = LIMIT.max, channel = 'sales'): Bucket {
  const bucket = emptyBucket()
  for (let i = 0; i < count; i++) ask(bucket, LIMIT, 0, { ...ME, id: `first ${i}`, channel }, 0)
  return bucket
}

t.test('as many as the limit allows go at once, the next when the window has moved on', async (t) => {
  const bucket = emptyBucket()
  for (let i = 0; i < 3; i++)
    t.same(ask(bucket, LIMIT, i, { ...ME, id: String(i) }, 5_000), { verdict: 'go', start: i })
  t.same(ask(bucket, LIMIT, 10, ME, 5_000), { verdict: 'wait', start: 1_000 })
  t.same(claim(bucket, LIMIT, 1_000, 'me'), { verdict: 'go', start: 1_000 })
})

t.test('one that cannot start in time is refused at once, with the very moment it could have', async (t) => {
  const bucket = filled()
  t.same(ask(bucket, LIMIT, 400, ME, 999), { verdict: 'late', start: 1_000 })
  t.same(bucket.waiting, [], 'and does not wait')
  t.same(ask(bucket, LIMIT, 400, ME, 1_000), { verdict: 'wait', start: 1_000 })
})

t.test('a turn that is claimed a little late counts from its own start', async (t) => {
  const bucket = filled()
  ask(bucket, LIMIT, 500, ME, 2_000)
  t.same(claim(bucket, LIMIT, 1_080, 'me'), { verdict: 'go', start: 1_000 })
})

t.test('a turn that nobody claims is given up, and the next one comes', async (t) => {
  const bucket = filled()
  ask(bucket, LIMIT, 500, { ...ME, id: 'dead' }, 5_000)
  ask(bucket, LIMIT, 500, ME, 5_000)
  t.equal(claim(bucket, LIMIT, 1_334, 'me')?.verdict, 'go', 'the others did not have to wait for it')
  t.equal(claim(bucket, LIMIT, 1_334, 'dead'), undefined)
})

t.test('who leaves makes room, and so does a start that was not used', async (t) => {
  const bucket = filled()
  ask(bucket, LIMIT, 0, { ...ME, id: 'one' }, 5_000)
  ask(bucket, LIMIT, 0, ME, 5_000)
  t.equal(bucket.waiting.at(-1)?.start, 1_334)
  leave(bucket, LIMIT, 10, 'one')
  t.equal(bucket.waiting.at(-1)?.start, 1_000)
  giveBack(bucket, LIMIT, 20, 'first 0')
  t.ok((bucket.waiting.at(-1)?.start ?? 0) < 1_000)
})

t.test("Wati's 429 stops all, and those that wait start one by one afterwards", async (t) => {
  const bucket = filled(1)
  block(bucket, LIMIT, 100, 5_000)
  t.same(ask(bucket, LIMIT, 200, ME, 4_999), { verdict: 'late', start: 5_000 })
  t.same(ask(bucket, LIMIT, 200, ME, 9_000), { verdict: 'wait', start: 5_000 })
  t.same(ask(bucket, LIMIT, 200, { ...ME, id: 'next' }, 9_000), { verdict: 'wait', start: 5_334 })
})

t.test('a channel within its share does not wait behind another that has borrowed', async (t) => {
  const limit = { max: 10, windowMs: 10_000, graceMs: 100 }
  const bucket = emptyBucket()
  for (let i = 0; i < 40; i++) ask(bucket, limit, 0, { ...ME, id: `campaign ${i}` }, 60_000)
  t.equal(bucket.waiting.length, 30, 'thirty wait')
  for (let i = 0; i < 3; i++) {
    const now = bucket.waiting[0]!.start
    claim(bucket, limit, now, bucket.waiting[0]!.id)
  }
  const now = bucket.waiting[0]!.start - 1
  const order = { id: 'order', channel: 'support', weight: 1, caller: 'shop' }
  t.equal(ask(bucket, limit, now, order, now + 2_000).verdict, 'go')
})

t.test('callers of one channel share what the channel has', async (t) => {
  const bucket = emptyBucket()
  for (let i = 0; i < 20; i++) ask(bucket, LIMIT, 0, { ...ME, id: `a${i}`, caller: 'loud' }, 60_000)
  t.equal(ask(bucket, LIMIT, 1, { ...ME, caller: 'quiet' }, 60_000).verdict, 'wait')
  const order = [...bucket.waiting].sort((one, other) => one.start - other.start).map(({ id }) => id)
  t.ok(order.indexOf('me') <= 1, 'the quiet one is among the next two')
})

t.test('a name such as __proto__ is a name like any other', async (t) => {
  const bucket = emptyBucket()
  const odd = { id: '__proto__', channel: '__proto__', weight: 1, caller: '__proto__' }
  for (let i = 0; i < 3; i++) t.equal(ask(bucket, LIMIT, 0, { ...odd, id: String(i) }, 0).verdict, 'go')
  t.equal(ask(bucket, LIMIT, 0, odd, 9_000).verdict, 'wait')
  t.equal(claim(bucket, LIMIT, 1_000, '__proto__')?.verdict, 'go')
})

interface Demand {
  readonly weight: number
  /** As a part of all that the limit allows. */
  readonly demand: number
  readonly callers: number
}

const channel: fc.Arbitrary<Demand> = fc.record({
  weight: fc.integer({ min: 1, max: 4 }),
  demand: fc.double({ min: 0.05, max: 1.5, noNaN: true }),
  callers: fc.integer({ min: 1, max: 3 }),
})

/** Arrivals that are random in time, at each channel's own rate. */
function arrivalsOf(
  channels: readonly Demand[],
  perMs: number,
  durationMs: number,
  random: () => number,
  waitMs: number,
): Arrival[] {
  return channels.flatMap(({ weight, demand, callers }, index) => {
    const arrivals: Arrival[] = []
    for (let at = 0; ;) {
      at += -Math.log(1 - random()) / (demand * perMs)
      if (at >= durationMs) return arrivals
      const caller = `caller ${Math.floor(random() * callers)}`
      arrivals.push({ at: Math.floor(at), channel: `channel ${index}`, weight, caller, waitMs })
    }
  })
}

/**
 * Who wants clearly more or clearly less than the fair share: at the edge between the two, chance decides from minute to
 * minute whether there is enough for all, and what is fair in each of them is not what is fair over all of them.
 */
function isClear(capacity: number, demands: readonly { weight: number; wanted: number }[]): boolean {
  const all = demands.reduce((sum, { wanted }) => sum + wanted, 0)
  if (all <= capacity) return all <= 0.7 * capacity
  const shares = fairShares(capacity, demands)
  const level = Math.max(...demands.map(({ weight }, index) => shares[index]! / weight))
  return demands.every(
    ({ weight, wanted }) => wanted <= 0.6 * level * weight || wanted >= 1.3 * level * weight,
  )
}

/** A small generator of its own, so that a failure can be repeated from its seed (Numerical Recipes, LCG). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

t.test(
  'random patterns: no window is ever exceeded, nobody is woken in vain, and shares are fair',
  async (t) => {
    const patterns = fc.tuple(
      fc.constantFrom(10, 20),
      fc.array(channel, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    )
    let most = 0
    fc.assert(
      fc.property(patterns, ([max, channels, seed]) => {
        const limit = { max, windowMs: 10_200, graceMs: 100 }
        const perMs = max / limit.windowMs
        const [from, to] = [40_000, 40_000 + Math.ceil(400 / perMs)]
        const arrivals = arrivalsOf(channels, perMs, to, randomFrom(seed), 30_000)
        const outcome = simulate(limit, arrivals)
        if (fullestWindow(outcome, limit.windowMs) > max) throw new Error('a window was exceeded')
        if (outcome.wasted > 0) throw new Error(`${outcome.wasted} were woken in vain`)
        const within = (at: number): boolean => at >= from && at < to
        const count = (index: number, isMeant: (departure: Departure) => boolean): number =>
          outcome.departures.filter((one) => one.arrival.channel === `channel ${index}` && isMeant(one))
            .length
        const waitingAt = (index: number, moment: number): number =>
          count(index, ({ at, arrival }) => arrival.at < moment && at >= moment)
        const demands = channels.map(({ weight }, index) => {
          const came = arrivals.filter((one) => one.channel === `channel ${index}` && within(one.at)).length
          // What waits when the look begins is wanted in it; what waits when it ends is wanted later.
          return { weight, wanted: came + waitingAt(index, from) - waitingAt(index, to) }
        })
        const fits = perMs * (to - from)
        fc.pre(isClear(fits, demands))
        const load = demands.reduce((sum, { wanted }) => sum + wanted, 0) / fits
        const used = outcome.departures.filter(({ at }) => within(at)).length
        // Clearly above the limit there is always somebody to take a start.
        if (load >= 1.2 && used < 0.97 * fits)
          throw new Error(`${used} of ${fits.toFixed(0)} starts were used`)
        // A little above it there is room in some minutes, which nobody can use in others: what was used is shared.
        const fair = fairShares(load > 1 && load < 1.2 ? used : fits, demands)
        for (const [index, share] of fair.entries()) {
          const got = count(index, ({ at }) => within(at))
          const off = Math.max(0, Math.abs(got - share) - 3) / share
          most = Math.max(most, off)
          if (off > 0.05) throw new Error(`channel ${index} got ${got}, and ${share.toFixed(1)} is fair`)
        }
      }),
      { numRuns: PATTERNS },
    )
    t.comment(`${PATTERNS} patterns; furthest from max-min fairness: ${(most * 100).toFixed(1)} %`)
  },
)

t.test('bursts of any kind: no window is ever exceeded, and nobody is woken in vain', async () => {
  const bursts = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 20_000 }),
      calls: fc.integer({ min: 1, max: 12 }),
      channel: fc.constantFrom('a', 'b', 'c'),
      weight: fc.integer({ min: 1, max: 3 }),
      caller: fc.constantFrom('x', 'y'),
      waitMs: fc.constantFrom(0, 500, 5_000, 60_000),
    }),
    { minLength: 1, maxLength: 20 },
  )
  fc.assert(
    fc.property(bursts, fc.integer({ min: 1, max: 8 }), (bursts, max) => {
      const limit = { max, windowMs: 1_000, graceMs: 50 }
      const arrivals = bursts.flatMap(({ calls, ...burst }) => Array.from({ length: calls }, () => burst))
      const outcome = simulate(limit, arrivals)
      if (fullestWindow(outcome, limit.windowMs) > max) throw new Error('a window was exceeded')
      if (outcome.wasted > 0) throw new Error(`${outcome.wasted} were woken in vain`)
      const { departures, refused } = outcome
      if (departures.length + refused.length !== arrivals.length) throw new Error('somebody was forgotten')
      if (departures.some(({ at, arrival }) => at > arrival.at + arrival.waitMs)) throw new Error('too late')
    }),
    { numRuns: PATTERNS * 3 },
  )
})
