import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { Secret } from '../domain/secret.ts'
import type { Directory } from './directory.ts'
import type { TokenReader } from './token-reader.ts'

interface Parts {
  readonly directory: Directory
  readonly reader: TokenReader
  readonly log: Logger
}

/**
 * Fills in the tokens of accounts that keep theirs in the environment or a file (`tokenFrom`), and keeps them
 * as they are there. A token that can no longer be read stays in force; the log says so once.
 */
export class TokensElsewhere {
  readonly #parts: Parts
  /** Why a source could not be read at the last look. */
  readonly #failures = new Map<string, string>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The account with the token that stands where `tokenFrom` says. */
  filled(account: Account): Account {
    if (account.tokenFrom === undefined) return account
    const token = this.#read(account)
    return { ...account, ...(token !== undefined && { token }) }
  }

  /** Why a token could not be read at the last look; `undefined` when it could. */
  troubleOf(account: string): string | undefined {
    return this.#failures.get(account)
  }

  /** Looks at all sources again. */
  refresh(): void {
    const { accounts } = this.#parts.directory
    for (const account of [...accounts.values()]) {
      if (account.tokenFrom === undefined) continue
      const filled = this.filled(account)
      if (filled.token?.equals(account.token) === false) accounts.set(account.id, filled)
    }
  }

  #read(account: Account): Secret | undefined {
    const { id, tokenFrom } = account
    if (tokenFrom === undefined) return undefined
    try {
      const token = this.#parts.reader.read(tokenFrom)
      this.#failures.delete(id)
      return token
    } catch (error) {
      this.#note(id, (error as Error).message)
      return lastToken(account, this.#parts.directory.accounts.get(id))
    }
  }

  #note(account: string, reason: string): void {
    if (this.#failures.get(account) === reason) return
    this.#failures.set(account, reason)
    this.#parts.log.error({ alarm: 'token-unreadable', account, reason }, "an account's token cannot be read")
  }
}

/** Only a token from the same place may stand in for one that cannot be read. */
function lastToken(account: Account, last: Account | undefined): Secret | undefined {
  const isSame = JSON.stringify(account.tokenFrom) === JSON.stringify(last?.tokenFrom)
  return isSame ? last?.token : undefined
}
