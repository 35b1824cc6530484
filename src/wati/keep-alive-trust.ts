/** How long an origin that closed a connection without a word is not trusted to keep others open. */
const WARY_MS = 60_000

/** Which origins keep their connections open as long as they let us believe. */
export class KeepAliveTrust {
  readonly #now: () => number
  /** Origin, and from when on it is trusted again. */
  readonly #lost = new Map<string, number>()

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** It closed a connection, and had not said that it would. */
  lose(origin: string): void {
    this.#lost.set(origin, this.#now() + WARY_MS)
  }

  holds(origin: string): boolean {
    const until = this.#lost.get(origin)
    if (until === undefined) return true
    if (this.#now() < until) return false
    this.#lost.delete(origin)
    return true
  }
}
