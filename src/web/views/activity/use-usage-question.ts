import { useQuery } from '../../hooks/use-address.ts'
import { PERIODS, type PeriodName, lastDays } from './period.ts'
import { DIMENSIONS, type UsageQuestion } from './usage.ts'

/** What stands in the address, as texts. */
export interface UsageFields {
  readonly by: string
  readonly days: string
  readonly from: string
  readonly to: string
  readonly channel: string
  readonly caller: string
}

const NAMES = ['by', 'days', 'from', 'to', 'channel', 'caller'] as const

/** The question that stands in the address, and a way to change it there. */
export function useUsageQuestion(): [UsageFields, (changed: Partial<UsageFields>) => void] {
  const [query, write] = useQuery()
  const fields = fieldsIn(query)
  return [fields, (changed) => write({ show: 'usage', ...fields, ...changed })]
}

function fieldsIn(query: URLSearchParams): UsageFields {
  const given = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? '']))
  return {
    ...(given as unknown as UsageFields),
    by: DIMENSIONS.find((name) => name === given['by']) ?? 'channel',
    days: PERIODS.find((name) => name === given['days']) ?? '30',
  }
}

/** What is asked of the gateway for it. */
export function questionOf({ by, days, from, to, channel, caller }: UsageFields): UsageQuestion {
  const usual = lastDays(days === 'own' ? 30 : Number(days))
  const own = { from: from === '' ? usual.from : from, to: to === '' ? usual.to : to }
  return {
    period: (days as PeriodName) === 'own' ? own : usual,
    by: by as UsageQuestion['by'],
    ...{ channel, caller },
  }
}
