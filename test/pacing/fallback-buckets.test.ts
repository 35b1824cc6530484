import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Applicant, Limit } from '../../src/pacing/bucket.ts'
import type { BucketAnswer, Buckets } from '../../src/pacing/buckets.ts'
import { FallbackBuckets } from '../../src/pacing/fallback-buckets.ts'
import { MemoryBuckets } from '../../src/pacing/memory-buckets.ts'
import { makeLogger } from '../../src/logging.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { until } from '../faults/replicas.ts'

const LIMIT = { max: 10, windowMs: 60_000, graceMs: 100 }
let ids = 0
const who = (channel = 'sales'): Applicant => ({ id: `id ${++ids}`, channel, weight: 1, caller: 'shop' })

/** Where all replicas meet, for as long as it is there. */
class Shared {
  buckets = new MemoryBuckets()
  isAway = false
  /** How long an answer takes. */
  lateMs = 0
  asked = 0

  of(): Buckets {
    const act = async (name: keyof Buckets, args: unknown[]): Promise<BucketAnswer> => {
      this.asked += 1
      if (this.isAway) throw new Error('away')
      const askedAt = performance.now()
      const answer = await (this.buckets[name] as (...args: unknown[]) => Promise<BucketAnswer>)(...args)
      if (this.lateMs > 0) await sleep(this.lateMs)
      return { ...answer, askedAt }
    }
    const methods = ['ask', 'claim', 'leave', 'giveBack', 'block', 'tell'] as const
    return Object.fromEntries(
      methods.map((name) => [name, (...args: unknown[]) => act(name, args)]),
    ) as unknown as Buckets
  }
}

interface Replica {
  readonly buckets: FallbackBuckets
  readonly log: CapturedLog
  /** How many of so many calls may go at once. */
  go(count: number, key?: string, limit?: Limit): Promise<number>
}

function startReplica(t: Test, shared: Shared, replicas = 2): Replica {
  const log = new CapturedLog()
  const buckets = new FallbackBuckets({
    shared: shared.of(),
    replicas: () => replicas,
    log: makeLogger('info', log),
  })
  t.teardown(() => buckets.close())
  return {
    buckets,
    log,
    async go(count, key = 'k', limit = LIMIT) {
      let went = 0
      for (let i = 0; i < count; i++) {
        if ((await buckets.ask(key, limit, who(), 0)).turn?.verdict === 'go') went += 1
      }
      return went
    },
  }
}

t.test('while the shared buckets are there, they decide', async (t) => {
  const shared = new Shared()
  const [a, b] = [startReplica(t, shared), startReplica(t, shared)]
  t.equal(await a.go(8), 8)
  t.equal(await b.go(8), 2)
  t.notOk(a.buckets.isAlone)
})

t.test('without them each keeps to its share, and what it had before counts', async (t) => {
  const shared = new Shared()
  const [a, b, late] = [startReplica(t, shared), startReplica(t, shared), startReplica(t, shared, 3)]
  t.equal(await a.go(3), 3)
  shared.isAway = true
  t.equal(await a.go(9), 2)
  t.equal(await b.go(9), 5)
  t.equal(await late.go(9), 3, 'a third of ten, rounded down')
  t.ok(a.buckets.isAlone && b.buckets.isAlone)
  t.match(a.log.lines, [{ alarm: 'pacing-alone', replicas: 2, level: 'error' }])
  t.equal(a.log.lines.length, 1, 'it is said once')
})

t.test('a share is never nothing', async (t) => {
  const shared = new Shared()
  shared.isAway = true
  t.equal(await startReplica(t, shared, 50).go(3), 1)
})

t.test('while it is alone no request waits for the shared buckets', async (t) => {
  const shared = new Shared()
  const a = startReplica(t, shared)
  shared.isAway = true
  await a.go(1)
  const { asked } = shared
  await a.go(20)
  await a.buckets.block('k', LIMIT, 10)
  await a.buckets.leave('k', LIMIT, 'x')
  t.equal(shared.asked, asked)
})

t.test('who waited in the shared bucket asks anew in the own, and the other way round', async (t) => {
  const shared = new Shared()
  const a = startReplica(t, shared)
  await a.go(10)
  const one = who()
  t.equal((await a.buckets.ask('k', LIMIT, one, 90_000)).turn?.verdict, 'wait')
  shared.isAway = true
  t.equal((await a.buckets.claim('k', LIMIT, one.id)).turn, undefined)
  t.equal((await a.buckets.ask('k', LIMIT, one, 90_000)).turn?.verdict, 'wait')
  shared.buckets = new MemoryBuckets()
  shared.isAway = false
  await until(
    (isAlone) => !isAlone,
    async () => a.buckets.isAlone,
  )
  t.equal((await a.buckets.claim('k', LIMIT, one.id)).turn, undefined)
})

t.test('when they are back, they are told all that was granted without them', async (t) => {
  const shared = new Shared()
  const [a, b] = [startReplica(t, shared), startReplica(t, shared)]
  await a.go(1)
  shared.isAway = true
  t.equal(await a.go(3, 'k'), 3)
  t.equal(await b.go(4, 'k'), 4)
  t.equal(await b.go(9, 'other'), 5)
  const given = who()
  t.equal((await a.buckets.ask('k', LIMIT, given, 0)).turn?.verdict, 'go')
  await a.buckets.giveBack('k', LIMIT, given.id)
  const stopped = { ...LIMIT, max: 1_000 }
  await b.buckets.block('stopped', stopped, 50_000)
  shared.isAway = false
  await until(
    (left) => left === 2,
    async () => (await shared.buckets.leave('k', LIMIT, '')).remaining,
  )
  t.equal((await shared.buckets.leave('other', LIMIT, '')).remaining, 5)
  t.match((await shared.buckets.ask('stopped', stopped, who(), 0)).turn, { verdict: 'late' })
  t.ok(a.buckets.isAlone, 'for a while each still keeps to its share')
  t.equal(await a.go(9), 1, 'its share is full')
  t.equal(await b.go(9), 1)
  t.equal(await a.go(9, 'other'), 5)
  t.equal(await b.go(9, 'other'), 0)
  for (const { buckets } of [a, b]) {
    await until(
      (isAlone) => !isAlone,
      async () => buckets.isAlone,
    )
  }
  t.equal((await a.go(20, 'third')) + (await b.go(20, 'third')), 10)
  t.equal(await a.go(20), 0)
  t.match(a.log.lines.at(-1), { msg: /shared with the other replicas again/, level: 'info' })
})

t.test(
  'on the way back a turn must be good for both, and who has one of them waits for the other',
  async (t) => {
    const shared = new Shared()
    const a = startReplica(t, shared)
    shared.isAway = true
    await a.go(1)
    for (let i = 0; i < 10; i++) await shared.buckets.ask('full', LIMIT, who(), 0)
    shared.isAway = false
    await until(
      (left) => left === 9,
      async () => (await shared.buckets.leave('k', LIMIT, '')).remaining,
    )
    await sleep(20)
    t.ok(a.buckets.isAlone)
    const one = who()
    const { turn } = await a.buckets.ask('full', LIMIT, one, 90_000)
    t.equal(turn?.verdict, 'wait')
    t.ok((turn?.inMs ?? 0) > 50_000)
    t.equal((await a.buckets.claim('full', LIMIT, one.id)).turn, undefined, 'its own turn was given back')
  },
)

t.test('an absence in the middle of coming back is an absence', async (t) => {
  const shared = new Shared()
  const a = startReplica(t, shared)
  shared.isAway = true
  await a.go(2)
  shared.isAway = false
  await until(
    (left) => left === 8,
    async () => (await shared.buckets.leave('k', LIMIT, '')).remaining,
  )
  shared.isAway = true
  t.equal(await a.go(9), 3, 'it goes on, at its share')
  await sleep(3_500)
  t.ok(a.buckets.isAlone)
  shared.isAway = false
  await until(
    (isAlone) => !isAlone,
    async () => a.buckets.isAlone,
  )
  t.equal(await a.go(9), 5, 'and nothing was forgotten')
})

t.test('shared buckets whose turns are over when they come count as away', async (t) => {
  const shared = new Shared()
  const { buckets, log } = startReplica(t, shared)
  const wide = { ...LIMIT, max: 100 }
  shared.lateMs = 250
  for (let asks = 0; asks < 6; asks++) await buckets.ask('k', wide, who(), 0)
  t.ok(buckets.isAlone)
  t.match(log.lines, [{ alarm: 'pacing-alone', err: { message: /too slowly/ } }])
  const startedAt = performance.now()
  t.match(await buckets.ask('k', wide, who(), 0), { turn: { verdict: 'go' } })
  t.ok(performance.now() - startedAt < 200, 'nobody waits for them any more')
  await sleep(1_000)
  t.ok(buckets.isAlone, 'as long as they are slow')
})

t.test('a moment in which this process stood still is no absence', async (t) => {
  const shared = new Shared()
  const { buckets, go } = startReplica(t, shared)
  shared.lateMs = 250
  await Promise.all([1, 2, 3, 4, 5].map(() => buckets.ask('k', LIMIT, who(), 0)))
  shared.lateMs = 0
  t.equal(await go(1), 1)
  t.notOk(buckets.isAlone)
})
