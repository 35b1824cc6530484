import type { Registry } from 'prom-client'
import { type Sample, addFigure } from './figure.ts'

/** Why a call was not sent: Wati fails for its account, or too many are on their way. */
export type WhyRefused = 'breaker' | 'in-flight'

/** Accounts beyond the limit, counted together; no account can have this name. */
const OTHERS = '(other)'

/** Counts the calls that the gate before Wati did not let through. */
export class RefusedCalls {
  readonly #accountLimit: number
  readonly #byAccount = new Map<string, Record<WhyRefused, number>>()

  constructor(accountLimit: number) {
    this.#accountLimit = accountLimit
  }

  count(account: string, why: WhyRefused): void {
    const isKnown = this.#byAccount.has(account) || this.#byAccount.size < this.#accountLimit
    const name = isKnown ? account : OTHERS
    const counts = this.#byAccount.get(name) ?? { breaker: 0, 'in-flight': 0 }
    this.#byAccount.set(name, counts)
    counts[why] += 1
  }

  addTo(registry: Registry): void {
    addFigure(registry, {
      name: 'account_refused_calls_total',
      help: 'Calls that were not sent: Wati fails for the account (breaker), or too many are on their way (in-flight).',
      type: 'counter',
      samples: () =>
        [...this.#byAccount].flatMap(([account, counts]): Sample[] =>
          Object.entries(counts).map(([why, value]) => ({ labels: { account, why }, value })),
        ),
    })
  }
}
