import {
  type Applicant,
  type Bucket,
  type Limit,
  type Turn,
  ask,
  block,
  claim,
  emptyBucket,
  giveBack,
  leave,
  record,
  remaining,
} from './bucket.ts'
import type { BucketAnswer, Buckets, GrantedBefore } from './buckets.ts'

/** How many buckets are kept before those that lie idle are dropped. */
const SWEEP_ABOVE = 1_000
const SWEEP_EVERY_MS = 60_000

/** The buckets of one process, in its memory. */
export class MemoryBuckets implements Buckets {
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  #sweptAt = -Infinity

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => Math.floor(performance.now())) {
    this.#now = now
  }

  async ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => ask(bucket, limit, now, who, now + waitMs))
  }

  async claim(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => claim(bucket, limit, now, id))
  }

  async leave(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => {
      leave(bucket, limit, now, id)
      return undefined
    })
  }

  async giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => {
      giveBack(bucket, limit, now, id)
      return undefined
    })
  }

  async block(key: string, limit: Limit, forMs: number): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => {
      block(bucket, limit, now, now + forMs)
      return undefined
    })
  }

  async tell(key: string, limit: Limit, granted: readonly GrantedBefore[]): Promise<BucketAnswer> {
    return this.#answer(key, limit, (bucket, now) => {
      const starts = granted.map(({ who, agoMs }) => ({ who, at: now - agoMs }))
      record(bucket, limit, now, starts)
      return undefined
    })
  }

  #answer(key: string, limit: Limit, act: (bucket: Bucket, now: number) => Turn | undefined): BucketAnswer {
    const now = this.#now()
    if (this.#buckets.size > SWEEP_ABOVE && now >= this.#sweptAt + SWEEP_EVERY_MS) this.#sweep(now)
    const bucket = this.#buckets.get(key) ?? emptyBucket()
    this.#buckets.set(key, bucket)
    const turn = act(bucket, now)
    return {
      askedAt: performance.now(),
      turn: turn && { verdict: turn.verdict, inMs: turn.start - now },
      remaining: remaining(bucket, limit, now),
      waiting: new Map(bucket.waiting.map(({ id, start }) => [id, start - now])),
    }
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const [key, { starts, waiting, blockedUntil }] of this.#buckets) {
      const isIdle = waiting.length === 0 && blockedUntil <= now
      // A day is the longest window there is.
      if (isIdle && starts.every(({ at }) => at + 86_500_000 < now)) this.#buckets.delete(key)
    }
  }
}
