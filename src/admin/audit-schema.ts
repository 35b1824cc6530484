import { Type } from '@sinclair/typebox'
import { PAGE_FIELDS } from './page.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
const time = Type.Optional(
  Type.String({ maxLength: 40, description: 'a time such as "2027-01-31T12:00:00Z"' }),
)

export const AuditQuery = Type.Object(
  {
    ...PAGE_FIELDS,
    order: Type.Optional(
      Type.Union([Type.Literal('asc'), Type.Literal('desc')], { description: 'asc or desc' }),
    ),
    actor: text('the sub of an admin'),
    action: text('an action such as "channel.update"'),
    kind: text('account, channel, token, keys or directory'),
    id: text('the name of an account, a channel or a token'),
    requestId: text('the id of a request'),
    since: time,
    until: time,
  },
  { additionalProperties: false },
)

const Nullable = Type.Union([Type.String(), Type.Null()])

export const AuditItem = Type.Object({
  id: Type.String(),
  at: Nullable,
  actor: Type.Object({ sub: Nullable, jti: Nullable, address: Nullable }),
  action: Type.String(),
  target: Type.Object({ kind: Type.String(), id: Type.String() }),
  changes: Type.Array(
    Type.Object({ field: Type.String(), from: Type.Optional(Type.Any()), to: Type.Optional(Type.Any()) }),
  ),
  requestId: Nullable,
})

export const AuditList = Type.Object({ items: Type.Array(AuditItem), nextCursor: Nullable })
