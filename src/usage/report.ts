import { type Call, type CountedCall, DIMENSIONS, type Dimension } from './call.ts'
import { daysFrom } from './day.ts'

export interface UsageQuery {
  /** The first and the last day. */
  readonly from: string
  readonly to: string
  /** Only what has these values. */
  readonly where: Readonly<Partial<Record<keyof Call, string>>>
  /** What is to be kept apart; all other dimensions are summed up. */
  readonly groupBy: readonly Dimension[]
  /** Only rows behind the one with these values. */
  readonly after?: readonly string[]
}

/** A sum, and the values of `groupBy` it belongs to, in the order of `DIMENSIONS`. */
export interface UsageRow {
  readonly values: readonly string[]
  readonly count: number
}

/** The question has more rows than can be sorted in memory. */
export class TooManyRows extends Error {
  constructor() {
    super(`more than ${MOST_ROWS} rows`)
    this.name = 'TooManyRows'
  }
}

const MOST_ROWS = 200_000

/** The dimensions of a list in the order of the columns, each once. */
export function inOrder(groupBy: readonly Dimension[]): Dimension[] {
  return DIMENSIONS.filter((dimension) => groupBy.includes(dimension))
}

/**
 * The rows that are asked for, sorted by their values, whole days before the next is read where days are kept apart.
 * Throws `TooManyRows`, and whatever `read` throws.
 */
export async function* rowsOf(
  read: (day: string) => Promise<readonly CountedCall[]>,
  query: UsageQuery,
): AsyncGenerator<UsageRow> {
  const { after = [] } = query
  const byDay = query.groupBy.includes('day')
  // The day is the first of the values, so the days before that of `after` hold nothing new.
  const from = byDay && after[0] !== undefined && after[0] > query.from ? after[0] : query.from
  let groups = new Groups(query)
  for (const day of daysFrom(from, query.to)) {
    for (const call of await read(day)) groups.add({ ...call, day })
    if (!byDay) continue
    yield* groups.sorted(after)
    groups = new Groups(query)
  }
  yield* groups.sorted(after)
}

/**
 * The largest sums, the largest first; equal ones stay as they follow each other. No more than twice as many are in
 * memory at a time. Throws what `rows` throws.
 */
export async function* largestOf(rows: AsyncIterable<UsageRow>, most: number): AsyncGenerator<UsageRow> {
  let kept: UsageRow[] = []
  const cut = (): UsageRow[] => kept.sort((one, other) => other.count - one.count).slice(0, most)
  for await (const row of rows) if (kept.push(row) === 2 * most) kept = cut()
  yield* cut()
}

class Groups {
  readonly #where: [keyof Call, string][]
  readonly #groupBy: readonly Dimension[]
  readonly #rows = new Map<string, { readonly values: readonly string[]; count: number }>()

  constructor({ where, groupBy }: UsageQuery) {
    this.#where = Object.entries(where) as [keyof Call, string][]
    this.#groupBy = inOrder(groupBy)
  }

  add(call: CountedCall & { readonly day: string }): void {
    if (!this.#where.every(([dimension, value]) => call[dimension] === value)) return
    const values = this.#groupBy.map((dimension) => call[dimension])
    const key = JSON.stringify(values)
    const row = this.#rows.get(key)
    if (row !== undefined) row.count += call.count
    else if (this.#rows.size < MOST_ROWS) this.#rows.set(key, { values, count: call.count })
    else throw new TooManyRows()
  }

  /** The rows behind the one with these values. */
  sorted(after: readonly string[]): UsageRow[] {
    return [...this.#rows.values()]
      .filter(({ values }) => after.length === 0 || compare(values, after) > 0)
      .sort((one, other) => compare(one.values, other.values))
  }
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? ''
    if (value !== against) return value < against ? -1 : 1
  }
  return 0
}
