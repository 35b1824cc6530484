import type { Account, UsableAccount } from '../domain/account.ts'
import type { Secret } from '../domain/secret.ts'

/** When Wati answered 401 to an account's token, without another answer in between. */
export interface Rejection {
  readonly first: Date
  readonly last: Date
}

/** More accounts than this are not rejected at a time; the oldest is forgotten. */
const MOST_ACCOUNTS = 10_000

/** Which accounts' tokens Wati rejects, as far as this replica has heard. */
export class TokenRejections {
  readonly #byAccount = new Map<string, Rejection & { readonly token: Secret }>()

  /** Hears the status of every answer of Wati: any but 401 means that the token is good. */
  note({ id, token }: UsableAccount, status: number, now = new Date()): void {
    const known = this.#byAccount.get(id)
    const isSame = known?.token.equals(token) === true
    if (status === 401) {
      const first = isSame ? known.first : now
      // Anew at the end: the first of the map is the oldest.
      this.#byAccount.delete(id)
      this.#byAccount.set(id, { token, first, last: now })
      if (this.#byAccount.size > MOST_ACCOUNTS) this.#forgetOldest()
    } else if (isSame) this.#byAccount.delete(id)
  }

  /** `undefined` when the token that the account has now was not rejected, or was accepted since. */
  of({ id, token }: Account): Rejection | undefined {
    const known = this.#byAccount.get(id)
    return known?.token.equals(token) === true ? known : undefined
  }

  #forgetOldest(): void {
    const [oldest] = this.#byAccount.keys()
    if (oldest !== undefined) this.#byAccount.delete(oldest)
  }
}
