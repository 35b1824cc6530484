/** How many calls of each account are on their way to Wati. */
export class InFlight {
  readonly #limit: number
  readonly #byAccount = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  of(account: string): number {
    return this.#byAccount.get(account) ?? 0
  }

  /** Takes a place; false when there is none. */
  enter(account: string): boolean {
    const before = this.of(account)
    if (before >= this.#limit) return false
    this.#byAccount.set(account, before + 1)
    return true
  }

  leave(account: string): void {
    const after = this.of(account) - 1
    if (after > 0) this.#byAccount.set(account, after)
    else this.#byAccount.delete(account)
  }
}
