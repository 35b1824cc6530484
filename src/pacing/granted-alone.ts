import type { Applicant, Limit } from './bucket.ts'
import type { Buckets } from './buckets.ts'

interface OfBucket {
  limit: Limit
  /** By id; when it was granted, on the clock of `performance.now()`. */
  readonly starts: Map<string, { readonly who: Applicant; readonly at: number }>
  blockedUntil: number
}

/** What a replica did while it was alone, to be told to the shared buckets when they are back. */
export class GrantedAlone {
  readonly #buckets = new Map<string, OfBucket>()

  get isEmpty(): boolean {
    return this.#buckets.size === 0
  }

  add(key: string, limit: Limit, who: Applicant, agoMs: number): void {
    const { starts } = this.#of(key, limit)
    const at = performance.now() - agoMs
    // What lies further back than a window means nothing any more.
    for (const [id, { at: before }] of starts) {
      if (before + limit.windowMs + limit.graceMs > at) break
      starts.delete(id)
    }
    starts.set(who.id, { who, at })
  }

  block(key: string, limit: Limit, forMs: number): void {
    const bucket = this.#of(key, limit)
    bucket.blockedUntil = Math.max(bucket.blockedUntil, performance.now() + forMs)
  }

  remove(key: string, id: string): void {
    this.#buckets.get(key)?.starts.delete(id)
  }

  /** Tells everything, and forgets what was told. Throws when that was not possible. */
  async tellTo(shared: Buckets): Promise<void> {
    for (const [key, bucket] of this.#buckets) {
      const { limit, starts, blockedUntil } = bucket
      this.#buckets.delete(key)
      const now = performance.now()
      try {
        const granted = [...starts.values()].map(({ who, at }) => ({ who, agoMs: Math.max(0, now - at) }))
        await shared.tell(key, limit, granted)
        if (blockedUntil > now) await shared.block(key, limit, Math.ceil(blockedUntil - now))
      } catch (error) {
        this.#takeBack(key, bucket)
        throw error
      }
    }
  }

  /** It may have been told all the same: a bucket knows a start that it is told twice. */
  #takeBack(key: string, told: OfBucket): void {
    const since = this.#buckets.get(key)
    const starts = new Map([...told.starts, ...(since?.starts ?? [])])
    this.#buckets.set(key, {
      ...told,
      ...since,
      starts,
      blockedUntil: Math.max(told.blockedUntil, since?.blockedUntil ?? 0),
    })
  }

  #of(key: string, limit: Limit): OfBucket {
    const bucket = this.#buckets.get(key) ?? { limit, starts: new Map(), blockedUntil: 0 }
    bucket.limit = limit
    this.#buckets.set(key, bucket)
    return bucket
  }
}
