import { type Call, COUNTED_OUTCOMES, type CountedCall } from './call.ts'
import { type MinuteCounts, Minutes } from './minutes.ts'
import { withoutCaller } from './store.ts'

/** Calls that differ by their channel alone, counted by its alias. */
interface Group {
  readonly call: Omit<Call, 'channel'>
  readonly channels: Map<string, number>
}

interface PendingDay {
  /** By `groupKey`. With 100,000 channels nearly each call is counted apart: then it costs a number, and no object. */
  readonly groups: Map<string, Group>
  readonly minutes: Minutes
}

/** What was counted on one day. */
export interface TakenCounts {
  readonly day: string
  readonly counts: readonly CountedCall[]
  readonly minutes: readonly MinuteCounts[]
}

/** Counts that are not in the store yet, by day. Bounded, however long the store is away. */
export class PendingCalls {
  readonly #mostKeys: number
  readonly #days = new Map<string, PendingDay>()
  #keys = 0

  /** @param mostKeys beyond it new callers are counted together */
  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys
  }

  /** Counts one call, over in the minute that begins at `minute` ms. False when it was counted without its caller. */
  add(day: string, minute: number, call: Call): boolean {
    const { groups, minutes } = this.#pendingOf(day)
    minutes.add(minute, call.outcome, 1)
    const count = groups.get(groupKey(call))?.channels.get(call.channel)
    const hasPlace = count !== undefined || this.#keys < this.#mostKeys
    // What is left besides the caller comes from the directory and the table of operations: it has an end.
    this.#count(groups, hasPlace ? call : withoutCaller(call))
    return hasPlace
  }

  #count(groups: Map<string, Group>, call: Call): void {
    const { channels } = groups.get(groupKey(call)) ?? newGroup(groups, call)
    const count = channels.get(call.channel) ?? 0
    channels.set(call.channel, count + 1)
    if (count === 0) this.#keys += 1
  }

  /** Takes out up to `most` counts, and as many minutes as are about as much, of the first day that has any. */
  take(most: number): TakenCounts | undefined {
    const [first] = this.#days
    if (first === undefined) return undefined
    const [day, { groups, minutes }] = first
    const taken = { day, counts: this.#takeCalls(groups, most), minutes: minutes.take(minutesIn(most)) }
    if (groups.size === 0 && minutes.size === 0) this.#days.delete(day)
    return taken
  }

  #takeCalls(groups: Map<string, Group>, most: number): CountedCall[] {
    const counts: CountedCall[] = []
    for (const [key, { call, channels }] of groups) {
      for (const [channel, count] of channels) {
        if (counts.length === most) break
        counts.push({ ...call, channel, count })
        channels.delete(channel)
      }
      if (channels.size === 0) groups.delete(key)
    }
    this.#keys -= counts.length
    return counts
  }

  /** How often `take` has to be called for all that was counted before now. */
  takes(most: number): number {
    let takes = 0
    for (const { groups, minutes } of this.#days.values())
      takes += Math.ceil(Math.max(sum(groups, ({ size }) => size) / most, minutes.size / minutesIn(most)))
    return takes
  }

  /** How many calls were counted and not taken out. */
  get calls(): number {
    let calls = 0
    for (const { groups } of this.#days.values())
      calls += sum(groups, (channels) => [...channels.values()].reduce((before, count) => before + count, 0))
    return calls
  }

  #pendingOf(day: string): PendingDay {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    // Nobody asks for the minutes of the day before yesterday, so they need not wait for the store.
    for (const { minutes } of [...this.#days.values()].slice(0, -1)) minutes.clear()
    const pending: PendingDay = { groups: new Map(), minutes: new Minutes() }
    this.#days.set(day, pending)
    return pending
  }
}

/** Only `caller` can hold whatever a token says, so it stands last. */
function groupKey({ account, caller, operation, outcome }: Group['call']): string {
  return `${account}\0${operation}\0${outcome}\0${caller}`
}

function newGroup(groups: Map<string, Group>, { channel: _, ...call }: Call): Group {
  const group: Group = { call, channels: new Map() }
  groups.set(groupKey(call), group)
  return group
}

function sum(
  groups: ReadonlyMap<string, Group>,
  of: (channels: ReadonlyMap<string, number>) => number,
): number {
  return [...groups.values()].reduce((before, { channels }) => before + of(channels), 0)
}

/** How many minutes are about as much as so many counts. */
function minutesIn(counts: number): number {
  return Math.ceil(counts / COUNTED_OUTCOMES.length)
}
