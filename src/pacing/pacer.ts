import type { Account } from '../domain/account.ts'
import { rateLimitOf } from '../domain/rate-limits.ts'
import type { Blocks } from './blocks.ts'
import type { Applicant, Limit } from './bucket.ts'
import type { BucketAnswer, Buckets } from './buckets.ts'
import { Queues } from './queues.ts'
import { Overloaded, RateLimited } from './rate-limited.ts'
import type { PacedCall, Pacer, Turn } from './turn.ts'
import { WaitingRoom } from './waiting-room.ts'

/** Who waits in this process. */
export interface WaitingFigures {
  /** How many calls of each account wait now. */
  readonly waiting: ReadonlyMap<string, number>
  /** How many calls have had to wait. */
  readonly waited: number
}

export interface PacerOptions {
  readonly buckets: Buckets
  readonly blocks: Blocks
  /** How long after its start a call may leave; as much is added to Wati's window. */
  readonly leaveWithinMs: number
  /** How many calls of one account may wait at a time. */
  readonly queueLimit: number
  /** Are there other replicas, whose calls wait in the same buckets? */
  readonly isShared: boolean
  /** What the ids of this replica's calls begin with. */
  readonly replica: string
  /** The account as it is now: its limits may change while a call waits. */
  readonly accountNow: (account: Account) => Account
}

/** Of an endpoint without a limit: at any time. */
const NO_LIMIT: Turn = { leaveBy: Infinity, giveBack: async () => undefined }

/** A turn is asked for again when it was lost on the way; more often than this, something else is wrong. */
const MOST_TRIES = 5

export function makePacer(options: PacerOptions): Pacer & WaitingFigures {
  return new WaitingPacer(options)
}

class WaitingPacer implements Pacer, WaitingFigures {
  readonly #options: PacerOptions
  readonly #rooms = new Map<string, WaitingRoom>()
  readonly #queues: Queues
  #calls = 0
  #waited = 0

  constructor(options: PacerOptions) {
    this.#options = options
    this.#queues = new Queues(options.queueLimit)
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#queues.byAccount
  }

  get waited(): number {
    return this.#waited
  }

  turn(call: PacedCall, waitMs: number): Turn | Promise<Turn> {
    const isFree = this.#limitOf(call) === undefined && this.#options.blocks.leftMs(keyOf(call)) === 0
    return isFree ? NO_LIMIT : this.#turnInTime(call, waitMs)
  }

  async #turnInTime(call: PacedCall, waitMs: number): Promise<Turn> {
    const latest = performance.now() + waitMs
    const id = `${this.#options.replica}:${(++this.#calls).toString(36)}`
    const { alias, weight = 1 } = call.channel
    const who = { id, channel: alias, weight, caller: call.caller }
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const limit = this.#limitOf(call)
      const turn =
        limit === undefined
          ? await this.#turnWithoutLimit(call, who, latest)
          : await this.#turnOf(call, limit, who, latest)
      if (turn !== undefined) return turn
    }
    throw new RateLimited(call, this.#limitOf(call), 1_000)
  }

  async block(call: PacedCall, forMs: number): Promise<void> {
    this.#options.blocks.add(keyOf(call), forMs)
    const limit = this.#limitOf(call)
    if (limit === undefined) return
    this.#heed(call, await this.#options.buckets.block(keyOf(call), limit, forMs))
  }

  /** `undefined` when the turn was lost on the way. */
  async #turnOf(call: PacedCall, limit: Limit, who: Applicant, latest: number): Promise<Turn | undefined> {
    // Where there is no room to wait it may still go at once; and nobody is moved for its sake if not.
    const isFull = this.#queues.isFull(call.account.id, who.channel)
    const waitMs = isFull ? 0 : Math.max(0, latest - performance.now())
    const answer = await this.#options.buckets.ask(keyOf(call), limit, who, waitMs)
    const { turn, askedAt } = answer
    if (isFull && turn?.verdict === 'late' && askedAt + turn.inMs <= latest)
      throw new Overloaded(call, this.#options.queueLimit)
    return await this.#follow(call, who, answer, latest)
  }

  /** Goes from what the bucket answered to a turn. */
  async #follow(
    call: PacedCall,
    who: Applicant,
    first: BucketAnswer,
    latest: number,
  ): Promise<Turn | undefined> {
    let answer = first
    for (;;) {
      this.#heed(call, answer)
      const { turn, askedAt } = answer
      const limit = this.#limitOf(call)
      if (turn === undefined || limit === undefined) return undefined
      if (turn.verdict === 'go') return await this.#granted(call, limit, who, askedAt + turn.inMs)
      const lateInMs = turn.verdict === 'late' ? turn.inMs : await this.#sleep(call, who, turn.inMs, latest)
      if (lateInMs !== undefined) throw new RateLimited(call, limit, lateInMs)
      // Meanwhile the account may have got another limit, or none.
      const limitNow = this.#limitOf(call)
      if (limitNow === undefined) return undefined
      answer = await this.#options.buckets.claim(keyOf(call), limitNow, who.id)
      if (call.signal?.aborted === true) return await this.#hangUp(call, limitNow, who, answer)
    }
  }

  /** `undefined` when the answer came too late for the turn to be of use. */
  async #granted(
    call: PacedCall,
    limit: Limit,
    { id }: Applicant,
    startAt: number,
  ): Promise<Turn | undefined> {
    const leaveBy = startAt + this.#options.leaveWithinMs
    const giveBack = async (): Promise<void> => {
      this.#heed(call, await this.#options.buckets.giveBack(keyOf(call), limit, id))
    }
    if (performance.now() <= leaveBy) return { leaveBy, giveBack }
    await giveBack()
    return undefined
  }

  /** The caller hung up while the turn came. */
  async #hangUp(call: PacedCall, limit: Limit, { id }: Applicant, { turn }: BucketAnswer): Promise<never> {
    const { buckets } = this.#options
    const act = turn?.verdict === 'go' ? 'giveBack' : 'leave'
    this.#heed(call, await buckets[act](keyOf(call), limit, id))
    throw new Error('the caller is gone')
  }

  /** Gives `undefined` when the turn has come, or how late it would, as soon as that is too late. */
  async #sleep(
    call: PacedCall,
    { id, channel }: Applicant,
    inMs: number,
    latest: number,
  ): Promise<number | undefined> {
    const { account, signal } = call
    let hasCome = false
    const isFull = this.#queues.isFull(account.id, channel)
    this.#queues.enter(account.id, channel)
    try {
      if (isFull) throw new Overloaded(call, this.#options.queueLimit)
      this.#waited += 1
      const lateInMs = await this.#roomOf(call).sleep(id, inMs, latest, signal)
      hasCome = lateInMs === undefined
      return lateInMs
    } finally {
      this.#queues.leave(account.id, channel)
      if (!hasCome) await this.#leave(call, id)
    }
  }

  /** Whoever hangs up, or is too late, makes room for the next. Of nobody it asks how things stand. */
  async #leave(call: PacedCall, id: string): Promise<void> {
    const limit = this.#limitOf(call)
    if (limit === undefined) return
    this.#heed(call, await this.#options.buckets.leave(keyOf(call), limit, id))
  }

  /** Of an endpoint without a known limit Wati's own 429 is all that is known. */
  async #turnWithoutLimit(call: PacedCall, who: Applicant, latest: number): Promise<Turn | undefined> {
    const leftMs = this.#options.blocks.leftMs(keyOf(call))
    if (leftMs === 0) return NO_LIMIT
    if (performance.now() + leftMs > latest) throw new RateLimited(call, undefined, leftMs)
    await this.#sleep(call, who, leftMs, Infinity)
    return undefined
  }

  #limitOf({ account, endpoint }: PacedCall): Limit | undefined {
    const limit = rateLimitOf(this.#options.accountNow(account), endpoint)
    if (limit === undefined) return undefined
    const { leaveWithinMs } = this.#options
    return { max: limit.max, windowMs: limit.windowSeconds * 1_000 + leaveWithinMs, graceMs: this.#graceMs }
  }

  get #graceMs(): number {
    return Math.floor(this.#options.leaveWithinMs / 2)
  }

  #heed(call: PacedCall, answer: BucketAnswer): void {
    this.#roomOf(call).heed(answer)
  }

  /** One for each bucket, for as long as somebody is in it. */
  #roomOf(call: PacedCall): WaitingRoom {
    const key = keyOf(call)
    for (const [other, room] of this.#rooms) if (room.isEmpty && other !== key) this.#rooms.delete(other)
    const look = this.#options.isShared ? () => void this.#leave(call, '') : undefined
    const room = this.#rooms.get(key) ?? new WaitingRoom(this.#graceMs, look)
    this.#rooms.set(key, room)
    return room
  }
}

/** v1 and v2 share the name of an endpoint, and so its bucket. */
function keyOf({ account, endpoint }: PacedCall): string {
  return `${account.id}:${endpoint}`
}
