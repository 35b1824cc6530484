import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { type Period, daysOf } from './period.ts'

type Query = NonNullable<paths['/v1/usage']['get']['parameters']['query']>

export const DIMENSIONS = ['channel', 'caller', 'outcome', 'operation', 'account'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export interface UsageQuestion {
  readonly period: Period
  readonly by: Dimension
  readonly channel: string
  readonly caller: string
}

export interface Sum {
  readonly value: string
  readonly count: number
}

/** How many calls there were, for a chart and a table. */
export interface Usage {
  readonly by: Dimension
  readonly days: readonly string[]
  /** The largest sums, each with its calls day by day. */
  readonly series: readonly (Sum & { readonly byDay: readonly number[] })[]
  /** All others together, day by day. */
  readonly rest: readonly number[]
  /** The sums, the largest first; the last of many may be missing. */
  readonly sums: readonly Sum[]
  readonly total: number
}

/** So many have a colour of their own, and so many a line in the table. */
export const MOST_SERIES = 8
const MOST_SUMS = 50
/** More bars than this nobody can tell apart. */
const MOST_DAYS = 400

/** What is asked, for the API or for a link to the CSV. */
export function queryOf({ period: { from, to }, channel, caller }: UsageQuestion): Query {
  return { from, to, ...(channel !== '' && { channel }), ...(caller !== '' && { caller }) }
}

/** Throws a `Problem`. */
export async function readUsage(question: UsageQuestion, signal: AbortSignal): Promise<Usage> {
  const { by, period } = question
  const days = daysOf(period, MOST_DAYS)
  if (days === undefined) throw wrongField('from', messages.activity.tooManyDays(printCount(MOST_DAYS)))
  const query = queryOf(question)
  const readDays = async (more: Query) => await readByDay({ ...query, ...more }, days, signal)
  const largest = await readItems({ ...query, groupBy: by, order: 'count', limit: String(MOST_SUMS) }, signal)
  const sums = largest.map((item) => ({ value: item[by] ?? '', count: item.count }))
  // Read after the sums: calls go on meanwhile, and the whole must not be less than its parts.
  const largestSums = sums.slice(0, MOST_SERIES)
  const [all, series] = await Promise.all([
    readDays({}),
    Promise.all(largestSums.map(async (sum) => ({ ...sum, byDay: await readDays(only(by, sum.value)) }))),
  ])
  const rest = all.map((count, day) => series.reduce((left, { byDay }) => left - (byDay[day] ?? 0), count))
  return {
    ...{ by, days, series, sums },
    // Calls go on while the days are read.
    rest: rest.map((count) => Math.max(0, count)),
    total: all.reduce((sum, count) => sum + count, 0),
  }
}

function only(by: Dimension, value: string): Query {
  return { [by]: value }
}

async function readByDay(query: Query, days: readonly string[], signal: AbortSignal): Promise<number[]> {
  const items = await readItems({ ...query, groupBy: 'day', limit: '1000' }, signal)
  const byDay = new Map(items.map(({ day, count }) => [day, count]))
  return days.map((day) => byDay.get(day) ?? 0)
}

async function readItems(query: Query, signal: AbortSignal) {
  const { body } = await answer(api.GET('/v1/usage', { params: { query }, signal }))
  return typeof body === 'string' ? [] : body.items
}
