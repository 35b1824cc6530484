import type { Applicant, Tags, Waiter } from './bucket.ts'

/** Charges a start to its channel and its caller: what it began at in virtual time is the virtual time from now on. */
export function charge(tags: Tags, { channel, weight, caller }: Applicant): void {
  tags.now = beginOf(tags, channel)
  tags.channels.set(channel, tags.now + 1 / weight)
  const callers = tags.callers.get(channel) ?? { now: 0, ends: new Map<string, number>() }
  tags.callers.set(channel, callers)
  callers.now = Math.max(callers.now, callers.ends.get(caller) ?? 0)
  callers.ends.set(caller, callers.now + 1)
}

/**
 * The places in `waiting` in the order in which their turns come, if nobody else comes. Those who are furthest behind
 * in virtual time come first, so that time never overtakes anybody who waits: each one's begin is known beforehand.
 */
export function inTurn(tags: Tags, waiting: readonly Waiter[]): number[] {
  const amongCallers = beginsAmongCallers(tags, waiting)
  const begins: number[] = []
  for (const [channel, places] of placesByChannel(waiting)) {
    let begin = beginOf(tags, channel)
    for (const place of sorted(places, amongCallers)) {
      begins[place] = begin
      begin += 1 / (waiting[place]?.weight ?? 1)
    }
  }
  return sorted([...waiting.keys()], begins)
}

/** When each begins in the virtual time of its channel. */
function beginsAmongCallers({ callers }: Tags, waiting: readonly Waiter[]): number[] {
  const next = new Map<string, Map<string, number>>()
  return waiting.map(({ channel, caller }) => {
    const own = callers.get(channel)
    const ofChannel = next.get(channel) ?? new Map<string, number>()
    next.set(channel, ofChannel)
    const begin = ofChannel.get(caller) ?? Math.max(own?.now ?? 0, own?.ends.get(caller) ?? 0)
    ofChannel.set(caller, begin + 1)
    return begin
  })
}

function placesByChannel(waiting: readonly Waiter[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [place, { channel }] of waiting.entries()) {
    const own = places.get(channel)
    if (own === undefined) places.set(channel, [place])
    else own.push(place)
  }
  return places
}

/** Of those that are level the first that came. */
function sorted(places: number[], begins: readonly number[]): number[] {
  return places.sort((one, other) => (begins[one] ?? 0) - (begins[other] ?? 0) || one - other)
}

function beginOf(tags: Tags, channel: string): number {
  return Math.max(tags.now, tags.channels.get(channel) ?? 0)
}

/** Forgets those whose last call lies behind: they would begin now, as if they were new. */
export function forgetIdle(tags: Tags, waiting: readonly Waiter[]): void {
  const waits = new Set(waiting.map(({ channel }) => channel))
  for (const [channel, end] of tags.channels) {
    if (end > tags.now || waits.has(channel)) continue
    tags.channels.delete(channel)
    tags.callers.delete(channel)
  }
}
