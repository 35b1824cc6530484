import { COUNTED_OUTCOMES, type CountedOutcome } from './call.ts'

export const MINUTE_MS = 60_000

export type OutcomeCounts = Readonly<Record<CountedOutcome, number>>

/** How many calls were over in a minute. */
export interface MinuteCounts {
  /** When the minute begins, in ms. */
  readonly at: number
  readonly counts: OutcomeCounts
}

export function noCounts(): Record<CountedOutcome, number> {
  return { accepted: 0, refused: 0, unknown: 0, not_sent: 0 }
}

/** When the minute of a time begins, both in ms. */
export function minuteOf(ms: number): number {
  return ms - (ms % MINUTE_MS)
}

/** Calls by the minute in which they were over, and by outcome. */
export class Minutes {
  readonly #byStart = new Map<number, Record<CountedOutcome, number>>()

  get size(): number {
    return this.#byStart.size
  }

  /** Adds calls to the minute that begins then. */
  add(at: number, outcome: CountedOutcome, count: number): void {
    let counts = this.#byStart.get(at)
    if (counts === undefined) this.#byStart.set(at, (counts = noCounts()))
    counts[outcome] += count
  }

  addAll(minutes: readonly MinuteCounts[]): void {
    for (const { at, counts } of minutes)
      for (const outcome of COUNTED_OUTCOMES) this.add(at, outcome, counts[outcome])
  }

  /** The minutes that begin between two times, both included; in no order. */
  between(first: number, last: number): MinuteCounts[] {
    return this.all().filter(({ at }) => at >= first && at <= last)
  }

  all(): MinuteCounts[] {
    return [...this.#byStart].map(([at, counts]) => ({ at, counts: { ...counts } }))
  }

  /** Takes out up to `most` minutes, the first that were added first. */
  take(most: number): MinuteCounts[] {
    const taken = this.all().slice(0, most)
    for (const { at } of taken) this.#byStart.delete(at)
    return taken
  }

  clear(): void {
    this.#byStart.clear()
  }
}
