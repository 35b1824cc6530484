import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { BucketAnswer } from '../../src/pacing/buckets.ts'
import { WaitingRoom } from '../../src/pacing/waiting-room.ts'

const plan = (...waiting: [string, number][]): BucketAnswer => ({
  askedAt: 0,
  turn: undefined,
  remaining: 0,
  waiting: new Map(waiting),
})

/** Sleeps, and gives how long that took. */
async function timed(
  sleep: Promise<number | undefined>,
): Promise<{ late: number | undefined; tookMs: number }> {
  const before = performance.now()
  return { late: await sleep, tookMs: performance.now() - before }
}

const inFuture = (ms: number): number => performance.now() + ms

t.test('each is woken when its turn comes, and never before', async (t) => {
  const room = new WaitingRoom(100)
  const slept = await Promise.all(
    [30, 60, 1].map((ms) => timed(room.sleep(`in ${ms}`, ms, inFuture(5_000), undefined))),
  )
  for (const [place, ms] of [30, 60, 1].entries()) {
    t.equal(slept[place]!.late, undefined)
    t.ok(slept[place]!.tookMs >= ms, `${slept[place]!.tookMs} is at least ${ms}`)
  }
  t.ok(room.isEmpty)
})

t.test('what the bucket answers to others moves the alarm, both ways', async (t) => {
  const room = new WaitingRoom(100)
  const earlier = timed(room.sleep('a', 60_000, inFuture(90_000), undefined))
  const later = timed(room.sleep('b', 20, inFuture(90_000), undefined))
  room.heed(plan(['a', 30], ['b', 80], ['somebody else', 1]))
  t.ok((await earlier).tookMs < 10_000)
  t.ok((await later).tookMs >= 80)
})

t.test(
  'who is moved beyond what it can wait hears it at once, and after how long it would have come',
  async (t) => {
    const room = new WaitingRoom(100)
    const sleeping = timed(room.sleep('a', 1_000, inFuture(30_000), undefined))
    room.heed(plan(['a', 40_000]))
    const { late, tookMs } = await sleeping
    t.equal(late, 40_000)
    t.ok(tookMs < 10_000)
    t.equal(await room.sleep('b', 50_000, inFuture(1_000), undefined), 50_000, 'and from the start')
  },
)

t.test('a caller that hangs up wakes with an error, and leaves nothing behind', async (t) => {
  const room = new WaitingRoom(100)
  const gone = new AbortController()
  const sleeping = room.sleep('a', 60_000, inFuture(90_000), gone.signal)
  t.notOk(room.isEmpty)
  gone.abort()
  await t.rejects(sleeping, { message: 'the caller is gone' })
  t.ok(room.isEmpty)
  await t.rejects(room.sleep('b', 60_000, inFuture(90_000), gone.signal), 'also when it was gone before')
  t.ok(room.isEmpty)
})

t.test('when nothing was heard for a while it looks, for as long as somebody waits', async (t) => {
  let looks = 0
  const room = new WaitingRoom(100, () => {
    looks += 1
    room.heed(plan())
  })
  const gone = new AbortController()
  const sleeping = room.sleep('a', 60_000, inFuture(90_000), gone.signal)
  for (let i = 0; i < 6; i++) {
    await sleep(200)
    room.heed(plan(['a', 60_000]))
  }
  t.equal(looks, 0, 'there was always something to hear')
  await sleep(2_300)
  t.equal(looks, 2)
  gone.abort()
  await t.rejects(sleeping)
  await sleep(1_100)
  t.equal(looks, 2)
})

t.test('thousands of alarms that stay where they are cost little to keep', async (t) => {
  const room = new WaitingRoom(100)
  const gone = new AbortController()
  setMaxListeners(0, gone.signal)
  const startsAt = Array.from({ length: 5_000 }, (_, i): [string, number] => [
    `id ${i}`,
    inFuture(30_000 + i),
  ])
  const fromNow = (): [string, number][] => startsAt.map(([id, at]) => [id, at - performance.now()])
  const sleeping = Promise.allSettled(
    fromNow().map(([id, ms]) => room.sleep(id, ms, inFuture(90_000), gone.signal)),
  )
  let tookMs = 0
  for (let i = 0; i < 20; i++) {
    const answer = plan(...fromNow())
    const before = performance.now()
    room.heed(answer)
    tookMs += (performance.now() - before) / 20
  }
  t.comment(`${tookMs.toFixed(2)} ms for an answer that speaks of 5,000`)
  gone.abort()
  await sleeping
  t.ok(room.isEmpty)
})
