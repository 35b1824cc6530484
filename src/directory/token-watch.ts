import type { Logger } from 'pino'
import { expiryWarning } from '../domain/token-expiry.ts'
import type { Directory } from './directory.ts'
import type { TokensElsewhere } from './tokens-elsewhere.ts'

interface Parts {
  readonly directory: Directory
  readonly elsewhere: TokensElsewhere
  readonly log: Logger
  /** How often to look. */
  readonly everyMs: number
  readonly warningDays: number
}

const DAY_MS = 24 * 60 * 60 * 1_000

/** Looks after the accounts' tokens: reads those that are kept elsewhere again, and warns of those that end soon. */
export class TokenWatch {
  readonly #parts: Parts
  readonly #timer: NodeJS.Timeout
  /** When an account was last warned of. */
  readonly #warned = new Map<string, number>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.look(), parts.everyMs).unref()
  }

  look(now = new Date()): void {
    this.#parts.elsewhere.refresh()
    for (const account of this.#parts.directory.accounts.values()) {
      const warning = expiryWarning(account, now, this.#parts.warningDays)
      if (warning === undefined) this.#warned.delete(account.id)
      else this.#warn(account.id, warning, now.getTime())
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Once a day is often enough to be seen, and seldom enough to be read. */
  #warn(account: string, warning: string, now: number): void {
    if (now - (this.#warned.get(account) ?? -Infinity) < DAY_MS) return
    this.#warned.set(account, now)
    this.#parts.log.warn({ alarm: 'token-expires', account, warning }, "an account's token ends soon")
  }
}
