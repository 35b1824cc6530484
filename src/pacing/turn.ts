import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'

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
   * turn cannot come in time, `Overloaded` when too many wait already. Gives a turn at once, without a promise, where
   * nothing limits the endpoint.
   */
  turn(call: PacedCall, waitMs: number): Turn | Promise<Turn>
  /** Wati answered 429: nothing goes to that endpoint of the account for so long. */
  block(call: PacedCall, forMs: number): Promise<void>
}
