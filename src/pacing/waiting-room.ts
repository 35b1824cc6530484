import type { Limit } from './bucket.ts'
import type { BucketAnswer } from './buckets.ts'

interface Waiting {
  readonly latest: number
  /** Called when its turn has come, or with the milliseconds after which it would, when that is too late. */
  readonly wake: (lateInMs?: number) => void
  timer: NodeJS.Timeout
}

/**
 * Those of this process that wait for their turns in one bucket. Each sleeps until its own start; whatever the
 * bucket answers anybody moves the others' alarms along, so that nobody is woken in vain.
 */
export class WaitingRoom {
  readonly limit: Limit
  readonly #waiting = new Map<string, Waiting>()

  constructor(limit: Limit) {
    this.limit = limit
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /**
   * Sleeps until the turn of `id` has come. Gives `undefined` then; when its turn has moved beyond `latest` (on the
   * clock of `performance.now()`), gives at once after how many milliseconds it would have come.
   */
  async sleep(
    id: string,
    inMs: number,
    latest: number,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    try {
      return await new Promise<number | undefined>((resolve, reject) => {
        const wake = (lateInMs?: number): void => resolve(lateInMs)
        const hangUp = (): void => reject(new Error('the caller is gone'))
        if (signal?.aborted === true) hangUp()
        signal?.addEventListener('abort', hangUp, { once: true })
        this.#waiting.set(id, { latest, wake, timer: alarm(inMs, wake) })
      })
    } finally {
      clearTimeout(this.#waiting.get(id)?.timer)
      this.#waiting.delete(id)
    }
  }

  /** Sets the alarms by what the bucket says. */
  heed({ waiting }: BucketAnswer): void {
    for (const [id, inMs] of waiting) {
      const one = this.#waiting.get(id)
      if (one === undefined) continue
      clearTimeout(one.timer)
      if (performance.now() + inMs > one.latest + this.limit.graceMs) one.wake(inMs)
      else one.timer = alarm(inMs, one.wake)
    }
  }
}

/** A millisecond more than it takes: timers may fire a little early, and a turn that is claimed early is not there. */
function alarm(inMs: number, wake: () => void): NodeJS.Timeout {
  return setTimeout(() => wake(), Math.max(0, inMs) + 1)
}
