/**
 * How many calls of each account wait in this process. Once as many wait as may, only those of a channel that has less
 * than its part of the places get in: a campaign that fills them all does not shut out the others.
 */
export class Queues {
  readonly #limit: number
  /** Account → channel → how many wait. */
  readonly #waiting = new Map<string, Map<string, number>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many calls of each account wait now. */
  get byAccount(): ReadonlyMap<string, number> {
    const sums = [...this.#waiting].map(([account, channels]): [string, number] => [
      account,
      [...channels.values()].reduce((sum, each) => sum + each, 0),
    ])
    return new Map(sums)
  }

  isFull(account: string, channel: string): boolean {
    const waiting = this.#waiting.get(account)
    if (waiting === undefined) return false
    const all = [...waiting.values()].reduce((sum, each) => sum + each, 0)
    if (all < this.#limit) return false
    const channels = waiting.size + (waiting.has(channel) ? 0 : 1)
    return (waiting.get(channel) ?? 0) >= Math.max(1, Math.floor(this.#limit / channels))
  }

  enter(account: string, channel: string): void {
    const waiting = this.#waiting.get(account) ?? new Map<string, number>()
    this.#waiting.set(account, waiting)
    waiting.set(channel, (waiting.get(channel) ?? 0) + 1)
  }

  leave(account: string, channel: string): void {
    const waiting = this.#waiting.get(account)
    const left = (waiting?.get(channel) ?? 0) - 1
    if (left > 0) waiting?.set(channel, left)
    else waiting?.delete(channel)
    if (waiting?.size === 0) this.#waiting.delete(account)
  }
}
