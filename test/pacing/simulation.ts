import { type Bucket, type Limit, ask, claim, emptyBucket, leave } from '../../src/pacing/bucket.ts'

/** One call that wants to leave. */
export interface Arrival {
  readonly at: number
  readonly channel: string
  readonly weight: number
  readonly caller: string
  /** How long it waits at most. */
  readonly waitMs: number
}

export interface Departure {
  readonly at: number
  readonly arrival: Arrival
}

export interface Outcome {
  readonly departures: readonly Departure[]
  readonly refused: readonly Arrival[]
  /** Alarms that rang, and of them those that rang in vain. */
  readonly alarms: number
  readonly wasted: number
}

/**
 * Lets calls arrive at a bucket on a clock that only this function moves. Each that waits is woken exactly when the
 * bucket said; when the bucket's plan changes, alarms change with it, as they do in the gateway.
 */
export function simulate(limit: Limit, arrivals: readonly Arrival[]): Outcome {
  const bucket: Bucket = emptyBucket()
  const byId = new Map(arrivals.map((arrival, index) => [String(index), arrival]))
  const coming = [...byId].sort(([, one], [, other]) => one.at - other.at)
  const departures: Departure[] = []
  const refused: Arrival[] = []
  let [alarms, wasted, now] = [0, 0, 0]
  for (;;) {
    // Others came first, and now it is too late for these: they are told so at once.
    for (const { id } of bucket.waiting.filter(({ start, latest }) => start > latest)) {
      leave(bucket, limit, now, id)
      refused.push(byId.get(id)!)
    }
    const next = bucket.waiting.reduce((first, one) => Math.min(first, one.start), Infinity)
    const [id, arrival] = coming[0] ?? []
    if (arrival !== undefined && id !== undefined && arrival.at <= next) {
      coming.shift()
      now = arrival.at
      const { verdict } = ask(bucket, limit, arrival.at, { id, ...arrival }, arrival.at + arrival.waitMs)
      if (verdict === 'go') departures.push({ at: arrival.at, arrival })
      if (verdict === 'late') refused.push(arrival)
    } else if (next < Infinity) {
      const waiter = bucket.waiting.find(({ start }) => start === next)!
      alarms += 1
      now = next
      const turn = claim(bucket, limit, next, waiter.id)
      if (turn?.verdict === 'go') departures.push({ at: turn.start, arrival: byId.get(waiter.id)! })
      else wasted += 1
    } else return { departures, refused, alarms, wasted }
  }
}

/** The most starts in any window. */
export function fullestWindow({ departures }: Outcome, windowMs: number): number {
  const times = departures.map(({ at }) => at).sort((one, other) => one - other)
  let [most, first] = [0, 0]
  for (const [last, time] of times.entries()) {
    while ((times[first] ?? 0) + windowMs <= time) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** Weighted max-min fairness: nobody gets more than asked for, and what is left is shared by weight. */
export function fairShares(
  capacity: number,
  demands: readonly { readonly wanted: number; readonly weight: number }[],
): number[] {
  const shares = demands.map(() => 0)
  let open = demands.map((_, index) => index)
  let left = capacity
  while (open.length > 0) {
    const weights = open.reduce((sum, index) => sum + demands[index]!.weight, 0)
    const satisfied = open.filter(
      (index) => demands[index]!.wanted <= (left * demands[index]!.weight) / weights,
    )
    if (satisfied.length === 0) {
      for (const index of open) shares[index] = (left * demands[index]!.weight) / weights
      return shares
    }
    for (const index of satisfied) shares[index] = demands[index]!.wanted
    left -= satisfied.reduce((sum, index) => sum + demands[index]!.wanted, 0)
    open = open.filter((index) => !satisfied.includes(index))
  }
  return shares
}
