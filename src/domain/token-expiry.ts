import type { Account } from './account.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

/** A sentence on `whose` token when it ends within `warningDays`, or has ended. */
export function expiryWarning(
  account: Account,
  now: Date,
  warningDays: number,
  whose = 'The token',
): string | undefined {
  const { tokenExpiresAt } = account
  if (tokenExpiresAt === undefined) return undefined
  const leftMs = Date.parse(tokenExpiresAt) - now.getTime()
  if (leftMs > warningDays * DAY_MS) return undefined
  if (leftMs <= 0) return `${whose} expired on ${tokenExpiresAt}: write a new one.`
  const days = Math.floor(leftMs / DAY_MS)
  const left = days === 0 ? 'in less than a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`
  return `${whose} expires ${left} (${tokenExpiresAt}): write a new one.`
}
