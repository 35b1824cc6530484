import type { Test } from 'tap'
import { PROBLEMS, type ProblemName } from '../../src/errors.ts'
import type { Seen } from './http-client.ts'

/** The answer is this problem document, whole and nothing else (RFC 9457, and CONTRACT's own members). */
export function isProblem(t: Test, seen: Seen, status: number, name: ProblemName, outcome?: string): void {
  t.equal(seen.status, status, `the status is ${status}`)
  t.equal(seen.headers['content-type'], 'application/problem+json', 'the type is that of a problem document')
  const { title, detail, requestId, ...fixed } = seen.body
  t.strictSame(
    fixed,
    {
      type: `urn:wati-gateway:problem:${name}`,
      status,
      origin: 'gateway',
      ...(outcome !== undefined && { outcome }),
    },
    `it is the problem ${name}`,
  )
  t.equal(title, PROBLEMS[name].title, 'it has the title of its name')
  t.match(detail, /^[A-Z][^\n]{10,}\S$/, 'it says what to do')
  t.match(requestId, /^[A-Za-z0-9._-]{1,128}$/, 'it names the request')
  t.equal(seen.headers['x-request-id'], requestId, 'its requestId is the x-request-id of the answer')
}
