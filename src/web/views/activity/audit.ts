import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'
import type { ListPage } from '../../hooks/use-pages.ts'

type Get = paths['/v1/audit']['get']
type Body = Get['responses'][200]['content']['application/json']

/** One change, as the audit tells of it. */
export type Change = Body['items'][number]
export type FieldChange = Change['changes'][number]

/** What the list is filtered by, as it stands in the address. */
export const FILTERS = ['actor', 'action', 'kind', 'id', 'since', 'until'] as const
export type Filters = Readonly<Record<(typeof FILTERS)[number], string>>

export const PAGE_LENGTH = 25

export function filtersIn(query: URLSearchParams): Filters {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ''])) as Filters
}

/** A page of the changes that match, the newest first. Throws a `Problem`. */
export async function readAudit(
  { since, until, ...filters }: Filters,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ListPage<Change>> {
  const given = Object.entries({ ...filters, since: toTime(since), until: toTime(until) })
  const filled: NonNullable<Get['parameters']['query']> = Object.fromEntries(
    given.filter(([, value]) => value !== ''),
  )
  const query = { ...filled, limit: String(PAGE_LENGTH), ...(cursor !== undefined && { cursor }) }
  const { body } = await answer(
    api.GET('/v1/audit', { params: { query: { ...query, order: 'desc' } }, signal }),
  )
  return 'items' in body ? body : { items: [], nextCursor: null }
}

/** What a field for date and time holds is of the browser's time zone. What is no time the gateway refuses. */
function toTime(local: string): string {
  const time = new Date(local)
  return Number.isNaN(time.getTime()) ? local : time.toISOString()
}
