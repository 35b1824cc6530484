import { Type } from 'typebox'
import { Refusal } from '../errors.ts'

const USUAL_LIMIT = 100
const HIGHEST_LIMIT = 1_000

/** `?limit=&cursor=` of every list. */
export const PAGE_FIELDS = {
  limit: Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: `a whole number from 1 to ${HIGHEST_LIMIT}` }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'a nextCursor that a list gave' })),
}

export const PageQuery = Type.Object(PAGE_FIELDS, { additionalProperties: false })

export interface Page<T> {
  readonly items: T[]
  /** Ask with it for the next page; null on the last. */
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

/** One page of records, in the order of their names. Names that come in between do not shift the pages. */
export function pageOf<T>(
  records: { after(name: string): Iterable<T> },
  nameOf: (record: T) => string,
  asked: Asked,
  isWanted: (record: T) => boolean = () => true,
): Page<T> {
  const limit = limitOf(asked)
  const after = asked.cursor === undefined ? '' : Buffer.from(asked.cursor, 'base64url').toString()
  const items: T[] = []
  for (const record of records.after(after)) {
    if (!isWanted(record)) continue
    const last = items.at(-1)
    if (items.length === limit && last !== undefined)
      return { items, nextCursor: Buffer.from(nameOf(last)).toString('base64url') }
    items.push(record)
  }
  return { items, nextCursor: null }
}
