import type { Applicant, Limit, Turn } from './bucket.ts'

/** What a bucket answers. Times are in milliseconds from now. */
export interface BucketAnswer {
  /** When the bucket was asked, on the clock of `performance.now()`: it decided then or a little later. */
  readonly askedAt: number
  /** `undefined`: the turn was given up, because it was not claimed in time. */
  readonly turn: { readonly verdict: Turn['verdict']; readonly inMs: number } | undefined
  /** How many calls may still start in this window. */
  readonly remaining: number
  /** When the turns come of those of this replica that wait. */
  readonly waiting: ReadonlyMap<string, number>
}

/** A start that was granted elsewhere, so many milliseconds ago. */
export interface GrantedBefore {
  readonly who: Applicant
  readonly agoMs: number
}

/** The buckets of all accounts and endpoints, wherever they are kept. See `bucket.ts` for what they do. */
export interface Buckets {
  ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer>
  claim(key: string, limit: Limit, id: string): Promise<BucketAnswer>
  leave(key: string, limit: Limit, id: string): Promise<BucketAnswer>
  giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer>
  block(key: string, limit: Limit, forMs: number): Promise<BucketAnswer>
  /** Tells it of starts that were granted without it. */
  tell(key: string, limit: Limit, granted: readonly GrantedBefore[]): Promise<BucketAnswer>
}
