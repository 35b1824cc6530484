import { Type } from '@sinclair/typebox'
import { COUNTED_OUTCOMES, DIMENSIONS } from '../usage/call.ts'
import { PAGE_FIELDS } from './page.ts'

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }))
const day = (description: string) => Type.Optional(Type.String({ maxLength: 10, description }))
const name = DIMENSIONS.join('|')

export const UsageParameters = Type.Object(
  {
    limit: PAGE_FIELDS.limit,
    // It holds the values of a row, and a caller's name can be long.
    cursor: Type.Optional(Type.String({ maxLength: 4_000, description: 'a nextCursor that a list gave' })),
    from: day('the first day (UTC), such as "2026-11-01"; without it 29 days before the last'),
    to: day('the last day (UTC), such as "2026-11-30"; without it today'),
    account: text(63, 'the id of an account'),
    channel: text(63, 'an alias'),
    caller: text(256, 'the sub of a caller'),
    operation: text(200, 'the name of an operation, such as "sendTemplateMessage" or "GET contacts"'),
    outcome: Type.Optional(
      Type.Union(
        COUNTED_OUTCOMES.map((outcome) => Type.Literal(outcome)),
        { description: COUNTED_OUTCOMES.join(', ') },
      ),
    ),
    groupBy: Type.Optional(
      Type.String({
        pattern: `^(?:${name})(?:,(?:${name})){0,${DIMENSIONS.length - 1}}$`,
        description: `a list, separated by commas, of ${DIMENSIONS.join(', ')}`,
      }),
    ),
    order: Type.Optional(
      Type.Literal('count', {
        description: 'count: the largest counts, as many as `limit` says, and no more',
      }),
    ),
    format: Type.Optional(
      Type.Literal('csv', { description: 'csv: the same as `Accept: text/csv`, for a link to the file' }),
    ),
  },
  { additionalProperties: false },
)

/** With `groupBy` only the dimensions it names, in every item the same. */
export const UsageItem = Type.Object({
  day: Type.Optional(Type.String()),
  account: Type.Optional(Type.String()),
  channel: Type.Optional(Type.String()),
  caller: Type.Optional(Type.String()),
  operation: Type.Optional(Type.String()),
  outcome: Type.Optional(Type.String()),
  count: Type.Integer(),
})

export const UsageList = Type.Object({
  items: Type.Array(UsageItem),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
