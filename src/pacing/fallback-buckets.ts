import type { Logger } from 'pino'
import type { Applicant, Limit } from './bucket.ts'
import type { BucketAnswer, Buckets, GrantedBefore } from './buckets.ts'
import { GrantedAlone } from './granted-alone.ts'
import { MemoryBuckets } from './memory-buckets.ts'

/** How often a replica that is alone looks whether the shared buckets are there again. */
const LOOK_MS = 250

/** How long it then still keeps to its share: by then the others are back, too, and have told what they did. */
const COMING_BACK_MS = 3_000

/** For so long turns may come too late to be used, one after the other, until the shared buckets count as away. */
const LATE_MS = 1_000

interface Parts {
  readonly shared: Buckets
  /** How many replicas there were when that was last known. */
  readonly replicas: () => number
  readonly log: Logger
}

/**
 * The shared buckets, and while they cannot be reached this replica's own: each replica then keeps to its share of
 * every limit. What it was granted before is remembered, so its share is not given out twice. When the shared buckets
 * are back, it tells them what it did alone, and for a while takes only turns that both give.
 */
export class FallbackBuckets implements Buckets {
  readonly #parts: Parts
  readonly #own = new MemoryBuckets()
  /** Those of this replica that wait, by id. */
  readonly #waiting = new Map<string, Applicant>()
  readonly #grantedAlone = new GrantedAlone()
  /** Runs while this replica is alone. */
  #looking: NodeJS.Timeout | undefined
  /** Since when the shared buckets answer again, on the clock of `performance.now()`. */
  #backSince: number | undefined
  /** Since when every answer has come too late; likewise. */
  #lateSince: number | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Does each replica keep to its own share just now? */
  get isAlone(): boolean {
    return this.#looking !== undefined
  }

  async ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer> {
    const answer =
      (await this.#share(key, limit, (shared) => shared.ask(key, limit, who, waitMs))) ??
      (await this.#confirm(key, limit, who, await this.#own.ask(key, this.#partOf(limit), who, waitMs)))
    return await this.#note(key, limit, who, answer)
  }

  /** One that waited in the other bucket is unknown in this one, and has to ask again. */
  async claim(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    const who = this.#waiting.get(id) ?? { id, channel: '', weight: 1, caller: '' }
    const answer =
      (await this.#share(key, limit, (shared) => shared.claim(key, limit, id))) ??
      (await this.#confirm(key, limit, who, await this.#own.claim(key, this.#partOf(limit), id)))
    return await this.#note(key, limit, who, answer)
  }

  async leave(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    this.#waiting.delete(id)
    const own = await this.#own.leave(key, this.#partOf(limit), id)
    return (await this.#share(key, limit, (shared) => shared.leave(key, limit, id))) ?? own
  }

  async giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    this.#grantedAlone.remove(key, id)
    const own = await this.#own.giveBack(key, this.#partOf(limit), id)
    return (await this.#share(key, limit, (shared) => shared.giveBack(key, limit, id))) ?? own
  }

  async block(key: string, limit: Limit, forMs: number): Promise<BucketAnswer> {
    const own = await this.#own.block(key, this.#partOf(limit), forMs)
    const answer = await this.#share(key, limit, (shared) => shared.block(key, limit, forMs))
    if (answer === undefined) this.#grantedAlone.block(key, limit, forMs)
    return answer ?? own
  }

  async tell(key: string, limit: Limit, granted: readonly GrantedBefore[]): Promise<BucketAnswer> {
    const own = await this.#own.tell(key, this.#partOf(limit), granted)
    return (await this.#share(key, limit, (shared) => shared.tell(key, limit, granted))) ?? own
  }

  close(): void {
    clearTimeout(this.#looking)
  }

  /** What the shared bucket answers; `undefined` while this replica is alone. */
  async #share(
    key: string,
    limit: Limit,
    act: (shared: Buckets) => Promise<BucketAnswer>,
  ): Promise<BucketAnswer | undefined> {
    if (this.isAlone) return undefined
    try {
      const answer = await act(this.#parts.shared)
      if (this.#isOfUse(limit, answer.askedAt)) return answer
      throw new Error('Redis answers too slowly: a turn is over when it comes')
    } catch (error) {
      this.#goAlone(key, limit, error)
      return undefined
    }
  }

  /** Many answers at once are late when this process stood still: that says nothing of Redis. */
  #isOfUse(limit: Limit, askedAt: number): boolean {
    if (!isLate(limit, askedAt)) {
      this.#lateSince = undefined
      return true
    }
    const now = performance.now()
    this.#lateSince ??= now
    return now - this.#lateSince < LATE_MS
  }

  /** A turn of its own is good as long as the shared buckets are away; when they answer again, they must agree. */
  async #confirm(key: string, limit: Limit, who: Applicant, own: BucketAnswer): Promise<BucketAnswer> {
    if (own.turn?.verdict !== 'go') return own
    const shared = await this.#askBack(key, limit, who)
    if (shared === undefined) {
      this.#grantedAlone.add(key, limit, who, -own.turn.inMs)
      return own
    }
    if (shared.turn?.verdict === 'go') return shared
    await this.#own.giveBack(key, this.#partOf(limit), who.id)
    return { ...shared, turn: shared.turn && { ...shared.turn, verdict: 'wait' } }
  }

  async #askBack(key: string, limit: Limit, who: Applicant): Promise<BucketAnswer | undefined> {
    if (this.#backSince === undefined) return undefined
    return await this.#parts.shared.ask(key, limit, who, 0).catch(() => {
      this.#backSince = undefined
      return undefined
    })
  }

  /** Remembers who waits, and what was granted: should this replica be alone next, it counts. */
  async #note(key: string, limit: Limit, who: Applicant, answer: BucketAnswer): Promise<BucketAnswer> {
    const { turn } = answer
    if (turn?.verdict === 'wait') this.#waiting.set(who.id, who)
    else this.#waiting.delete(who.id)
    if (turn?.verdict === 'go')
      await this.#own.tell(key, this.#partOf(limit), [{ who, agoMs: Math.max(0, -turn.inMs) }])
    return answer
  }

  #goAlone(key: string, limit: Limit, err: unknown): void {
    if (this.isAlone) return
    this.#backSince = undefined
    this.#lateSince = undefined
    this.#lookLater(key, limit)
    const { log, replicas } = this.#parts
    log.error(
      { alarm: 'pacing-alone', err, replicas: replicas() },
      "the store is away: this replica keeps to its share of Wati's limits",
    )
  }

  #lookLater(key: string, limit: Limit): void {
    this.#looking = setTimeout(() => void this.#look(key, limit), LOOK_MS).unref()
  }

  /** Looks at the bucket that failed: are the shared ones back? */
  async #look(key: string, limit: Limit): Promise<void> {
    try {
      const { askedAt } = await this.#parts.shared.tell(key, limit, [])
      const isSlow = isLate(limit, askedAt)
      // Told also to those that are slow: the other replicas may find them quick enough, and share them.
      await this.#grantedAlone.tellTo(this.#parts.shared)
      if (!isSlow) this.#backSince ??= performance.now()
    } catch {
      this.#backSince = undefined
    }
    const backForMs = performance.now() - (this.#backSince ?? Infinity)
    if (backForMs < COMING_BACK_MS || !this.#grantedAlone.isEmpty) {
      this.#lookLater(key, limit)
      return
    }
    this.#looking = undefined
    this.#parts.log.info("Wati's limits are shared with the other replicas again")
  }

  /** At least one call a window: a replica that may do nothing would not be serving. */
  #partOf(limit: Limit): Limit {
    return { ...limit, max: Math.max(1, Math.floor(limit.max / Math.max(1, this.#parts.replicas()))) }
  }
}

/** Is the answer to what was asked then later than a turn lasts (`PACE_LEAVE_WITHIN_MS`)? */
function isLate({ graceMs }: Limit, askedAt: number): boolean {
  return performance.now() - askedAt > 2 * graceMs
}
