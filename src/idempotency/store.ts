/**
 * What `Idempotency-Key` asks of a store. There are two, Redis and a file, and one test suite for both.
 *
 * A record lives so: claimed (nothing was sent, its owner waits) → sending → kept. A claim is held for as long as
 * its owner renews it: then it is free again, as nothing was sent. What was being sent when its owner fell silent
 * may have been carried out: that outcome is unknown, and nobody may send it again.
 *
 * The store cannot read what it keeps: `sealed` is made and opened above it. Its methods throw a plain `Error`
 * when the store is away; what they asked for may yet have been done.
 */
export interface IdempotencyStore {
  /** Claims a name that is free, or says what stands there. */
  claim(name: string, claim: NewClaim): Promise<Found>

  /**
   * Says that the first byte is about to leave: written, and synced where the store syncs, when this returns.
   * False when the claim is no longer this one's: then nothing may be sent. May be asked again while sending.
   */
  send(name: string, token: string): Promise<boolean>

  /** Holds the claim for another lease. False when it is no longer this one's. */
  renew(name: string, token: string): Promise<boolean>

  /**
   * Keeps the outcome of what was sent, also when the store has lost the record in the meantime. False when it is
   * somebody else's.
   */
  keep(name: string, token: string, kept: NewOutcome): Promise<boolean>

  /**
   * Makes the name free again, for what was surely not carried out. Does nothing when the claim is no longer this
   * one's, or when somebody was told already that its outcome is unknown: that stays so.
   */
  release(name: string, token: string): Promise<void>

  close(): Promise<void>
}

export interface NewClaim {
  /** Known to the owner only: every later step is done under it. */
  readonly token: string
  readonly head: string
  /** Empty for a form, which has not been read yet. */
  readonly body: string
}

export interface NewOutcome {
  readonly head: string
  /** Empty when the form was not read to its end. */
  readonly body: string
  readonly sealed: string
}

/** What a claim has found. `head` and `body` are the fingerprint of the request that was first. */
export type Found =
  | { readonly state: 'claimed' }
  | {
      /** `running`: its owner is alive. `unknown`: it was being sent when its owner fell silent. */
      readonly state: 'running' | 'unknown'
      readonly head: string
      readonly body: string
    }
  | { readonly state: 'kept'; readonly head: string; readonly body: string; readonly sealed: string }

export interface StoreTimes {
  /** How long a claim is held without being renewed. */
  readonly leaseMs: number
  /** How long an outcome is kept. */
  readonly keptMs: number
}
