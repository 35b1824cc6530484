import { charge, forgetIdle, inTurn } from './turns.ts'

/*
 * Who may call an endpoint of an account, and when. Everything here is arithmetic on a clock that is handed in, in
 * milliseconds. `bucket-script.ts` is the same, step by step, inside Redis: a change here is a change there, and a
 * test compares them.
 *
 * - The limit: any `max + 1` starts span more than `windowMs`. A call must have left soon after the start that it was
 *   granted; `windowMs` is Wati's window and that tolerance together.
 * - Order: start-time fair queueing (Goyal, Vin, Cheng 1996), first between channels by their weight, then between
 *   the callers of one.
 * - Those who wait start one by one, `windowMs / max` apart, so that a free start is never far for a newcomer; a
 *   channel that has had less than its share of the window does not wait behind them at all.
 */

export interface Limit {
  readonly max: number
  readonly windowMs: number
  /** A turn that is not claimed this long after its start is given up. */
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
  readonly start: number
}

export interface Start {
  readonly id: string
  readonly at: number
  readonly channel: string
  readonly weight: number
}

/** A start that another bucket gave. */
export interface Granted {
  readonly who: Applicant
  readonly at: number
}

export interface Bucket {
  /** The starts of the last window, in their order. */
  starts: Start[]
  /** In the order of their arrival. */
  waiting: Waiter[]
  readonly tags: Tags
  /** Wati said 429: nothing starts before. */
  blockedUntil: number
}

/** Virtual time: of the channels, and inside each channel of its callers. */
export interface Tags {
  now: number
  /** Where the last call of a channel ends. */
  readonly channels: Map<string, number>
  readonly callers: Map<string, { now: number; readonly ends: Map<string, number> }>
}

/** `go`: it may leave now, its start was at `start`. `wait`: its turn comes then. `late`: that is too late for it. */
export type Turn = { readonly verdict: 'go' | 'wait' | 'late'; readonly start: number }

export function emptyBucket(): Bucket {
  return {
    starts: [],
    waiting: [],
    tags: { now: 0, channels: new Map(), callers: new Map() },
    blockedUntil: 0,
  }
}

/** Asks for a turn that comes by `latest`. */
export function ask(bucket: Bucket, limit: Limit, now: number, who: Applicant, latest: number): Turn {
  forgetOld(bucket, limit, now)
  if (mayGoAtOnce(bucket, limit, now, who)) {
    grant(bucket, who, now)
    replan(bucket, limit, now)
    return { verdict: 'go', start: now }
  }
  const waiting = planned(bucket, limit, now, [...bucket.waiting, { ...who, latest, start: Infinity }])
  const start = waiting.at(-1)?.start ?? Infinity
  if (start > latest) return { verdict: 'late', start }
  bucket.waiting = waiting
  return { verdict: 'wait', start }
}

/** Takes a turn that has come. Others may have come first: then it says when it will. `undefined`: it was given up. */
export function claim(bucket: Bucket, limit: Limit, now: number, id: string): Turn | undefined {
  forgetOld(bucket, limit, now)
  const waiter = bucket.waiting.find((one) => one.id === id)
  if (waiter === undefined) return undefined
  const { start } = waiter
  const due = bucket.waiting.filter((one) => one !== waiter && one.start <= start).length
  if (start <= now && bucket.blockedUntil <= now && startsSince(bucket, limit, start) + due < limit.max) {
    bucket.waiting = bucket.waiting.filter((one) => one !== waiter)
    grant(bucket, waiter, start)
    return { verdict: 'go', start }
  }
  bucket.waiting = bucket.waiting.map((one) => (one === waiter ? { ...one, start: Infinity } : one))
  replan(bucket, limit, now)
  const again = bucket.waiting.find((one) => one.id === id)?.start ?? Infinity
  if (again <= waiter.latest) return { verdict: 'wait', start: again }
  leave(bucket, limit, now, id)
  return { verdict: 'late', start: again }
}

/** Somebody does not want the turn any more. */
export function leave(bucket: Bucket, limit: Limit, now: number, id: string): void {
  forgetOld(bucket, limit, now)
  bucket.waiting = bucket.waiting.filter((one) => one.id !== id)
  replan(bucket, limit, now)
}

/** A start that was granted and not used: the call has not left, and will not. */
export function giveBack(bucket: Bucket, limit: Limit, now: number, id: string): void {
  forgetOld(bucket, limit, now)
  bucket.starts = bucket.starts.filter((start) => start.id !== id)
  replan(bucket, limit, now)
}

/** Wati's own 429: nothing starts before `until`. */
export function block(bucket: Bucket, limit: Limit, now: number, until: number): void {
  forgetOld(bucket, limit, now)
  bucket.blockedUntil = Math.max(bucket.blockedUntil, until)
  bucket.waiting = bucket.waiting.map((one) => ({ ...one, start: Math.max(one.start, until) }))
  replan(bucket, limit, now)
}

/** Takes note of starts that were granted elsewhere; those it knows already stay as they are. */
export function record(bucket: Bucket, limit: Limit, now: number, granted: readonly Granted[]): void {
  forgetOld(bucket, limit, now)
  for (const { who, at } of granted) {
    const isOld = at + limit.windowMs + limit.graceMs <= now
    if (!isOld && !bucket.starts.some(({ id }) => id === who.id)) grant(bucket, who, at)
  }
  replan(bucket, limit, now)
}

/** How many starts are left in the window. */
export function remaining(bucket: Bucket, limit: Limit, now: number): number {
  return Math.max(0, limit.max - startsSince(bucket, limit, now))
}

function forgetOld(bucket: Bucket, { windowMs, graceMs }: Limit, now: number): void {
  // A start that is claimed late counts from its own moment, so the window is looked at from a little earlier.
  bucket.starts = bucket.starts.filter(({ at }) => at + windowMs + graceMs > now)
  bucket.waiting = bucket.waiting.filter(({ start }) => start + graceMs >= now)
  forgetIdle(bucket.tags, bucket.waiting)
}

/** How many starts share a window with this moment. */
function startsSince({ starts }: Bucket, { windowMs }: Limit, moment: number): number {
  return starts.filter(({ at }) => at > moment - windowMs).length
}

function mayGoAtOnce(bucket: Bucket, limit: Limit, now: number, { channel, weight }: Applicant): boolean {
  const { starts, waiting, blockedUntil } = bucket
  if (blockedUntil > now) return false
  const due = waiting.filter(({ start }) => start <= now).length
  if (startsSince(bucket, limit, now) + due >= limit.max) return false
  if (waiting.length === 0) return true
  if (waiting.some((waiter) => waiter.channel === channel)) return false
  const used = starts.filter((start) => start.channel === channel && start.at > now - limit.windowMs).length
  return used + 1 <= (limit.max * weight) / weightOfAll(bucket, channel, weight)
}

/** The weights of all channels that have had a start in the window, or wait for one. */
function weightOfAll({ starts, waiting }: Bucket, channel: string, weight: number): number {
  const weights = new Map([...starts, ...waiting].map((one) => [one.channel, one.weight]))
  weights.set(channel, weight)
  return [...weights.values()].reduce((sum, each) => sum + each, 0)
}

function grant({ starts, tags }: Bucket, who: Applicant, at: number): void {
  charge(tags, who)
  const place = starts.findLastIndex((start) => start.at <= at) + 1
  starts.splice(place, 0, { id: who.id, at, channel: who.channel, weight: who.weight })
}

function replan(bucket: Bucket, limit: Limit, now: number): void {
  bucket.waiting = planned(bucket, limit, now, bucket.waiting)
}

/** Those that wait, in the order of their arrival, each with the start it has if nobody else comes. */
function planned(
  { starts, tags, blockedUntil }: Bucket,
  { max, windowMs }: Limit,
  now: number,
  waiting: readonly Waiter[],
): Waiter[] {
  // Whose turn has come keeps it for as long as it may be claimed.
  const isDue = ({ start }: Waiter): boolean => start <= now
  const taken = [...starts.map(({ at }) => at), ...waiting.filter(isDue).map(({ start }) => start)]
  taken.sort((one, other) => one - other)
  const plan = [...waiting]
  for (const place of inTurn(tags, waiting)) {
    const waiter = waiting[place]
    if (waiter === undefined || isDue(waiter)) continue
    const spaced = (taken.at(-1) ?? -Infinity) + windowMs / max
    const freed = taken.length < max ? -Infinity : (taken.at(-max) ?? 0) + windowMs
    const start = Math.ceil(Math.max(now, blockedUntil, spaced, freed))
    taken.push(start)
    plan[place] = { ...waiter, start }
  }
  return plan
}
