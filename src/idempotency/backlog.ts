import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_EVERY_MS = 250
/** More than ever are under way at once; beyond, the oldest are given up. */
const MOST = 10_000

interface Write {
  readonly write: () => Promise<void>
  readonly givenUpAt: number
  readonly done: (isWritten: boolean) => void
}

/** What a store did not take while it was away, tried again, one after the other, until it does. */
export class Backlog {
  readonly #stopping = new AbortController()
  #waiting: Write[] = []
  #working: Promise<void> | undefined

  /** Tries a write for so long. Gives whether the store has taken it; at a stop each is tried once more. */
  async add(write: () => Promise<void>, forMs: number): Promise<boolean> {
    return await new Promise((done) => {
      this.#waiting.push({ write, givenUpAt: performance.now() + forMs, done })
      if (this.#waiting.length > MOST) this.#waiting.shift()?.done(false)
      this.#working ??= this.#work()
    })
  }

  /** Waits for nothing any more. */
  stop(): void {
    this.#stopping.abort()
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping
    let isAway = true
    while (this.#waiting.length > 0) {
      if (isAway) await sleep(RETRY_EVERY_MS, undefined, { signal }).catch(() => undefined)
      const next = this.#waiting.shift()
      if (next === undefined) break
      const isWritten = await next.write().then(
        () => true,
        () => false,
      )
      const isOver = isWritten || signal.aborted || performance.now() >= next.givenUpAt
      if (isOver) next.done(isWritten)
      else this.#waiting.push(next)
      isAway = !isWritten
    }
    this.#working = undefined
  }
}
