import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import { Refusal } from '../../src/errors.ts'
import type { Claim } from '../../src/idempotency/claim.ts'
import { openFileIdempotencyStore } from '../../src/idempotency/file-store.ts'
import { type Begun, Idempotency, type Try } from '../../src/idempotency/idempotency.ts'
import type { KeptOutcome } from '../../src/idempotency/kept-outcome.ts'
import type { IdempotencyStore } from '../../src/idempotency/store.ts'
import { makeLogger } from '../../src/logging.ts'
import { CapturedLog } from '../helpers/captured-log.ts'

type Step = 'claim' | 'send' | 'keep' | 'release'
/** `lost`: the step is done, and its answer is lost. */
type Failure = 'undone' | 'lost'

interface Opened {
  readonly idempotency: Idempotency
  readonly log: CapturedLog
  /** Makes a step fail so many times. */
  fail(step: Step, failure: Failure, times?: number): void
}

const OUTCOME: KeptOutcome = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  outcome: 'accepted',
  body: Buffer.from([0, 255, 10]),
}
const SEAL = makeSeal(generateKey('k1'))

function tryOf(key: string, body = 'body'): Try {
  return {
    owner: { caller: 'shop', alias: 'sales', key },
    asked: { method: 'POST', template: '/a/{b}', path: 'a/1', query: '', bodyType: 'json' },
    body: Buffer.from(body),
  }
}

async function open(t: Test, { leaseMs = 60_000, seal = SEAL, folder = t.testdir() } = {}): Promise<Opened> {
  const store = await openFileIdempotencyStore({ folder, leaseMs, keptMs: 3_600_000 })
  const failing = new Map<Step, { failure: Failure; times: number }>()
  const run = async <T>(step: Step, act: () => Promise<T>): Promise<T> => {
    const order = failing.get(step)
    if (order === undefined || order.times === 0) return await act()
    order.times -= 1
    if (order.failure === 'lost') await act()
    throw new Error('the store is away')
  }
  const flaky: IdempotencyStore = {
    claim: (name, claim) => run('claim', () => store.claim(name, claim)),
    send: (name, token) => run('send', () => store.send(name, token)),
    renew: (name, token) => store.renew(name, token),
    keep: (name, token, kept) => run('keep', () => store.keep(name, token, kept)),
    release: (name, token) => run('release', () => store.release(name, token)),
    close: () => store.close(),
  }
  const log = new CapturedLog()
  const options = { store: flaky, seal, log: makeLogger('debug', log), leaseMs, answerLimitBytes: 1_000 }
  const idempotency = new Idempotency(options)
  const begun: Claim[] = []
  const begin = idempotency.begin.bind(idempotency)
  idempotency.begin = async (one) => {
    const found = await begin(one)
    if (found.kind === 'claimed') begun.push(found.claim)
    return found
  }
  t.teardown(async () => {
    failing.clear()
    for (const claim of begun) await claim.abandon()
    await idempotency.close()
  })
  return { idempotency, log, fail: (step, failure, times = 1) => void failing.set(step, { failure, times }) }
}

function claimIn(begun: Begun): Claim {
  if (begun.kind !== 'claimed') throw new Error(`it is ${begun.kind}`)
  return begun.claim
}

async function claimed({ idempotency }: Opened, key: string): Promise<Claim> {
  return claimIn(await idempotency.begin(tryOf(key)))
}

/** What a second try finds in the end, once what was left undone has been done. */
async function finally_({ idempotency }: Opened, key: string): Promise<Begun> {
  for (let i = 0; i < 400; i += 1) {
    const begun = await idempotency.begin(tryOf(key))
    if (begun.kind !== 'in-flight') return begun
    await sleep(10)
  }
  throw new Error('it stays in flight')
}

async function refusalOf(act: Promise<unknown>): Promise<Refusal> {
  const error = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof Refusal) return error
  throw new Error(`no refusal: ${String(error)}`)
}

for (const failure of ['undone', 'lost'] as const) {
  const when = failure === 'undone' ? 'could not do' : 'has done without a word'

  t.test(`a claim that the store ${when} sends nothing and leaves the key free`, async (t) => {
    const opened = await open(t)
    opened.fail('claim', failure)
    const refusal = await refusalOf(opened.idempotency.begin(tryOf('a')))
    t.match(refusal, { problem: 'store-unavailable', outcome: 'not_sent' })
    t.equal((await finally_(opened, 'a')).kind, 'claimed')
  })

  t.test(`a first byte that the store ${when} does not leave, and the key is free`, async (t) => {
    const opened = await open(t)
    const claim = await claimed(opened, 'a')
    opened.fail('send', failure)
    t.match(await refusalOf(claim.send()), { problem: 'store-unavailable', outcome: 'not_sent' })
    await claim.release()
    t.equal((await finally_(opened, 'a')).kind, 'claimed')
  })

  t.test(`an outcome that the store ${when} is kept in the end`, async (t) => {
    const opened = await open(t)
    const claim = await claimed(opened, 'a')
    await claim.send()
    opened.fail('keep', failure, 3)
    await claim.keep(OUTCOME)
    t.strictSame(await finally_(opened, 'a'), { kind: 'kept', outcome: OUTCOME })
  })

  for (const sends of [false, true]) {
    t.test(
      `a release ${sends ? 'after sending' : 'before sending'} that the store ${when} is done in the end`,
      async (t) => {
        const opened = await open(t)
        const claim = await claimed(opened, 'a')
        if (sends) await claim.send()
        opened.fail('release', failure, 3)
        await claim.release()
        t.equal((await finally_(opened, 'a')).kind, 'claimed')
      },
    )
  }
}

t.test('a process that stood still for longer than its lease may not send any more', async (t) => {
  const opened = await open(t, { leaseMs: 100 })
  const stalled = await claimed(opened, 'a')
  // Nothing else runs in the meantime, no renewal either.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  const next = await claimed(opened, 'a')
  t.match(await refusalOf(stalled.send()), { problem: 'idempotency-in-flight', outcome: 'not_sent' })
  await stalled.release()
  await next.send()
  await next.keep(OUTCOME)
  t.equal((await opened.idempotency.begin(tryOf('a'))).kind, 'kept')
})

t.test('a claim is held for as long as its request takes', async (t) => {
  const opened = await open(t, { leaseMs: 200 })
  const claim = await claimed(opened, 'a')
  for (const sends of [false, true]) {
    if (sends) await claim.send()
    await sleep(500)
    t.equal((await opened.idempotency.begin(tryOf('a'))).kind, 'in-flight')
  }
})

t.test('a request that is abandoned leaves the key free, but not once it may have been sent', async (t) => {
  const opened = await open(t, { leaseMs: 100 })
  const [unsent, recalled, sent] = [
    await claimed(opened, 'a'),
    await claimed(opened, 'b'),
    await claimed(opened, 'c'),
  ]
  await unsent.abandon()
  t.equal((await opened.idempotency.begin(tryOf('a'))).kind, 'claimed')
  await t.rejects(unsent.send(), 'and it cannot be sent after that')
  await recalled.send()
  recalled.recall()
  await recalled.abandon()
  t.equal((await opened.idempotency.begin(tryOf('b'))).kind, 'claimed', 'surely not carried out')
  await sent.send()
  await sent.abandon()
  t.equal((await finally_(opened, 'c')).kind, 'unknown')
})

t.test('a request that is given up just as it is to be sent is not sent', async (t) => {
  const opened = await open(t)
  const claim = await claimed(opened, 'a')
  const sending = refusalOf(claim.send())
  await claim.release()
  t.match(await sending, { problem: 'idempotency-in-flight', outcome: 'not_sent' })
  t.equal((await opened.idempotency.begin(tryOf('a'))).kind, 'claimed')
})

t.test('only the first end counts', async (t) => {
  const opened = await open(t)
  const claim = await claimed(opened, 'a')
  await claim.send()
  await claim.keep(OUTCOME)
  await claim.release()
  await claim.abandon()
  t.strictSame(await opened.idempotency.begin(tryOf('a')), { kind: 'kept', outcome: OUTCOME })
})

t.test('an outcome whose seal does not open is unknown, and alarms', async (t) => {
  const folder = t.testdir()
  const opened = await open(t, { folder })
  const claim = await claimed(opened, 'a')
  await claim.send()
  await claim.keep(OUTCOME)
  await opened.idempotency.close()
  const other = await open(t, { folder, seal: makeSeal(generateKey('k1')) })
  t.equal((await other.idempotency.begin(tryOf('a'))).kind, 'unknown')
  t.match(
    other.log.lines.find(({ level }) => level === 'error'),
    { msg: /cannot be read/ },
  )
})

t.test('closing waits for what is under way', async (t) => {
  const folder = t.testdir()
  const opened = await open(t, { folder })
  const claim = await claimed(opened, 'a')
  await claim.send()
  const closed = opened.idempotency.close()
  await sleep(20)
  await claim.keep(OUTCOME)
  await closed
  const next = await open(t, { folder })
  t.strictSame(await next.idempotency.begin(tryOf('a')), { kind: 'kept', outcome: OUTCOME })
})

t.test('closing does not wait for a store that stays away', async (t) => {
  const opened = await open(t)
  const claim = await claimed(opened, 'a')
  await claim.send()
  opened.fail('keep', 'undone', Infinity)
  await claim.keep(OUTCOME)
  await opened.idempotency.close()
  t.match(
    opened.log.lines.find(({ level }) => level === 'error'),
    { msg: /was not written/ },
  )
})
