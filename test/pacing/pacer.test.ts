import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Account } from '../../src/domain/account.ts'
import type { Applicant, Limit } from '../../src/pacing/bucket.ts'
import type { BucketAnswer } from '../../src/pacing/buckets.ts'
import { MemoryBuckets } from '../../src/pacing/memory-buckets.ts'
import { RateLimited } from '../../src/pacing/rate-limited.ts'
import {
  type Heard,
  LEAVE_WITHIN_MS,
  WINDOW_MS,
  accountWith,
  ask,
  callOf,
  fullest,
  perSecond,
  startPacer,
} from './paced-calls.ts'

const verdicts = (heard: readonly Heard[]): string[] => heard.map(({ verdict }) => verdict)
const times = <T>(count: number, act: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => act(i))

t.test('turns come in order, one by one, and no window is exceeded', async (t) => {
  // Whoever misses a turn, as a busy machine may, gets a later one: here nobody does.
  const leaveWithinMs = 600
  const windowMs = 1_000 + leaveWithinMs
  const { pacer } = startPacer({ leaveWithinMs })
  const heard = await Promise.all(times(8, () => ask(pacer, 8_000)))
  t.same(new Set(verdicts(heard)), new Set(['go']))
  const at = heard.map((one) => one.at)
  t.same(
    at,
    [...at].sort((one, other) => one - other),
    'first come, first served',
  )
  t.ok(heard[2]!.afterMs < windowMs, 'three go at once')
  t.ok(heard[3]!.afterMs >= windowMs - 5, 'the fourth a window later')
  t.equal(fullest(at, 1_000), 3)
})

t.test(
  'a call whose turn cannot come in time is refused at once, and told exactly when it would',
  async (t) => {
    const { pacer } = startPacer()
    await Promise.all(times(3, () => ask(pacer, 0)))
    const late = await ask(pacer, 500)
    t.equal(late.verdict, 'late')
    t.ok(late.afterMs < 500, `after ${late.afterMs} ms`)
    t.ok(late.retryAfterMs > 500 && late.retryAfterMs <= WINDOW_MS, String(late.retryAfterMs))
    await sleep(late.retryAfterMs)
    t.equal((await ask(pacer, 0)).verdict, 'go', 'and so it is')
  },
)

t.test('a refusal is a 429 in the words of the contract', async (t) => {
  const { pacer } = startPacer()
  const account = accountWith({ sendTemplateMessage: { max: 1, windowSeconds: 10 } })
  await pacer.turn(callOf({ account }), 0)
  const refusal = await Promise.resolve(pacer.turn(callOf({ account }), 0)).catch((error: unknown) => error)
  t.ok(refusal instanceof RateLimited)
  t.match(refusal, {
    status: 429,
    problem: 'rate-limited',
    outcome: 'not_sent',
    headers: {
      'retry-after': '11',
      ratelimit: '"sendTemplateMessage";r=0;t=11',
      'ratelimit-policy': '"sendTemplateMessage";q=1;w=10',
    },
    message: /Prefer: wait=11/,
  })
  const read = await Promise.resolve(pacer.turn(callOf({ account, isWrite: false }), 0)).catch(
    (error: unknown) => error,
  )
  t.match(read, { outcome: undefined }, 'a read has no outcome')
  const day = accountWith({ sendTemplateMessage: { max: 1, windowSeconds: 86_400 } }, 'day')
  await pacer.turn(callOf({ account: day }), 0)
  const tomorrow = await Promise.resolve(pacer.turn(callOf({ account: day }), 0)).catch(
    (error: unknown) => error,
  )
  t.match(tomorrow, { headers: { 'ratelimit-policy': '"sendTemplateMessage";q=1;w=86400' } })
  t.notMatch(tomorrow, { message: /Prefer/ }, 'nobody can ask to wait for so long')
})

t.test('who is moved back too far by others is refused at once', async (t) => {
  const { pacer } = startPacer()
  await Promise.all(times(3, () => ask(pacer, 0)))
  const waiting = times(2, () => ask(pacer, WINDOW_MS + 400))
  await sleep(20)
  const before = performance.now()
  const other = callOf({ channel: 'support' })
  await Promise.race([ask(pacer, 5_000, other), sleep(20)])
  const second = await waiting[1]!
  t.equal(second.verdict, 'late')
  t.ok(second.at - before < 600, 'long before its wait was over')
  t.ok(second.retryAfterMs > WINDOW_MS + 400)
  t.equal((await waiting[0]!).verdict, 'go')
})

t.test('a caller that hangs up leaves the queue, and the others move up', async (t) => {
  const { pacer } = startPacer()
  await Promise.all(times(3, () => ask(pacer, 0)))
  const gone = new AbortController()
  const first = ask(pacer, 5_000, callOf({ signal: gone.signal }))
  const second = ask(pacer, 5_000)
  await sleep(50)
  gone.abort()
  t.equal((await first).verdict, 'gone')
  t.ok((await first).afterMs < WINDOW_MS, 'at once')
  t.ok((await second).afterMs < WINDOW_MS + 250, `after ${(await second).afterMs} ms, not a spacing later`)
  const third = await ask(pacer, 5_000, callOf({ signal: gone.signal }))
  t.equal(third.verdict, 'go', 'who need not wait is not asked')
  t.equal((await ask(pacer, 5_000, callOf({ signal: gone.signal }))).verdict, 'go')
  t.equal(
    (await ask(pacer, 5_000, callOf({ signal: gone.signal }))).verdict,
    'gone',
    'gone before it had to wait',
  )
})

t.test('so many wait for an account, and no more', async (t) => {
  const { pacer } = startPacer({ queueLimit: 2 })
  await Promise.all(times(3, () => ask(pacer, 0)))
  const waiting = times(2, () => ask(pacer, 5_000))
  await sleep(20)
  const crowd = await Promise.all(times(20, () => ask(pacer, 5_000)))
  t.same(new Set(verdicts(crowd)), new Set(['overloaded']))
  t.equal((await ask(pacer, 10)).verdict, 'late', 'who would not wait so long hears that, with the time')
  const other = callOf({ account: accountWith(perSecond(3), 'other') })
  t.equal((await ask(pacer, 0, other)).verdict, 'go', 'other accounts have queues of their own')
  const read = callOf({ account: accountWith(), endpoint: 'getMessages' })
  t.equal((await ask(pacer, 0, read)).verdict, 'go', 'what need not wait goes')
  t.same(verdicts(await Promise.all(waiting)), ['go', 'go'], 'nobody was moved for those who were refused')
  t.equal((await ask(pacer, 5_000)).verdict, 'go', 'afterwards there is room again')
})

t.test('a channel that fills the queue does not shut out the others', async (t) => {
  const { pacer } = startPacer({ queueLimit: 10 })
  const flood = times(40, () => ask(pacer, 20_000))
  await sleep(20)
  const other = await Promise.all(times(3, () => ask(pacer, 5_000, callOf({ channel: 'support' }))))
  t.same(verdicts(other), ['go', 'go', 'go'])
  t.same(
    verdicts(await Promise.all(flood)).filter((verdict) => verdict === 'overloaded').length,
    27,
    'three went, ten waited',
  )
})

t.test('the calls of an endpoint without a limit that Wati has stopped wait in the same queue', async (t) => {
  const { pacer } = startPacer({ queueLimit: 2 })
  const call = callOf({ account: accountWith(), endpoint: 'getMessageTemplates', isWrite: false })
  t.match(await pacer.turn(call, 0), { leaveBy: Infinity })
  await pacer.block(call, 600)
  const late = await ask(pacer, 500, call)
  t.equal(late.verdict, 'late')
  t.ok(late.retryAfterMs > 500 && late.retryAfterMs <= 600)
  const heard = await Promise.all(times(4, () => ask(pacer, 5_000, call)))
  t.same(verdicts(heard).sort(), ['go', 'go', 'overloaded', 'overloaded'])
  const gone = new AbortController()
  await pacer.block(call, 60_000)
  const hanging = ask(pacer, 60_000, { ...call, signal: gone.signal })
  gone.abort()
  t.equal((await hanging).verdict, 'gone')
})

t.test('a stop that is made longer holds those, too, who wait for its end', async (t) => {
  const { pacer } = startPacer()
  const call = callOf({ account: accountWith(), endpoint: 'getMessageTemplates' })
  await pacer.block(call, 300)
  const waiting = ask(pacer, 5_000, call)
  await pacer.block(call, 900)
  const { verdict, afterMs } = await waiting
  t.equal(verdict, 'go')
  t.ok(afterMs >= 890, String(afterMs))
})

t.test("Wati's 429 stops the endpoint of the account, and nothing else", async (t) => {
  const { pacer } = startPacer()
  const waitingCall = callOf()
  await pacer.block(waitingCall, 700)
  t.match(await ask(pacer, 600), { verdict: 'late' })
  t.equal((await ask(pacer, 0, callOf({ account: accountWith(perSecond(3), 'other') }))).verdict, 'go')
  t.equal((await ask(pacer, 0, callOf({ endpoint: 'getMessages' }))).verdict, 'go')
  const { verdict, afterMs } = await ask(pacer, 5_000)
  t.equal(verdict, 'go')
  t.ok(afterMs >= 690 && afterMs < 1_500, String(afterMs))
})

t.test('those who already wait are stopped, and told so at once if that is too long', async (t) => {
  const { pacer } = startPacer()
  await Promise.all(times(3, () => ask(pacer, 0)))
  const [short, long] = [ask(pacer, 1_500), ask(pacer, 9_000)]
  await sleep(20)
  await pacer.block(callOf(), 2_000)
  const { verdict, afterMs, retryAfterMs } = await short
  t.equal(verdict, 'late')
  t.ok(afterMs < 1_000 && retryAfterMs > 1_500 && retryAfterMs <= 2_000, `${afterMs} ${retryAfterMs}`)
  t.ok((await long).afterMs >= 1_990)
})

/** Buckets far away: their answers take their time. */
class SlowBuckets extends MemoryBuckets {
  readonly delaysMs: number[]
  readonly orders: string[] = []

  constructor(...delaysMs: number[]) {
    super()
    this.delaysMs = delaysMs
  }

  override async ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer> {
    this.orders.push('ask')
    const answer = await super.ask(key, limit, who, waitMs)
    await sleep(this.delaysMs.shift() ?? 0)
    return answer
  }

  override async giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    this.orders.push('back')
    return await super.giveBack(key, limit, id)
  }
}

t.test('a turn that was lost on the way is given back and asked for again', async (t) => {
  const buckets = new SlowBuckets(3 * LEAVE_WITHIN_MS, 2 * LEAVE_WITHIN_MS)
  const { pacer } = startPacer({ buckets })
  const turn = await pacer.turn(callOf(), 0)
  t.same(buckets.orders, ['ask', 'back', 'ask', 'back', 'ask'])
  t.ok(turn.leaveBy > performance.now())
  t.match(await ask(pacer, 0), { verdict: 'go' })
  t.match(await ask(pacer, 0), { verdict: 'go' }, 'those that were given back were not counted')
  t.match(await ask(pacer, 0), { verdict: 'late' })
})

t.test('buckets that are always too slow end in a refusal, not in a loop', async (t) => {
  const buckets = new SlowBuckets(...times(9, () => 2 * LEAVE_WITHIN_MS))
  const { pacer } = startPacer({ buckets })
  t.match(await ask(pacer, 0), { verdict: 'late', retryAfterMs: 1_000 })
  t.equal(buckets.orders.filter((order) => order === 'ask').length, 5)
})

t.test('a turn that is not used goes to the next', async (t) => {
  const { pacer } = startPacer()
  const turns = await Promise.all(times(3, async () => await pacer.turn(callOf(), 0)))
  const waiting = ask(pacer, 5_000)
  await sleep(20)
  await turns[0]!.giveBack()
  t.ok((await waiting).afterMs < WINDOW_MS - 200, `after ${(await waiting).afterMs} ms`)
})

t.test('a replica hears of what happened at another', async (t) => {
  const buckets = new MemoryBuckets()
  const [a, b] = ['a', 'b'].map((replica) => startPacer({ buckets, replica, isShared: true }).pacer)
  const account = accountWith({ sendTemplateMessage: { max: 1, windowSeconds: 2 } })
  await ask(a!, 0, callOf({ account }))
  const gone = new AbortController()
  const hanging = times(5, () => ask(a!, 60_000, callOf({ account, signal: gone.signal })))
  await sleep(20)
  const other = ask(b!, 60_000, callOf({ account }))
  await sleep(20)
  gone.abort()
  t.same(new Set(verdicts(await Promise.all(hanging))), new Set(['gone']))
  t.ok((await other).afterMs < 4_000, `after ${(await other).afterMs} ms, not after twelve seconds`)
})

t.test('limits that change while calls wait hold for them, too', async (t) => {
  let account: Account = accountWith(perSecond(2))
  const { pacer } = startPacer({ accountNow: () => account })

  await t.test('lower ones', async (t) => {
    const heard = times(6, () => ask(pacer, 9_000))
    await sleep(20)
    account = accountWith(perSecond(1))
    const at = (await Promise.all(heard)).map((one) => one.at).slice(2)
    t.equal(fullest(at, 990), 1, 'none of those that waited went faster than the new limit')
  })

  await t.test('higher ones', async (t) => {
    const heard = times(4, () => ask(pacer, 20_000))
    await sleep(20)
    account = accountWith(perSecond(20))
    t.equal((await ask(pacer, 9_000)).verdict, 'go')
    const all = await Promise.all(heard)
    t.same(new Set(verdicts(all)), new Set(['go']))
    t.ok(all.every(({ afterMs }) => afterMs < 2_500))
  })

  await t.test('none any more', async (t) => {
    account = accountWith(perSecond(1))
    const heard = times(3, () => ask(pacer, 20_000))
    await sleep(20)
    account = accountWith({ sendTemplateMessage: null })
    t.match(await pacer.turn(callOf(), 0), { leaveBy: Infinity }, 'a new one goes at once')
    t.same(verdicts(await Promise.all(heard)), ['go', 'go', 'go'])
  })
})

t.test('a hundred channels with a flood each: no window is exceeded, and each has its turn', async (t) => {
  const { pacer } = startPacer()
  const account = accountWith(perSecond(50))
  const heard = await Promise.all(
    times(200, (i) => ask(pacer, 9_000, callOf({ account, channel: `channel ${i % 100}` }))),
  )
  const went = heard.filter(({ verdict }) => verdict === 'go')
  t.equal(went.length, 200)
  t.ok(
    fullest(
      went.map(({ at }) => at - LEAVE_WITHIN_MS),
      1_000,
    ) <= 50,
  )
})
