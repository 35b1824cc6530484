import type { Account, RateLimit } from './account.ts'
import type { Plan } from './plan.ts'

/** How many calls of an endpoint a plan allows in ten seconds; of endpoints not named here no limit is known. */
const PER_TEN_SECONDS: Readonly<Record<string, Readonly<Record<Plan, number>>>> = {
  addContact: { growth: 10, pro: 10, business: 10 },
  getContacts: { growth: 10, pro: 10, business: 10 },
  getMessages: { growth: 10, pro: 10, business: 10 },
  sendTemplateMessage: { growth: 30, pro: 60, business: 100 },
  sendTemplateMessages: { growth: 30, pro: 60, business: 100 },
}

/** How many API calls a plan allows in a month, from its first day on. */
const PER_MONTH: Readonly<Record<Plan, number>> = { growth: 10_000, pro: 200_000, business: 20_000_000 }

/** The limit of an account for an endpoint (Wati's name of it, the same in v1 and v2); `undefined`: none is known. */
export function rateLimitOf(account: Account, endpoint: string): RateLimit | undefined {
  const own = account.limits?.[endpoint]
  if (own === null) return undefined
  if (typeof own === 'object') return own
  const max = PER_TEN_SECONDS[endpoint]?.[account.plan]
  return max === undefined ? undefined : { max, windowSeconds: 10 }
}

/** The limits of every endpoint of which one is known, or is the account's own; `null` where one was lifted. */
export function rateLimitsOf(account: Account): Record<string, RateLimit | null> {
  const { monthlyCalls: _, ...own } = account.limits ?? {}
  const endpoints = [...new Set([...Object.keys(PER_TEN_SECONDS), ...Object.keys(own)])].sort()
  return Object.fromEntries(endpoints.map((endpoint) => [endpoint, rateLimitOf(account, endpoint) ?? null]))
}

/** How many calls a month the account has; `undefined` when that was lifted. */
export function monthlyCallsOf({ limits, plan }: Account): number | undefined {
  const own = limits?.['monthlyCalls']
  if (own === null) return undefined
  return typeof own === 'number' ? own : PER_MONTH[plan]
}
