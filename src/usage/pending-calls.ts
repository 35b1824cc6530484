import { type Call, COUNTED_OUTCOMES, type CountedCall, callKey } from './call.ts'
import { type MinuteCounts, Minutes } from './minutes.ts'
import { withoutCaller } from './store.ts'

type Counts = Map<string, { readonly call: Call; count: number }>

interface PendingDay {
  readonly calls: Counts
  readonly minutes: Minutes
}

/** What was counted on one day. */
export interface TakenCounts {
  readonly day: string
  readonly counts: readonly CountedCall[]
  readonly minutes: readonly MinuteCounts[]
}

/** Counts that are not in the store yet, by day. Bounded, however long the store is away. */
export class PendingCalls {
  readonly #mostKeys: number
  readonly #days = new Map<string, PendingDay>()
  #keys = 0

  /** @param mostKeys beyond it new callers are counted together */
  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys
  }

  /** Counts one call, over in the minute that begins at `minute` ms. False when it was counted without its caller. */
  add(day: string, minute: number, call: Call): boolean {
    const pending = this.#pendingOf(day)
    pending.minutes.add(minute, call.outcome, 1)
    return this.#addCall(pending.calls, call)
  }

  #addCall(counts: Counts, call: Call): boolean {
    const known = counts.get(callKey(call))
    if (known !== undefined) {
      known.count += 1
      return true
    }
    if (this.#keys < this.#mostKeys) {
      this.#put(counts, call)
      return true
    }
    // What is left besides the caller comes from the directory and the table of operations: it has an end.
    const together = withoutCaller(call)
    const others = counts.get(callKey(together))
    if (others === undefined) this.#put(counts, together)
    else others.count += 1
    return false
  }

  /** Takes out up to `most` counts, and as many minutes as are about as much, of the first day that has any. */
  take(most: number): TakenCounts | undefined {
    const [first] = this.#days
    if (first === undefined) return undefined
    const [day, { calls, minutes }] = first
    const taken = { day, counts: this.#takeCalls(calls, most), minutes: minutes.take(minutesIn(most)) }
    if (calls.size === 0 && minutes.size === 0) this.#days.delete(day)
    return taken
  }

  #takeCalls(all: Counts, most: number): CountedCall[] {
    const counts: CountedCall[] = []
    for (const [key, { call, count }] of all) {
      if (counts.length === most) break
      counts.push({ ...call, count })
      all.delete(key)
    }
    this.#keys -= counts.length
    return counts
  }

  /** How often `take` has to be called for all that was counted before now. */
  takes(most: number): number {
    let takes = 0
    for (const { calls, minutes } of this.#days.values())
      takes += Math.ceil(Math.max(calls.size / most, minutes.size / minutesIn(most)))
    return takes
  }

  /** How many calls were counted and not taken out. */
  get calls(): number {
    let calls = 0
    for (const pending of this.#days.values()) for (const { count } of pending.calls.values()) calls += count
    return calls
  }

  #pendingOf(day: string): PendingDay {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    // Nobody asks for the minutes of the day before yesterday, so they need not wait for the store.
    for (const { minutes } of [...this.#days.values()].slice(0, -1)) minutes.clear()
    const pending: PendingDay = { calls: new Map(), minutes: new Minutes() }
    this.#days.set(day, pending)
    return pending
  }

  #put(counts: Counts, call: Call): void {
    counts.set(callKey(call), { call, count: 1 })
    this.#keys += 1
  }
}

/** How many minutes are about as much as so many counts. */
function minutesIn(counts: number): number {
  return Math.ceil(counts / COUNTED_OUTCOMES.length)
}
