import { type Call, type CountedCall, wasSent } from './call.ts'
import { monthOf } from './day.ts'
import { accountTotal, addToTotals, channelTotal, totalsOf } from './store.ts'

/**
 * How many calls of the current month were sent to Wati: what the store had when it was last asked, and what was
 * counted here since. Answers at once, and is behind the other replicas by what they have not written yet.
 */
export class MonthlyCalls {
  #month = ''
  /** In the store, of all replicas. */
  #stored = new Map<string, number>()
  /** Counted here, and not known to be in the store. */
  #ahead = new Map<string, number>()

  add(day: string, call: Call): void {
    this.#turnTo(monthOf(day))
    if (wasSent(call)) addToTotals(this.#ahead, call, 1)
  }

  /** These counts are in the store now. */
  confirm(day: string, counts: readonly CountedCall[]): void {
    if (monthOf(day) !== this.#month) return
    for (const [name, count] of totalsOf(counts)) {
      this.#stored.set(name, (this.#stored.get(name) ?? 0) + count)
      this.#ahead.set(name, (this.#ahead.get(name) ?? 0) - count)
    }
  }

  /** What the store has of a month, while nothing is on its way there. */
  refresh(month: string, totals: ReadonlyMap<string, number>): void {
    this.#turnTo(month)
    this.#stored = new Map(totals)
  }

  calls(today: string, account: string, channel: string): { account: number; channel: number } {
    this.#turnTo(monthOf(today))
    return { account: this.#total(accountTotal(account)), channel: this.#total(channelTotal(channel)) }
  }

  #total(name: string): number {
    return (this.#stored.get(name) ?? 0) + (this.#ahead.get(name) ?? 0)
  }

  #turnTo(month: string): void {
    if (month === this.#month) return
    this.#month = month
    this.#stored = new Map()
    this.#ahead = new Map()
  }
}
