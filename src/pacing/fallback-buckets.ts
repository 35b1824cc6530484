import type { Logger } from 'pino'
import type { Applicant, Limit } from './bucket.ts'
import type { BucketAnswer, Buckets } from './buckets.ts'
import { MemoryBuckets } from './memory-buckets.ts'

/** After a failure the shared buckets are left alone for this long, so that no request waits for them in vain. */
const LEFT_ALONE_MS = 1_000

interface Parts {
  readonly shared: Buckets
  /** How many replicas there were when that was last known. */
  readonly replicas: () => number
  readonly log: Logger
}

/**
 * The shared buckets, and while they cannot be reached this replica's own: each replica then keeps to its share of
 * every limit. What it was granted before is remembered, so its share is not given out twice.
 */
export class FallbackBuckets implements Buckets {
  readonly #parts: Parts
  readonly #own = new MemoryBuckets()
  #awayUntil = 0
  /** Is each replica on its own just now? */
  isAlone = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer> {
    const answer = await this.#either((buckets, own) => buckets.ask(key, own(limit), who, waitMs))
    if (answer.turn?.verdict === 'go' && !this.isAlone) this.#own.record(key, limit, who)
    return answer
  }

  async claim(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    const answer = await this.#either((buckets, own) => buckets.claim(key, own(limit), id))
    const who = { id, channel: '', weight: 1, caller: '' }
    if (answer.turn?.verdict === 'go' && !this.isAlone) this.#own.record(key, limit, who)
    return answer
  }

  async leave(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return await this.#either((buckets, own) => buckets.leave(key, own(limit), id))
  }

  async giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    await this.#own.giveBack(key, limit, id)
    return await this.#either((buckets, own) => buckets.giveBack(key, own(limit), id))
  }

  async block(key: string, limit: Limit, forMs: number): Promise<BucketAnswer> {
    await this.#own.block(key, limit, forMs)
    return await this.#either((buckets, own) => buckets.block(key, own(limit), forMs))
  }

  async #either(
    act: (buckets: Buckets, own: (limit: Limit) => Limit) => Promise<BucketAnswer>,
  ): Promise<BucketAnswer> {
    if (performance.now() >= this.#awayUntil) {
      try {
        const answer = await act(this.#parts.shared, (limit) => limit)
        this.#note(false)
        return answer
      } catch (error) {
        this.#awayUntil = performance.now() + LEFT_ALONE_MS
        this.#note(true, error)
      }
    }
    return await act(this.#own, (limit) => shareOf(limit, this.#parts.replicas()))
  }

  #note(isAlone: boolean, err?: unknown): void {
    if (this.isAlone === isAlone) return
    this.isAlone = isAlone
    const { log, replicas } = this.#parts
    if (isAlone) {
      log.error(
        { alarm: 'pacing-alone', err, replicas: replicas() },
        "the store is away: this replica keeps to its share of Wati's limits",
      )
    } else log.info("Wati's limits are shared with the other replicas again")
  }
}

/** At least one call a window: a replica that may do nothing would not be serving. */
function shareOf(limit: Limit, replicas: number): Limit {
  return { ...limit, max: Math.max(1, Math.floor(limit.max / Math.max(1, replicas))) }
}
