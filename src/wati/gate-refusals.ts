import { Refusal } from '../errors.ts'
import type { BreakerFailure } from './circuit-breaker.ts'
import { proxyStatus } from './wati-failure.ts'

interface Down {
  readonly since: Date
  /** When it is of use to try again. */
  readonly waitMs: number
  readonly isWrite: boolean
}

/** A call that is not tried, because the last ones failed. It has their problem, and was surely not sent. */
export function watiDown({ problem, detail }: BreakerFailure, { since, waitMs, isWrite }: Down): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  const sinceWhen = `${since.toISOString().slice(0, 19)}Z`
  // Of this call there was no answer that could be bad.
  return new Refusal(
    problem === 'wati-bad-answer' ? 'wati-unreachable' : problem,
    `Wati has been failing for this account since ${sinceWhen}, so nothing was sent. The last failure: ${detail} ` +
      `Wati is tried again in ${seconds} s.`,
    {
      // RFC 9209, 2.3.3: considered unavailable, because recent attempts failed.
      headers: { 'proxy-status': proxyStatus('destination_unavailable'), 'retry-after': String(seconds) },
      ...(isWrite && { outcome: 'not_sent' }),
    },
  )
}

/** A call for which there is no room. */
export function accountBusy(limit: number, isWrite: boolean): Refusal {
  const detail = `${limit} calls of this account are on their way to Wati already: nothing was sent. Try again in 1 s.`
  return new Refusal('overloaded', detail, {
    headers: { 'retry-after': '1' },
    ...(isWrite && { outcome: 'not_sent' }),
  })
}
