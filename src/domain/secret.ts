import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

/**
 * A value that must never be seen: a Wati token.
 *
 * It hides itself from JSON, templates and `console.log`; only `reveal()` gives it, so a search for
 * `reveal()` finds every use. There are three: the outgoing header, the seal, and the fingerprint below.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  equals(other: Secret | undefined): boolean {
    return other !== undefined && this.#value === other.#value
  }

  /** Eight hex digits by which people tell two tokens apart without seeing either. */
  fingerprint(): string {
    return createHash('sha256').update(this.#value).digest('hex').slice(0, 8)
  }

  toJSON(): string {
    return '[secret]'
  }

  toString(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
