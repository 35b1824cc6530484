import type { Plan } from '../domain/plan.ts'

const WINDOW_MS = 10_000

/** Wati's limits in ten seconds, by endpoint name; what is not here has no known limit. */
const LIMITS: Readonly<Record<Plan, ReadonlyMap<string, number>>> = {
  growth: limits(30),
  pro: limits(60),
  business: limits(100),
}

/** Counts the calls of the account: each endpoint name in a window of ten seconds that slides. */
export class PlanLimits {
  readonly #limits: ReadonlyMap<string, number>
  readonly #now: () => number
  readonly #calls = new Map<string, number[]>()

  constructor(plan: Plan | 'unlimited', now: () => number) {
    this.#limits = plan === 'unlimited' ? new Map() : LIMITS[plan]
    this.#now = now
  }

  /** Counts one call, or gives the seconds to wait, rounded up, when it is one too many. */
  take(name: string): number | undefined {
    const limit = this.#limits.get(name)
    if (limit === undefined) return undefined
    const now = this.#now()
    const recent = (this.#calls.get(name) ?? []).filter((at) => at > now - WINDOW_MS)
    this.#calls.set(name, recent)
    const [oldest] = recent
    if (oldest !== undefined && recent.length >= limit) return Math.ceil((oldest + WINDOW_MS - now) / 1000)
    recent.push(now)
    return undefined
  }
}

function limits(templateMessages: number): ReadonlyMap<string, number> {
  return new Map([
    ['addContact', 10],
    ['getContacts', 10],
    ['getMessages', 10],
    ['sendTemplateMessage', templateMessages],
    ['sendTemplateMessages', templateMessages],
  ])
}
