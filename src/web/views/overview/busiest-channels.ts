import { answer, api } from '../../api/client.ts'
import { Problem, toProblem } from '../../api/problem.ts'
import type { paths } from '../../api/session.ts'

type ChannelPath = paths['/v1/channels/{alias}']
export type Channel = ChannelPath['get']['responses'][200]['content']['application/json']

/** A channel, and how many calls of it were over today; of one without any it is 0. */
export interface BusyChannel {
  readonly channel: Channel
  readonly calls: number
}

export interface BusiestChannels {
  readonly items: readonly BusyChannel[]
  /** Why the calls are not known: then these are just the first channels of the list. */
  readonly problem?: Problem
}

interface CallsOfToday {
  readonly channel: string
  readonly count: number
}

/** So many channels are shown, and so many more are asked for because some may be deleted. */
const SHOWN = 8
const ASKED_FOR = SHOWN + 4

/** The busiest channels of today, filled up with the first of the list. Throws a `Problem`. */
export async function readBusiestChannels(signal: AbortSignal): Promise<BusiestChannels> {
  const calls = await readCallsOfToday(signal).catch(toProblem)
  const query = { limit: String(SHOWN) }
  const [first, ...asked] = await Promise.all([
    answer(api.GET('/v1/channels', { params: { query }, signal })),
    ...(calls instanceof Problem ? [] : calls).map((one) => withChannel(one, signal)),
  ])
  const busy = asked.filter((one) => one !== undefined)
  const names = new Set(busy.map(({ channel }) => channel.alias))
  const quiet = first.body.items.filter(({ alias }) => !names.has(alias))
  return {
    items: [...busy, ...quiet.map((channel) => ({ channel, calls: 0 }))].slice(0, SHOWN),
    ...(calls instanceof Problem && { problem: calls }),
  }
}

/** The most calls of today (UTC) first. */
async function readCallsOfToday(signal: AbortSignal): Promise<CallsOfToday[]> {
  const today = new Date().toISOString().slice(0, 10)
  const query = {
    from: today,
    to: today,
    groupBy: 'channel',
    order: 'count',
    limit: String(ASKED_FOR),
  } as const
  const { body } = await answer(api.GET('/v1/usage', { params: { query }, signal }))
  if (typeof body === 'string') return []
  return body.items.map(({ channel = '', count }) => ({ channel, count }))
}

/** `undefined` when it was deleted since it was called. */
async function withChannel(
  { channel: alias, count }: CallsOfToday,
  signal: AbortSignal,
): Promise<BusyChannel | undefined> {
  try {
    const { body } = await answer(api.GET('/v1/channels/{alias}', { params: { path: { alias } }, signal }))
    return { channel: body, calls: count }
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}
