/** The first and the last day (UTC), both included. */
export interface Period {
  readonly from: string
  readonly to: string
}

export const PERIODS = ['7', '30', '90', 'own'] as const
export type PeriodName = (typeof PERIODS)[number]

const DAY_MS = 86_400_000

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** The last so many days, today with them. */
export function lastDays(count: number, now = Date.now()): Period {
  return { from: dayOf(now - (count - 1) * DAY_MS), to: dayOf(now) }
}

/** Every day of a period; `undefined` when there are more than `most`. What is no day the gateway refuses. */
export function daysOf({ from, to }: Period, most: number): string[] | undefined {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  if (Number.isNaN(first) || Number.isNaN(last)) return []
  const count = Math.max(0, Math.round((last - first) / DAY_MS) + 1)
  return count > most ? undefined : Array.from({ length: count }, (_, day) => dayOf(first + day * DAY_MS))
}
