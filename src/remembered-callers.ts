import type { Caller } from './domain/caller.ts'

interface Remembered {
  readonly caller: Caller
  /** What the token was verified with. */
  readonly keys: unknown
}

/** Callers come back with the same token for minutes or hours; so many tokens at a time are known again. */
const MOST_TOKENS = 5_000
/** A header that is longer is verified each time: the memory stays within 10 MB. */
const LONGEST_HEADER = 2_000

/**
 * Whose token was verified already. A token is forgotten when it ends, and when the keys change that verify it. Whether
 * it was revoked is not remembered: that is asked for each request.
 */
export class RememberedCallers {
  readonly #keysNow: () => unknown
  readonly #now: () => number
  readonly #byHeader = new Map<string, Remembered>()

  /**
   * @param keysNow what stands for the keys in force: another object when they have changed
   * @param now ms since 1970
   */
  constructor(keysNow: () => unknown, now: () => number = Date.now) {
    this.#keysNow = keysNow
    this.#now = now
  }

  /** To be taken before a token is verified: they may change meanwhile. */
  get keys(): unknown {
    return this.#keysNow()
  }

  /** Whose token this is, if that was found out with the keys that are in force, and the token has not ended. */
  find(authorization: string | undefined): Caller | undefined {
    if (authorization === undefined) return undefined
    const known = this.#byHeader.get(authorization)
    if (known === undefined) return undefined
    if (known.keys === this.keys && this.#now() < known.caller.expiresAt * 1_000) return known.caller
    this.#byHeader.delete(authorization)
    return undefined
  }

  /** The oldest make room: a caller that is still there is verified once more. */
  add(authorization: string | undefined, caller: Caller, keys: unknown): void {
    if (authorization === undefined || authorization.length > LONGEST_HEADER) return
    const [oldest] = this.#byHeader.size < MOST_TOKENS ? [] : this.#byHeader.keys()
    if (oldest !== undefined) this.#byHeader.delete(oldest)
    this.#byHeader.set(authorization, { caller, keys })
  }
}
