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

/** The places in `waiting` in the order in which their turns come, if nobody else comes. */
export function inTurn(tags: Tags, waiting: readonly Waiter[]): number[] {
  const future = structuredClone(tags)
  const queues = byCaller(waiting)
  const order: number[] = []
  while (order.length < waiting.length) {
    const next = nextOf(future, queues)
    const waiter = waiting[next]
    if (waiter === undefined) break
    queues.get(waiter.channel)?.get(waiter.caller)?.shift()
    charge(future, waiter)
    order.push(next)
  }
  return order
}

/** Channel → caller → the places of those that wait, in the order of their arrival. */
type Queues = Map<string, Map<string, number[]>>

function byCaller(waiting: readonly Waiter[]): Queues {
  const queues: Queues = new Map()
  for (const [place, { channel, caller }] of waiting.entries()) {
    const callers = queues.get(channel) ?? new Map<string, number[]>()
    queues.set(channel, callers)
    callers.set(caller, [...(callers.get(caller) ?? []), place])
  }
  return queues
}

/** The channel that is furthest behind, in it the caller that is; of those that are level the first that came. */
function nextOf(tags: Tags, queues: Queues): number {
  let best = { begin: Infinity, place: Infinity }
  for (const [channel, callers] of queues) {
    const place = headOf(tags, channel, callers)
    const begin = beginOf(tags, channel)
    const isAhead = begin < best.begin || (begin === best.begin && place < best.place)
    if (place !== Infinity && isAhead) best = { begin, place }
  }
  return best.place
}

function headOf(tags: Tags, channel: string, callers: ReadonlyMap<string, readonly number[]>): number {
  const own = tags.callers.get(channel)
  let best = { begin: Infinity, place: Infinity }
  for (const [caller, places] of callers) {
    const begin = Math.max(own?.now ?? 0, own?.ends.get(caller) ?? 0)
    const [place = Infinity] = places
    const isAhead = begin < best.begin || (begin === best.begin && place < best.place)
    if (place !== Infinity && isAhead) best = { begin, place }
  }
  return best.place
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
