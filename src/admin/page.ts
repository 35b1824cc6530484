import { Type } from '@sinclair/typebox'
import { Refusal } from '../errors.ts'

const USUAL_LIMIT = 100
const HIGHEST_LIMIT = 1_000
/** What a request may look at before it lets others have their turn: some milliseconds, however long the list is. */
const MOST_LOOKED_AT = 20_000

/** `?limit=&cursor=` of every list. */
export const PAGE_FIELDS = {
  limit: Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: `a whole number from 1 to ${HIGHEST_LIMIT}` }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'a nextCursor that a list gave' })),
}

export const PageQuery = Type.Object(PAGE_FIELDS, { additionalProperties: false })

/** Of every list. */
export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description:
    'Ask with it for the next page; null on the last. A page that is not the last may hold fewer items than ' +
    '`limit`, even none: of a long list only a part is searched at a time, and the next page goes on from there.',
})

export interface Page<T> {
  readonly items: T[]
  /** Ask with it for the next page; null on the last, and only there: a page may be empty. */
  readonly nextCursor: string | null
}

interface Asked {
  readonly limit?: string
  readonly cursor?: string
}

/** How many items a page may have. */
export function limitOf({ limit }: Asked): number {
  const asked = Number(limit ?? USUAL_LIMIT)
  if (asked > HIGHEST_LIMIT)
    throw new Refusal('invalid-request', `The limit must be at most ${HIGHEST_LIMIT}.`)
  return asked
}

/**
 * One page of records, in the order of their names. Names that come in between do not shift the pages. It ends early
 * where too many records were looked at; its cursor goes on from there.
 */
export function pageOf<T>(
  records: { after(name: string): Iterable<T> },
  nameOf: (record: T) => string,
  asked: Asked,
  isWanted: (record: T) => boolean = () => true,
): Page<T> {
  const limit = limitOf(asked)
  const after = asked.cursor === undefined ? '' : Buffer.from(asked.cursor, 'base64url').toString()
  const items: T[] = []
  let lookedAt = 0
  let last: T | undefined
  for (const record of records.after(after)) {
    const wanted = isWanted(record)
    const isFull = lookedAt === MOST_LOOKED_AT || (wanted && items.length === limit)
    if (isFull && last !== undefined) return { items, nextCursor: printCursor(nameOf(last)) }
    if (wanted) items.push(record)
    lookedAt += 1
    last = record
  }
  return { items, nextCursor: null }
}

function printCursor(name: string): string {
  return Buffer.from(name).toString('base64url')
}
