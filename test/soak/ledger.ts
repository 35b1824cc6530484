import type { Verdict } from './judge.ts'

/** More of a kind are counted, and not told one by one. */
const MOST_TOLD = 20

interface Accusation {
  readonly of: Exclude<Verdict, 'right'> | 'double'
  readonly what: string
  /** When it was, on the clock of `performance.now()`. */
  readonly from: number
  readonly to: number
}

type Counts = Readonly<Record<Accusation['of'] | 'excused', number>>

/** What came of all requests: how often which answer, and each that was not as it should be. */
export class Ledger {
  readonly answers = new Map<string, Map<string, number>>()
  readonly #accusations: Accusation[] = []
  readonly #wasStarved: (from: number, to: number) => boolean
  #requests = 0

  /** `wasStarved`: did the machine itself not keep up? Then answers that come late prove nothing. */
  constructor(wasStarved: (from: number, to: number) => boolean = () => false) {
    this.#wasStarved = wasStarved
  }

  get requests(): number {
    return this.#requests
  }

  /** `excused`: failures while the machine did not keep up. What is untrue, or double, has no excuse. */
  get counts(): Counts {
    const counts = { failure: 0, untrue: 0, double: 0, excused: 0 }
    for (const accusation of this.#accusations)
      counts[this.#isExcused(accusation) ? 'excused' : accusation.of] += 1
    return counts
  }

  /** The first that count, a sentence each. */
  get told(): string[] {
    const counted = this.#accusations.filter((accusation) => !this.#isExcused(accusation))
    return counted.slice(0, MOST_TOLD).map(({ of, what }) => `${of}: ${what}`)
  }

  /** All that are excused, by what was heard: nobody should have to believe that they mean nothing. */
  get excused(): ReadonlyMap<string, number> {
    const excused = new Map<string, number>()
    for (const accusation of this.#accusations.filter((one) => this.#isExcused(one))) {
      const what = (accusation.what.split(/: | \(/)[0] ?? '').replace(/key-\d+/, 'a key')
      excused.set(what, (excused.get(what) ?? 0) + 1)
    }
    return excused
  }

  /** Counts a request of this kind, with what it heard in a few words. */
  count(kind: string, heard: string): void {
    this.#requests += 1
    const answers = this.answers.get(kind) ?? new Map<string, number>()
    this.answers.set(kind, answers.set(heard, (answers.get(heard) ?? 0) + 1))
  }

  /** Something was not as it should be: `what` says all that is known of it; it began at `from`. */
  accuse(of: Accusation['of'], what: string, from = performance.now()): void {
    this.#accusations.push({ of, what, from, to: performance.now() })
  }

  #isExcused({ of, from, to }: Accusation): boolean {
    return of === 'failure' && this.#wasStarved(from, to)
  }
}
