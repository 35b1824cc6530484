import { Refusal } from '../errors.ts'
import type { Limit } from './bucket.ts'

/** The longest wait that a request can ask for. */
export const LONGEST_WISH_SECONDS = 60

/** What of a call its refusal tells of. */
interface Refused {
  readonly endpoint: string
  readonly isWrite: boolean
}

/** Nothing was sent, because a call's turn cannot come in time. Says exactly when it would have come. */
export class RateLimited extends Refusal {
  readonly retryAfterMs: number

  constructor({ endpoint, isWrite }: Refused, limit: Limit | undefined, retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000))
    const what =
      limit === undefined ? 'Wati asked to be left alone' : "The account's limit for this endpoint is reached"
    super('rate-limited', `${what}: nothing was sent. Try again in ${seconds} s${orWait(seconds)}.`, {
      headers: {
        'retry-after': String(seconds),
        ratelimit: `"${endpoint}";r=0;t=${seconds}`,
        ...(limit !== undefined && { 'ratelimit-policy': policyOf(endpoint, limit) }),
      },
      ...(isWrite && { outcome: 'not_sent' as const }),
    })
    this.retryAfterMs = retryAfterMs
  }
}

/** Too many calls of the account wait already. */
export class Overloaded extends Refusal {
  constructor({ isWrite }: Refused, queueLimit: number) {
    super(
      'overloaded',
      `${queueLimit} calls of this account wait for their turns already: nothing was sent. Try again later.`,
      { headers: { 'retry-after': '1' }, ...(isWrite && { outcome: 'not_sent' as const }) },
    )
  }
}

function orWait(seconds: number): string {
  return seconds > LONGEST_WISH_SECONDS ? '' : `, or wait longer with Prefer: wait=${seconds}`
}

/** Wati's window, without what is added to be on the safe side. */
function policyOf(endpoint: string, { max, windowMs }: Limit): string {
  return `"${endpoint}";q=${max};w=${Math.floor(windowMs / 1_000)}`
}
