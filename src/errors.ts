/** Every refusal the gateway can give: its name, its status, and what the name means. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'not-found': { status: 404, title: 'There is nothing here' },
  conflict: { status: 409, title: 'The request conflicts with what is there' },
  'revision-mismatch': { status: 412, title: 'Somebody else changed it first' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  'channel-forbidden': { status: 403, title: 'The token does not allow this channel' },
  'scope-missing': { status: 403, title: 'The token does not allow this operation' },
  'channel-disabled': { status: 403, title: 'The channel is switched off' },
  'cross-site-request': { status: 403, title: 'The request comes from another site' },
  'unknown-channel': { status: 404, title: 'There is no such channel' },
  'unknown-operation': { status: 404, title: 'Not an operation the gateway carries' },
  'method-not-allowed': { status: 405, title: 'The operation has another method' },
  'malformed-request': { status: 400, title: 'The request is not well-formed' },
  'unsupported-media-type': { status: 415, title: 'The operation does not take this kind of body' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'channel-key-conflict': { status: 409, title: 'The request names another number' },
  'idempotency-in-flight': { status: 409, title: 'A request with this key is still under way' },
  'idempotency-mismatch': { status: 422, title: 'The key belongs to another request' },
  'rate-limited': { status: 429, title: "Wati's limit is reached" },
  'quota-exhausted': { status: 429, title: 'The calls of this month are used up' },
  overloaded: { status: 503, title: 'There is no room for more calls now' },
  'wati-unreachable': { status: 502, title: 'Wati cannot be reached' },
  'wati-bad-answer': { status: 502, title: 'Wati gave no usable answer' },
  'wati-tls-failure': { status: 502, title: 'The connection to Wati is not safe' },
  'wati-credential-rejected': { status: 502, title: "Wati rejected the account's token" },
  'wati-timeout': { status: 504, title: 'Wati did not answer in time' },
  'store-unavailable': { status: 503, title: 'The directory of channels is not available' },
  'shutting-down': { status: 503, title: 'The gateway is stopping' },
  'internal-error': { status: 500, title: 'The gateway failed' },
} as const

export type ProblemName = keyof typeof PROBLEMS

/** What became of a write that failed on the way: the caller decides by it whether to send again. */
export type FailedOutcome = 'not_sent' | 'refused' | 'unknown'

interface Extras {
  /** More answer headers, such as `allow` or `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** `accepted`: only of an earlier try with the same key, whose answer was too large to be given again. */
  readonly outcome?: FailedOutcome | 'accepted'
  /** What went wrong inside; for the log, never for the answer. */
  readonly cause?: unknown
}

/** A request that the gateway answers itself. Thrown anywhere on the road, answered in one place. */
export class Refusal extends Error {
  readonly problem: ProblemName
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly outcome: FailedOutcome | 'accepted' | undefined

  constructor(problem: ProblemName, detail: string, extras: Extras = {}) {
    super(detail, { cause: extras.cause })
    this.name = 'Refusal'
    this.problem = problem
    this.status = PROBLEMS[problem].status
    this.headers = extras.headers ?? {}
    this.outcome = extras.outcome
  }
}

/** The store is away, or what it holds cannot be used: the caller may try again in a second. */
export function storeUnavailable(detail: string, cause?: unknown): Refusal {
  return new Refusal('store-unavailable', detail, { headers: { 'retry-after': '1' }, cause })
}

/** The body of a refusal: a problem document (RFC 9457). */
export function problemDocument(refusal: Refusal, requestId: string): Record<string, unknown> {
  return {
    type: `urn:wati-gateway:problem:${refusal.problem}`,
    title: PROBLEMS[refusal.problem].title,
    status: refusal.status,
    detail: refusal.message,
    origin: 'gateway',
    requestId,
    ...(refusal.outcome && { outcome: refusal.outcome }),
  }
}
