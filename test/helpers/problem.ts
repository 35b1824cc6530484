import type { Test } from 'tap'
import { PROBLEMS, type ProblemName } from '../../src/errors.ts'
import type { Seen } from './http-client.ts'

/** The answer is this problem document, whole and nothing else (RFC 9457, and CONTRACT's own members). */
export function isProblem(t: Test, seen: Seen, status: number, name: ProblemName, outcome?: string): void {
  const { detail, ...members } = seen.body
  const requestId = seen.headers['x-request-id']
  t.strictSame(
    { status: seen.status, contentType: seen.headers['content-type'], members },
    {
      status,
      contentType: 'application/problem+json',
      members: {
        type: `urn:wati-gateway:problem:${name}`,
        title: PROBLEMS[name].title,
        status,
        origin: 'gateway',
        requestId,
        ...(outcome !== undefined && { outcome }),
      },
    },
    `it is the problem ${name}, whole and nothing else`,
  )
  t.match(requestId, /^[A-Za-z0-9._-]{1,128}$/, 'the answer names the request')
  t.match(detail, /^[A-Z0-9][^\n]{10,}\S$/, 'it says what to do')
}
