import { type Call, type CountedCall, wasSent } from './call.ts'
import { monthOf } from './day.ts'
import { accountTotal, channelTotal } from './store.ts'

/** Counts by the id of an account, and by alias. */
class Totals {
  readonly accounts = new Map<string, number>()
  readonly channels = new Map<string, number>()

  add({ account, channel }: Call, count: number): void {
    addTo(this.accounts, account, count)
    addTo(this.channels, channel, count)
  }
}

/** A count of 0 takes no room: of 100,000 channels most are not called between two writes. */
function addTo(counts: Map<string, number>, name: string, count: number): void {
  const sum = (counts.get(name) ?? 0) + count
  if (sum === 0) counts.delete(name)
  else counts.set(name, sum)
}

/**
 * How many calls of the current month were sent to Wati: what the store had when it was last asked, and what was
 * counted here since. Answers at once, and is behind the other replicas by what they have not written yet.
 */
export class MonthlyCalls {
  #month = ''
  /** In the store, of all replicas, when it was last asked. */
  #stored: ReadonlyMap<string, number> = new Map()
  /** Added to the store by this one since. */
  #confirmed = new Totals()
  /** Counted here, and not known to be in the store. */
  #ahead = new Totals()

  add(day: string, call: Call): void {
    this.#turnTo(monthOf(day))
    if (wasSent(call)) this.#ahead.add(call, 1)
  }

  /** These counts are in the store now. */
  confirm(day: string, counts: readonly CountedCall[]): void {
    if (monthOf(day) !== this.#month) return
    for (const call of counts) {
      if (!wasSent(call)) continue
      this.#ahead.add(call, -call.count)
      this.#confirmed.add(call, call.count)
    }
  }

  /** What the store has of a month, while nothing is on its way there: of all names that are asked for. */
  refresh(month: string, totals: ReadonlyMap<string, number>): void {
    this.#turnTo(month)
    this.#stored = new Map(totals)
    this.#confirmed = new Totals()
  }

  calls(today: string, account: string, channel: string): { account: number; channel: number } {
    this.#turnTo(monthOf(today))
    const since = [this.#confirmed, this.#ahead]
    const sum = (stored: string, of: (totals: Totals) => number | undefined): number =>
      since.reduce((before, totals) => before + (of(totals) ?? 0), this.#stored.get(stored) ?? 0)
    return {
      account: sum(accountTotal(account), ({ accounts }) => accounts.get(account)),
      channel: sum(channelTotal(channel), ({ channels }) => channels.get(channel)),
    }
  }

  #turnTo(month: string): void {
    if (month === this.#month) return
    this.#month = month
    this.#stored = new Map()
    this.#confirmed = new Totals()
    this.#ahead = new Totals()
  }
}
