import { Type } from 'typebox'
import { Refusal } from '../errors.ts'

const USUAL_LIMIT = 100
const HIGHEST_LIMIT = 1_000

/** `?limit=&cursor=` of every list. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: `a whole number from 1 to ${HIGHEST_LIMIT}` }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 200, description: 'a nextCursor that a list gave' })),
  },
  { additionalProperties: false },
)

export interface Page<T> {
  readonly items: T[]
  /** Ask with it for the next page; null on the last. */
  readonly nextCursor: string | null
}

/** One page of records, in the order of their names. Names that come in between do not shift the pages. */
export function pageOf<T>(
  records: Iterable<T>,
  nameOf: (record: T) => string,
  query: { limit?: string; cursor?: string },
): Page<T> {
  const limit = Number(query.limit ?? USUAL_LIMIT)
  if (limit > HIGHEST_LIMIT)
    throw new Refusal('invalid-request', `The limit must be at most ${HIGHEST_LIMIT}.`)
  const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString()
  const rest = [...records].filter((record) => nameOf(record) > after)
  rest.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const isLastPage = last === undefined || rest.length <= limit
  return { items, nextCursor: isLastPage ? null : Buffer.from(nameOf(last)).toString('base64url') }
}
