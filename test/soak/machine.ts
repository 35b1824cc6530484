import { readFileSync } from 'node:fs'

const LOOK_MS = 1_000
/** So long of each second a process may wait for a processor; the time-outs of the scene are longer. */
const MOST_WAIT_MS = 500
/** Time-outs, and the breaker, make it felt for a while. */
const AFTER_MS = 5_000

/**
 * Sees when the machine has too much to do: then processes that are ready to run wait for a processor, as the kernel
 * counts, whatever they themselves do. A gateway that is slow by its own fault does not wait in this sense.
 */
export class Machine {
  readonly #pids: () => readonly number[]
  readonly #timer: NodeJS.Timeout
  #waited = new Map<number, number>()
  readonly #starved: { readonly from: number; readonly to: number }[] = []
  #starvedMs = 0

  /** `pids`: the processes that matter at the moment, besides this one. */
  constructor(pids: () => readonly number[]) {
    this.#pids = pids
    let last = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (this.#longestWaitMs() > MOST_WAIT_MS || now - last > LOOK_MS + MOST_WAIT_MS) {
        this.#starved.push({ from: last, to: now + AFTER_MS })
        this.#starvedMs += now - last
      }
      last = now
    }, LOOK_MS)
  }

  /** For how long, all in all, some process had to wait. */
  get starvedMs(): number {
    return this.#starvedMs
  }

  /** How much of the time from this moment on failures are excused: with what is felt of it afterwards. */
  excusedMsSince(from: number): number {
    let [total, until] = [0, from]
    for (const span of this.#starved) {
      const to = Math.min(span.to, performance.now())
      total += Math.max(0, to - Math.max(span.from, until))
      until = Math.max(until, to)
    }
    return total
  }

  wasStarved(from: number, to: number): boolean {
    return this.#starved.some((span) => span.from <= to && span.to >= from)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Since the last look. */
  #longestWaitMs(): number {
    const waited = new Map([process.pid, ...this.#pids()].map((pid) => [pid, waitedMs(pid)]))
    const waits = [...waited].map(([pid, ms]) => ms - (this.#waited.get(pid) ?? ms))
    this.#waited = waited
    return Math.max(...waits)
  }
}

/** How long the main thread of a process has waited for a processor since it began; 0 where nobody says. */
function waitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
