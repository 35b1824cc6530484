import { type Call, type CountedCall, callKey } from './call.ts'
import { withoutCaller } from './store.ts'

type Counts = Map<string, { readonly call: Call; count: number }>

/** Counts that are not in the store yet, by day. Bounded, however long the store is away. */
export class PendingCalls {
  readonly #mostKeys: number
  readonly #days = new Map<string, Counts>()
  #keys = 0

  /** @param mostKeys beyond it new callers are counted together */
  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys
  }

  /** Counts one call. False when it was counted without the name of its caller. */
  add(day: string, call: Call): boolean {
    const counts = this.#countsOf(day)
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

  /** Takes out up to `most` counts of the first day that has any. */
  take(most: number): { day: string; counts: CountedCall[] } | undefined {
    const [first] = this.#days
    if (first === undefined) return undefined
    const [day, all] = first
    const counts: CountedCall[] = []
    for (const [key, { call, count }] of all) {
      if (counts.length === most) break
      counts.push({ ...call, count })
      all.delete(key)
    }
    if (all.size === 0) this.#days.delete(day)
    this.#keys -= counts.length
    return { day, counts }
  }

  /** How many calls were counted and not taken out. */
  get calls(): number {
    let calls = 0
    for (const counts of this.#days.values()) for (const { count } of counts.values()) calls += count
    return calls
  }

  #countsOf(day: string): Counts {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const counts: Counts = new Map()
    this.#days.set(day, counts)
    return counts
  }

  #put(counts: Counts, call: Call): void {
    counts.set(callKey(call), { call, count: 1 })
    this.#keys += 1
  }
}
