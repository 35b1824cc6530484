import { randomUUID } from 'node:crypto'
import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import { rateLimitOf } from '../domain/rate-limits.ts'
import type { Applicant, Limit } from './bucket.ts'
import type { BucketAnswer, Buckets } from './buckets.ts'
import type { Blocks } from './blocks.ts'
import { Overloaded, RateLimited } from './rate-limited.ts'
import { WaitingRoom } from './waiting-room.ts'

/** A call that wants to leave for Wati. */
export interface PacedCall {
  readonly account: Account
  readonly channel: Channel
  readonly caller: string
  /** Wati's name of the endpoint. */
  readonly endpoint: string
  readonly isWrite: boolean
  /** Ends the waiting when the caller hangs up. */
  readonly signal?: AbortSignal
}

/** The right to leave, for a moment. */
export interface Turn {
  /** On the clock of `performance.now()`; later the turn is over, and another one is needed. */
  readonly leaveBy: number
  /** For a call that has not left, and will not in this turn: others may have it. */
  giveBack(): Promise<void>
}

export interface Pacer {
  /**
   * Waits until the call may leave, but no longer than `waitMs`. Throws `RateLimited` as soon as it is clear that its
   * turn cannot come in time, `Overloaded` when too many wait already.
   */
  turn(call: PacedCall, waitMs: number): Promise<Turn>
  /** Wati answered 429: nothing goes to that endpoint of the account for so long. */
  block(call: PacedCall, forMs: number): Promise<void>
}

export interface PacerOptions {
  readonly buckets: Buckets
  readonly blocks: Blocks
  /** How long after its start a call may leave; as much is added to Wati's window. */
  readonly leaveWithinMs: number
  /** How many calls of one account may wait at a time. */
  readonly queueLimit: number
  /** What the ids of this replica's calls begin with. */
  readonly replica: string
}

/** A turn is asked for again when it was lost on the way; more often than this, something else is wrong. */
const MOST_TRIES = 5

export function makePacer(options: PacerOptions): Pacer {
  return new WaitingPacer(options)
}

class WaitingPacer implements Pacer {
  readonly #options: PacerOptions
  readonly #rooms = new Map<string, WaitingRoom>()
  readonly #waitingOf = new Map<string, number>()

  constructor(options: PacerOptions) {
    this.#options = options
  }

  async turn(call: PacedCall, waitMs: number): Promise<Turn> {
    const limit = this.#limitOf(call)
    const latest = performance.now() + waitMs
    if (limit !== undefined) return await this.#turnOf(call, limit, latest)
    await this.#untilUnblocked(call, waitMs)
    return { leaveBy: Infinity, giveBack: async () => undefined }
  }

  async block(call: PacedCall, forMs: number): Promise<void> {
    this.#options.blocks.add(keyOf(call), forMs)
    const limit = this.#limitOf(call)
    if (limit === undefined) return
    const room = this.#roomOf(keyOf(call), limit)
    room.heed(await this.#options.buckets.block(keyOf(call), limit, forMs))
  }

  async #turnOf(call: PacedCall, limit: Limit, latest: number): Promise<Turn> {
    const id = `${this.#options.replica}:${randomUUID()}`
    const { name: channel, weight } = { name: call.channel.alias, weight: call.channel.weight ?? 1 }
    const who: Applicant = { id, channel, weight, caller: call.caller }
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const asked = performance.now()
      const answer = await this.#options.buckets.ask(keyOf(call), limit, who, Math.max(0, latest - asked))
      const turn = await this.#follow(call, limit, id, answer, asked, latest)
      if (turn !== undefined) return turn
    }
    throw new RateLimited(call, limit, 0, 1_000)
  }

  /** Goes from what the bucket answered to a turn; `undefined` when the turn was lost on the way. */
  async #follow(
    call: PacedCall,
    limit: Limit,
    id: string,
    first: BucketAnswer,
    askedAt: number,
    latest: number,
  ): Promise<Turn | undefined> {
    const key = keyOf(call)
    const room = this.#roomOf(key, limit)
    let [answer, asked] = [first, askedAt]
    for (;;) {
      room.heed(answer)
      const { turn, remaining } = answer
      if (turn === undefined) return undefined
      if (turn.verdict === 'late') throw new RateLimited(call, limit, remaining, turn.inMs)
      if (turn.verdict === 'go') {
        const leaveBy = asked + turn.inMs + this.#options.leaveWithinMs
        const giveBack = async (): Promise<void> => {
          room.heed(await this.#options.buckets.giveBack(key, limit, id))
        }
        if (performance.now() <= leaveBy) return { leaveBy, giveBack }
        await giveBack()
        return undefined
      }
      const lateInMs = await this.#sleep(call, room, id, turn.inMs, latest)
      if (lateInMs !== undefined) {
        room.heed(await this.#options.buckets.leave(key, limit, id))
        throw new RateLimited(call, limit, 0, lateInMs)
      }
      asked = performance.now()
      answer = await this.#options.buckets.claim(key, limit, id)
    }
  }

  async #sleep(
    call: PacedCall,
    room: WaitingRoom,
    id: string,
    inMs: number,
    latest: number,
  ): Promise<number | undefined> {
    const waiting = this.#waitingOf.get(call.account.id) ?? 0
    const isFull = waiting >= this.#options.queueLimit
    this.#waitingOf.set(call.account.id, waiting + 1)
    try {
      if (isFull) throw new Overloaded(call, this.#options.queueLimit)
      return await room.sleep(id, inMs, latest, call.signal)
    } catch (error) {
      // Whoever hangs up makes room for the next.
      room.heed(await this.#options.buckets.leave(keyOf(call), room.limit, id))
      throw error
    } finally {
      const left = (this.#waitingOf.get(call.account.id) ?? 1) - 1
      if (left > 0) this.#waitingOf.set(call.account.id, left)
      else this.#waitingOf.delete(call.account.id)
    }
  }

  /** Of an endpoint without a known limit Wati's own 429 is all that is known. */
  async #untilUnblocked(call: PacedCall, waitMs: number): Promise<void> {
    const leftMs = this.#options.blocks.leftMs(keyOf(call))
    if (leftMs === 0) return
    if (leftMs > waitMs) throw new RateLimited(call, undefined, 0, leftMs)
    const room = new WaitingRoom({ max: 1, windowMs: 0, graceMs: 0 })
    await room.sleep('', leftMs, Infinity, call.signal)
  }

  #limitOf({ account, endpoint }: PacedCall): Limit | undefined {
    const limit = rateLimitOf(account, endpoint)
    if (limit === undefined) return undefined
    const { leaveWithinMs } = this.#options
    const windowMs = limit.windowSeconds * 1_000 + leaveWithinMs
    return { max: limit.max, windowMs, graceMs: Math.floor(leaveWithinMs / 2) }
  }

  /** One for each bucket, for as long as somebody is in it. */
  #roomOf(key: string, limit: Limit): WaitingRoom {
    for (const [other, room] of this.#rooms) if (room.isEmpty && other !== key) this.#rooms.delete(other)
    const room = this.#rooms.get(key) ?? new WaitingRoom(limit)
    this.#rooms.set(key, room)
    return room
  }
}

/** v1 and v2 share the name of an endpoint, and so its bucket. */
function keyOf({ account, endpoint }: PacedCall): string {
  return `${account.id}:${endpoint}`
}
