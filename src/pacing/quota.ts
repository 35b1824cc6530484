import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import { monthlyCallsOf } from '../domain/rate-limits.ts'
import { Refusal } from '../errors.ts'

/** May a call be refused because too many were made this month? */
export function hasQuota(account: Account, channel: Channel): boolean {
  return account.enforceQuota === true || typeof channel.monthlyCalls === 'number'
}

/**
 * Refuses a call when those of the month are used up: of the account, if it says so (`enforceQuota`), or of the
 * channel, if it has a budget of its own (`monthlyCalls`).
 */
export function checkQuota(
  account: Account,
  channel: Channel,
  used: { readonly account: number; readonly channel: number },
  now?: Date,
): void {
  const ofAccount = account.enforceQuota === true ? monthlyCallsOf(account) : undefined
  if (ofAccount !== undefined && used.account >= ofAccount)
    throw exhausted(`The account ${account.id} has used its ${ofAccount} calls of this month`, ofAccount, now)
  const ofChannel = channel.monthlyCalls ?? undefined
  if (ofChannel !== undefined && used.channel >= ofChannel)
    throw exhausted(
      `The channel ${channel.alias} has used its ${ofChannel} calls of this month`,
      ofChannel,
      now,
    )
}

function exhausted(what: string, quota: number, now = new Date()): Refusal {
  const [begin, end] = [monthStart(now, 0), monthStart(now, 1)]
  const seconds = Math.ceil((end - now.getTime()) / 1_000)
  return new Refusal('quota-exhausted', `${what}: nothing was sent. They begin anew on the first.`, {
    headers: {
      'retry-after': String(seconds),
      ratelimit: `"monthlyCalls";r=0;t=${seconds}`,
      'ratelimit-policy': `"monthlyCalls";q=${quota};w=${(end - begin) / 1_000}`,
    },
    outcome: 'not_sent',
  })
}

/** Midnight UTC of the first day of this month, or of one after it. */
function monthStart(now: Date, monthsLater: number): number {
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsLater)
}

/** How much of the calls of a month is used, in percent, in the steps that are warned of. */
export type QuotaStep = 0 | 80 | 95 | 100

/** How much of its month an account has used. */
export function quotaStep(account: Account, used: number): QuotaStep {
  return stepOf(monthlyCallsOf(account), used)
}

/** How much of a quota is used; 0 where there is none. */
export function stepOf(quota: number | undefined, used: number): QuotaStep {
  if (quota === undefined || used < quota * 0.8) return 0
  if (used < quota * 0.95) return 80
  return used < quota ? 95 : 100
}

/** A sentence once 80 percent of the month's calls are used. */
export function quotaWarning(account: Account, used: number): string | undefined {
  const step = quotaStep(account, used)
  if (step === 0) return undefined
  return `${step} % of the ${monthlyCallsOf(account) ?? 0} calls of this month are used (${used}).`
}
