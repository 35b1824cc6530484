import { inTurn } from './turns.ts'

/*
 * Who may call an endpoint of an account, and when. Everything here is arithmetic on a clock that is handed in, in
 * whole milliseconds. `bucket.lua` is the same, step by step, inside Redis: a change here is a change there.
 *
 * - The limit: any `max + 1` starts span more than `windowMs`. A start is granted for a moment; the call must have
 *   left by `moment + guardMs`, and `windowMs` is Wati's window and that guard together.
 * - Order: start-time fair queueing, first between channels by their weight, then between the callers of one.
 * - Those who wait start one by one, `windowMs / max` apart, so that a newcomer finds a free start soon; a channel
 *   that has had less than its share in the window does not wait behind them at all.
 */

export interface Limit {
  readonly max: number
  readonly windowMs: number
  /** A turn that was not claimed this long after its start is given up. */
  readonly graceMs: number
}

export interface Applicant {
  readonly id: string
  readonly channel: string
  readonly weight: number
  readonly caller: string
}

export interface Waiter extends Applicant {
  /** The latest start it can use. */
  readonly latest: number
  /** When its turn comes, as far as is known. */
  start: number
}

export interface BucketState {
  /** Starts of the last window, in their order, each with its channel. */
  starts: (readonly [at: number, channel: string])[]
  /** In the order of their arrival. */
  waiting: Waiter[]
  tags: Tags
  /** Wati said 429: nothing starts before. */
  blockedUntil: number
}

/** Virtual time of the channels, and inside each channel that of its callers. */
export interface Tags {
  now: number
  /** When the last call of a channel ends, in virtual time. */
  channels: Record<string, number>
  callers: Record<string, { now: number; ends: Record<string, number> }>
}

export type Turn =
  | { readonly go: true; readonly start: number }
  | { readonly go: false; readonly start: number; readonly inTime: boolean }

export function emptyBucket(): BucketState {
  return { starts: [], waiting: [], tags: { now: 0, channels: {}, callers: {} }, blockedUntil: 0 }
}

/** Asks for a turn. One that cannot come by `latest` is refused at once, with the moment at which it would have come. */
export function ask(state: BucketState, limit: Limit, now: number, who: Applicant, latest: number): Turn {
  forgetOld(state, limit, now)
  if (mayGoAtOnce(state, limit, now, who)) return grant(state, who, now)
  state.waiting.push({ ...who, latest, start: Number.MAX_SAFE_INTEGER })
  plan(state, limit, now)
  const start = state.waiting.at(-1)?.start ?? now
  if (start <= latest) return { go: false, start, inTime: true }
  state.waiting.pop()
  plan(state, limit, now)
  return { go: false, start, inTime: false }
}

/** Takes the turn that has come. When it has not, because others came first, says when it will. */
export function claim(state: BucketState, limit: Limit, now: number, id: string): Turn | undefined {
  forgetOld(state, limit, now)
  const waiter = state.waiting.find((one) => one.id === id)
  if (waiter === undefined) return undefined
  const { start } = waiter
  const before = state.waiting.filter((one) => one !== waiter && one.start <= start && one.start <= now)
  const isFree = state.starts.length + before.length < limit.max
  if (start <= now && state.blockedUntil <= now && isFree) {
    remove(state, id)
    return grant(state, waiter, start)
  }
  plan(state, limit, now)
  return { go: false, start: waiter.start, inTime: waiter.start <= waiter.latest }
}

/** Somebody does not want the turn any more. */
export function leave(state: BucketState, limit: Limit, now: number, id: string): void {
  forgetOld(state, limit, now)
  remove(state, id)
  plan(state, limit, now)
}

/** Wati's own 429: nothing starts before `until`. */
export function block(state: BucketState, limit: Limit, now: number, until: number): void {
  forgetOld(state, limit, now)
  state.blockedUntil = Math.max(state.blockedUntil, until)
  plan(state, limit, now)
}

function forgetOld(state: BucketState, { windowMs, graceMs }: Limit, now: number): void {
  while (state.starts[0] !== undefined && state.starts[0][0] + windowMs <= now) state.starts.shift()
  const present = state.waiting.filter(({ start, latest }) => Math.min(start, latest) + graceMs >= now)
  state.waiting = present
}

function mayGoAtOnce(state: BucketState, limit: Limit, now: number, { channel, weight }: Applicant): boolean {
  if (state.blockedUntil > now) return false
  const due = state.waiting.filter(({ start }) => start <= now).length
  if (state.starts.length + due >= limit.max) return false
  if (state.waiting.length === 0) return true
  if (state.waiting.some((waiter) => waiter.channel === channel)) return false
  const used = state.starts.filter(([, user]) => user === channel).length
  return used + 1 <= shareOf(state, limit, channel, weight)
}

/** How many of the window's starts are a channel's own, while all that are active want theirs. */
function shareOf(state: BucketState, { max }: Limit, channel: string, weight: number): number {
  const weights = new Map(state.starts.map(([, user]) => [user, 1]))
  for (const waiter of state.waiting) weights.set(waiter.channel, waiter.weight)
  weights.set(channel, weight)
  const all = [...weights.values()].reduce((sum, each) => sum + each, 0)
  return (max * weight) / all
}
