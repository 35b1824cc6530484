import { type Call, type CountedCall, OTHER_CALLERS, wasSent } from './call.ts'
import type { MinuteCounts } from './minutes.ts'

/**
 * Where the counts of all replicas are added up and kept. There are two, Redis and files, and one test suite for both.
 * Its methods throw an `Error` when it is away; what `add` was given may have been added all the same.
 */
export interface UsageStore {
  /** Adds a batch, in one step, if it was not added before. */
  add(batch: UsageBatch): Promise<AddedUsage>
  /** The counts of a day, in any order; none when it is not kept any more. */
  read(day: string): Promise<readonly CountedCall[]>
  /**
   * How many calls of a month were sent to Wati, by `accountTotal` and `channelTotal`: of those names that have any,
   * or of all.
   */
  month(month: string, names?: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * The calls of the minutes that begin between two times in ms, both included, in any order. A minute is kept for
   * a day and two hours at least.
   */
  minutes(first: number, last: number): Promise<readonly MinuteCounts[]>
  close(): Promise<void>
}

/** Counts of one day. */
export interface UsageBatch {
  readonly day: string
  readonly counts: readonly CountedCall[]
  /** Of calls of that day; they may have been in another batch's `counts`. */
  readonly minutes: readonly MinuteCounts[]
  /** Who counted. */
  readonly replica: string
  /** Higher with each batch of a replica; a batch that is sent again keeps its own. */
  readonly sequence: number
}

export interface AddedUsage {
  /** How many counts lost the name of their caller, because the day has too many already. */
  readonly folded: number
}

/** What a store needs to know of the settings. */
export interface UsageLimits {
  readonly keptDays: number
  /** How many combinations of account, channel, caller, operation and outcome a day may have. */
  readonly keysPerDay: number
}

export const accountTotal = (account: string): string => `account:${account}`
export const channelTotal = (channel: string): string => `channel:${channel}`

/** What counts add to the totals of their month. */
export function totalsOf(counts: Iterable<CountedCall>): Map<string, number> {
  const totals = new Map<string, number>()
  for (const call of counts) if (wasSent(call)) addToTotals(totals, call, call.count)
  return totals
}

/** Adds to what was counted for a call's account and channel. */
export function addToTotals(
  totals: Map<string, number>,
  { account, channel }: Pick<Call, 'account' | 'channel'>,
  count: number,
): void {
  for (const name of [accountTotal(account), channelTotal(channel)])
    totals.set(name, (totals.get(name) ?? 0) + count)
}

/** The same call without the name of its caller. */
export function withoutCaller<T extends Call>(call: T): T {
  return { ...call, caller: OTHER_CALLERS }
}
