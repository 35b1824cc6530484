import t from 'tap'
import { PROBLEMS, type ProblemName, Refusal, problemDocument } from '../src/errors.ts'

/** Name and status of every refusal of the outer contract, and `internal-error`. */
const CONTRACT: Readonly<Record<string, number>> = {
  'invalid-request': 400,
  'not-found': 404,
  conflict: 409,
  'revision-mismatch': 412,
  unauthenticated: 401,
  'channel-forbidden': 403,
  'scope-missing': 403,
  'cross-site-request': 403,
  'channel-disabled': 403,
  'unknown-channel': 404,
  'unknown-operation': 404,
  'method-not-allowed': 405,
  'malformed-request': 400,
  'unsupported-media-type': 415,
  'body-too-large': 413,
  'channel-key-conflict': 409,
  'idempotency-in-flight': 409,
  'idempotency-mismatch': 422,
  'rate-limited': 429,
  'quota-exhausted': 429,
  overloaded: 503,
  'wati-unreachable': 502,
  'wati-bad-answer': 502,
  'wati-tls-failure': 502,
  'wati-credential-rejected': 502,
  'wati-timeout': 504,
  'store-unavailable': 503,
  'shutting-down': 503,
  'internal-error': 500,
}

t.test('names and statuses are those of the outer contract', async (t) => {
  t.same(Object.fromEntries(Object.entries(PROBLEMS).map(([name, { status }]) => [name, status])), CONTRACT)
})

t.test('every title is a sentence of its own, without a full stop', async (t) => {
  const titles = Object.values(PROBLEMS).map(({ title }) => title)
  t.equal(new Set(titles).size, titles.length)
  for (const title of titles) t.match(title, /^[A-Z][^.]+$/)
})

for (const name of Object.keys(PROBLEMS) as ProblemName[]) {
  t.test(`${name} becomes a problem document (RFC 9457)`, async (t) => {
    t.same(problemDocument(new Refusal(name, 'Do this.'), 'id-1'), {
      type: `urn:wati-gateway:problem:${name}`,
      title: PROBLEMS[name].title,
      status: PROBLEMS[name].status,
      detail: 'Do this.',
      origin: 'gateway',
      requestId: 'id-1',
    })
  })
}

t.test('a failed write says what became of it', async (t) => {
  for (const outcome of ['not_sent', 'refused', 'unknown'] as const) {
    t.match(problemDocument(new Refusal('wati-timeout', 'x', { outcome }), 'id'), { outcome })
  }
})

t.test('the cause and the headers stay out of the document', async (t) => {
  const refusal = new Refusal('store-unavailable', 'x', {
    cause: new Error('password=secret'),
    headers: { 'retry-after': '1' },
  })
  t.notMatch(JSON.stringify(problemDocument(refusal, 'id')), /secret|retry/)
  t.match(refusal, { headers: { 'retry-after': '1' }, status: 503, cause: { message: 'password=secret' } })
})

t.test('a refusal is an error with no headers and no outcome of its own', async (t) => {
  const refusal = new Refusal('not-found', 'x')
  t.ok(refusal instanceof Error)
  t.match(refusal, { name: 'Refusal', message: 'x', problem: 'not-found', status: 404, headers: {} })
  t.equal(refusal.outcome, undefined)
  t.equal(refusal.cause, undefined)
})
