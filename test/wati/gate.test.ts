import { Readable } from 'node:stream'
import t from 'tap'
import { Refusal } from '../../src/errors.ts'
import { makeLogger } from '../../src/logging.ts'
import { type GateCall, WatiGate } from '../../src/wati/gate.ts'
import { WatiCallFailed } from '../../src/wati/call-failures.ts'
import type { WatiAnswer } from '../../src/wati/wati-call.ts'
import { CapturedLog } from '../helpers/captured-log.ts'

const ACCOUNT = { id: 'acme', baseUrl: 'https://live.wati.io' }
const CALL: GateCall = { account: ACCOUNT, endpoint: 'sendTemplateMessage', isWrite: true }

const failure = (code: string, phase: 'connecting' | 'waiting' = 'connecting'): WatiCallFailed =>
  new WatiCallFailed(phase, Object.assign(new Error(code), { code }))
const answer = (status: number, body: WatiAnswer['body'] = Buffer.alloc(0)): WatiAnswer => ({
  ...{ status, body },
  headers: {},
})

function start(inFlightLimit = 10) {
  const log = new CapturedLog()
  const clock = { now: 0 }
  const refused: string[] = []
  const gate = new WatiGate({
    ...{ inFlightLimit, breaker: { failures: 2, windowMs: 1_000, openMs: 1_500 } },
    log: makeLogger('info', log),
    onRefused: (account, why) => refused.push(`${account} ${why}`),
    now: () => clock.now,
  })
  const fail = (error: unknown, times = 2): void => {
    for (let time = 0; time < times; time++) gate.enter(CALL).failed(error)
  }
  return { gate, log, clock, refused, fail }
}

function refusalOf(act: () => unknown): Refusal {
  try {
    act()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('it was not refused')
}

t.test(
  'while Wati fails a call is refused with the problem of the last failure, and nothing is sent',
  async (t) => {
    const { gate, fail, refused } = start()
    fail(failure('ECONNREFUSED'))
    const refusal = refusalOf(() => gate.enter(CALL))
    t.match(refusal, { problem: 'wati-unreachable', status: 502, outcome: 'not_sent' })
    t.strictSame(refusal.headers, {
      'proxy-status': 'wati-gateway; error=destination_unavailable',
      'retry-after': '2',
    })
    t.match(
      refusal.message,
      /^Wati has been failing for this account since \S+Z, so nothing was sent\. The last failure: Wati refused the connection\. Wati is tried again in 2 s\.$/,
    )
    t.equal(
      refusalOf(() => gate.check({ ...CALL, isWrite: false })).outcome,
      undefined,
      'a read has no outcome',
    )
    t.equal(gate.inFlightOf('acme'), 0, 'it took no place')
    t.strictSame(refused, ['acme breaker', 'acme breaker'])
  },
)

t.test('each kind of failure has its own problem', async (t) => {
  for (const [error, problem, status] of [
    [failure('UND_ERR_CONNECT_TIMEOUT'), 'wati-timeout', 504],
    [failure('UND_ERR_HEADERS_TIMEOUT', 'waiting'), 'wati-timeout', 504],
    [failure('CERT_HAS_EXPIRED'), 'wati-tls-failure', 502],
    [failure('ENOTFOUND'), 'wati-unreachable', 502],
    [failure('UND_ERR_HEADERS_OVERFLOW', 'waiting'), 'wati-unreachable', 502],
  ] as const) {
    const { gate, fail } = start()
    fail(error)
    t.match(
      refusalOf(() => gate.enter(CALL)),
      { problem, status, outcome: 'not_sent' },
      error.message,
    )
  }
})

t.test('what Wati did not do does not count against it', async (t) => {
  const { gate, fail } = start()
  for (const error of [
    new WatiCallFailed('waiting', new Error('the caller is gone')),
    new WatiCallFailed('waiting', new Refusal('malformed-request', 'The body broke off.')),
    failure('UND_ERR_DESTROYED'),
    failure('EMFILE'),
    new Refusal('store-unavailable', 'The store is away.'),
    new TypeError('a fault of ours'),
  ]) {
    fail(error, 5)
    t.equal(gate.breakerOf(ACCOUNT), undefined, error.message)
  }
})

t.test('502, 503 and 504 count; every other answer shows that Wati is there', async (t) => {
  for (const status of [502, 503, 504]) {
    const { gate } = start()
    for (let time = 0; time < 2; time++) gate.enter(CALL).answered(answer(status))
    t.match(
      refusalOf(() => gate.enter(CALL)),
      { problem: 'wati-unreachable', message: `Wati answered ${status}.` },
    )
  }
  for (const status of [200, 302, 400, 401, 404, 429, 500]) {
    const { gate, fail } = start()
    fail(failure('ECONNREFUSED'), 1)
    gate.enter(CALL).answered(answer(status))
    fail(failure('ECONNREFUSED'), 1)
    t.equal(gate.breakerOf(ACCOUNT), undefined, String(status))
  }
})

t.test('one probe shows that Wati is back; both changes are logged, once', async (t) => {
  const { gate, log, clock, fail } = start()
  fail(failure('ECONNREFUSED'))
  t.match(gate.breakerOf(ACCOUNT), { state: 'open', lastFailure: { problem: 'wati-unreachable' } })
  clock.now = 1_500
  const probe = gate.enter(CALL)
  t.equal(gate.breakerOf(ACCOUNT)?.state, 'half-open')
  t.equal(refusalOf(() => gate.enter(CALL)).headers['retry-after'], '1')
  probe.failed(failure('ECONNREFUSED'))
  refusalOf(() => gate.enter(CALL))
  clock.now = 3_000
  gate.enter(CALL).answered(answer(200))
  t.equal(gate.breakerOf(ACCOUNT), undefined)
  t.match(log.lines, [
    { level: 'error', alarm: 'wati-down', account: 'acme', problem: 'wati-unreachable' },
    { level: 'info', account: 'acme', msg: 'Wati answers again' },
  ])
  t.equal(log.lines.length, 2)
})

t.test('other accounts go on, and an account that is led elsewhere begins anew', async (t) => {
  const { gate, fail } = start()
  fail(failure('ECONNREFUSED'))
  gate.enter({ ...CALL, account: { ...ACCOUNT, id: 'other' } })
  const moved = { ...ACCOUNT, baseUrl: 'https://eu-api.wati.io' }
  t.equal(gate.breakerOf(moved), undefined)
  gate.enter({ ...CALL, account: moved })
})

t.test('a call for which there is no room is refused; a place is free when the answer is over', async (t) => {
  const { gate, refused } = start(2)
  const passages = [gate.enter(CALL), gate.enter(CALL)]
  t.match(
    refusalOf(() => gate.enter(CALL)),
    {
      ...{ problem: 'overloaded', status: 503, outcome: 'not_sent', headers: { 'retry-after': '1' } },
      message: /^2 calls of this account are on their way to Wati already: nothing was sent\./,
    },
  )
  t.strictSame(refused, ['acme in-flight'])
  const file = Readable.from(['a'])
  passages[0]?.answered(answer(200, file))
  t.equal(gate.inFlightOf('acme'), 2, 'a file that flows keeps its place')
  file.destroy()
  await new Promise((resolve) => file.once('close', resolve))
  t.equal(gate.inFlightOf('acme'), 1)
  passages[1]?.answered(answer(200))
  t.equal(gate.inFlightOf('acme'), 0)
})
