import type { BucketAnswer } from './buckets.ts'

/** Answers of the bucket come more or less late: by as much, the same start seems to move. */
const JITTER_MS = 5

/** What happens at other replicas is heard of this late: that callers hung up there, or that one of them is gone. */
const LOOK_MS = 1_000

interface Waiting {
  readonly latest: number
  /** When its alarm rings, on the clock of `performance.now()`. */
  ringsAt: number
  /** Called when its turn has come, or with the milliseconds after which it would, when that is too late. */
  readonly wake: (lateInMs?: number) => void
  timer: NodeJS.Timeout
}

/**
 * Those of this process that wait for their turns in one bucket. Each sleeps until its own start; whatever the
 * bucket answers anybody moves the others' alarms along, so that nobody is woken in vain.
 */
export class WaitingRoom {
  readonly #graceMs: number
  readonly #waiting = new Map<string, Waiting>()

  readonly #look: (() => void) | undefined
  #looking: NodeJS.Timeout | undefined

  /**
   * @param graceMs by how much a turn may come too late and still be waited for
   * @param look asks the bucket for an answer; called when there was none for a while and somebody waits
   */
  constructor(graceMs: number, look?: () => void) {
    this.#graceMs = graceMs
    this.#look = look
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
    if (performance.now() + inMs > latest + this.#graceMs) return inMs
    try {
      return await new Promise<number | undefined>((resolve, reject) => {
        const wake = (lateInMs?: number): void => resolve(lateInMs)
        const hangUp = (): void => reject(new Error('the caller is gone'))
        if (signal?.aborted === true) hangUp()
        signal?.addEventListener('abort', hangUp, { once: true })
        const ringsAt = performance.now() + inMs
        this.#waiting.set(id, { latest, ringsAt, wake, timer: alarm(inMs, wake) })
        if (this.#waiting.size === 1) this.#lookLater()
      })
    } finally {
      clearTimeout(this.#waiting.get(id)?.timer)
      this.#waiting.delete(id)
      if (this.isEmpty) clearTimeout(this.#looking)
    }
  }

  #lookLater(): void {
    clearTimeout(this.#looking)
    if (this.#look !== undefined) this.#looking = setTimeout(this.#look, LOOK_MS).unref()
  }

  /** Sets the alarms by what the bucket says. */
  heed({ waiting }: BucketAnswer): void {
    if (!this.isEmpty) this.#lookLater()
    for (const [id, inMs] of waiting) {
      const one = this.#waiting.get(id)
      const ringsAt = performance.now() + inMs
      if (one === undefined || Math.abs(ringsAt - one.ringsAt) < JITTER_MS) continue
      clearTimeout(one.timer)
      one.ringsAt = ringsAt
      if (ringsAt > one.latest + this.#graceMs) one.wake(inMs)
      else one.timer = alarm(inMs, one.wake)
    }
  }
}

/** A millisecond more than it takes: timers may fire a little early, and a turn that is claimed early is not there. */
function alarm(inMs: number, wake: () => void): NodeJS.Timeout {
  return setTimeout(() => wake(), Math.max(0, inMs) + 1)
}
