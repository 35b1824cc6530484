import t from 'tap'
import { type BreakerFailure, CircuitBreaker } from '../../src/wati/circuit-breaker.ts'

const LIMITS = { failures: 3, windowMs: 1_000, openMs: 500 }
const REFUSED: BreakerFailure = { problem: 'wati-unreachable', detail: 'Refused.', isUnreachable: true }
const SLOW: BreakerFailure = { problem: 'wati-timeout', detail: 'No answer in time.', isUnreachable: false }

function start() {
  const clock = { now: 10_000 }
  const breaker = new CircuitBreaker(LIMITS, () => clock.now)
  const fail = (failure = REFUSED, endpoint = 'send'): void =>
    breaker.failed(breaker.begin(endpoint), failure)
  const open = (): void => [1, 2, 3].forEach(() => fail())
  return { clock, breaker, fail, open }
}

t.test('it opens with the failure that is one too many, and says how long', async (t) => {
  const { breaker, fail, clock } = start()
  t.ok(breaker.isIdle)
  fail()
  fail()
  t.equal(breaker.state, undefined)
  t.equal(breaker.waitMs('send'), 0)
  fail()
  t.equal(breaker.state, 'open')
  t.equal(breaker.waitMs('send'), 500)
  t.match(breaker.lastFailure, { problem: 'wati-unreachable', detail: 'Refused.', at: clock.now })
  clock.now += 499
  t.equal(breaker.waitMs('send'), 1)
})

t.test('a success in between begins the count anew', async (t) => {
  const { breaker, fail } = start()
  fail()
  fail()
  breaker.succeeded()
  t.ok(breaker.isIdle)
  fail()
  fail()
  t.equal(breaker.state, undefined)
})

t.test('failures that are older than the window are forgotten', async (t) => {
  const { breaker, fail, clock } = start()
  fail()
  fail()
  clock.now += 1_000
  fail()
  t.equal(breaker.state, undefined)
  fail()
  fail()
  t.equal(breaker.state, 'open')
})

t.test('exactly one probe is let through; one that fails keeps it open', async (t) => {
  const { breaker, open, clock } = start()
  open()
  clock.now += 500
  t.equal(breaker.waitMs('send'), 0)
  const probe = breaker.begin('send')
  t.equal(breaker.state, 'half-open')
  t.ok(breaker.waitMs('send') > 0, 'no second one')
  clock.now += 300
  breaker.failed(probe, SLOW)
  t.equal(breaker.state, 'open')
  t.equal(breaker.waitMs('send'), 500, 'from the end of the probe on')
  t.equal(breaker.lastFailure?.problem, 'wati-timeout')
})

t.test('a probe that succeeds closes it', async (t) => {
  const { breaker, open, clock } = start()
  open()
  clock.now += 500
  breaker.begin('send')
  breaker.succeeded()
  t.equal(breaker.state, undefined)
  t.equal(breaker.waitMs('send'), 0)
  t.ok(breaker.isIdle)
})

t.test('a probe whose caller hangs up makes room for the next', async (t) => {
  const { breaker, open, clock } = start()
  open()
  clock.now += 500
  breaker.undecided(breaker.begin('send'))
  t.equal(breaker.state, 'open')
  t.equal(breaker.waitMs('send'), 0)
})

t.test('calls that were under way when it opened neither end the probe nor put it off', async (t) => {
  const { breaker, open, clock } = start()
  const [one, other] = [breaker.begin('send'), breaker.begin('send')]
  open()
  clock.now += 400
  breaker.failed(one, REFUSED)
  t.equal(breaker.waitMs('send'), 100)
  clock.now += 100
  breaker.begin('send')
  breaker.failed(other, REFUSED)
  t.equal(breaker.state, 'half-open')
})

t.test('a call that began before the last success was slow, and does not count', async (t) => {
  const { breaker, clock } = start()
  const slow = [1, 2, 3].map(() => breaker.begin('slow'))
  clock.now += 10
  breaker.succeeded()
  for (const call of slow) breaker.failed(call, SLOW)
  t.equal(breaker.state, undefined)
  t.ok(breaker.isIdle)
})

t.test('one bad endpoint takes no other with it', async (t) => {
  const { breaker, fail } = start()
  for (let time = 0; time < 3; time++) fail(SLOW, 'bad')
  t.ok(breaker.waitMs('bad') > 0)
  t.equal(breaker.waitMs('good'), 0)
  const good = breaker.begin('good')
  t.equal(breaker.state, 'open', 'a call of another endpoint is no probe')
  t.test('but as soon as a second one fails, too, all are refused', async (t) => {
    breaker.failed(good, SLOW)
    t.ok(breaker.waitMs('third') > 0)
  })
})

t.test('without a connection no endpoint can be reached, whichever failed', async (t) => {
  const { breaker, open } = start()
  open()
  t.ok(breaker.waitMs('another') > 0)
})

t.test('two bad endpoints are enough to refuse all', async (t) => {
  const { breaker, fail } = start()
  fail(SLOW, 'one')
  fail(SLOW, 'two')
  fail(SLOW, 'one')
  t.ok(breaker.waitMs('three') > 0)
})
