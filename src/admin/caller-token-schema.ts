import { Type } from '@sinclair/typebox'
import { ALIAS_PATTERN } from '../domain/alias.ts'
import { GRANT_PATTERN } from '../domain/caller.ts'
import { PAGE_FIELDS } from './page.ts'

const closed = { additionalProperties: false } as const

const Subject = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\x00-\\x1f\\x7f]+$',
  description: 'the name of the service, at most 200 characters',
})

export const CallerTokenParams = Type.Object({
  jti: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'the jti of a token, at most 256 characters',
  }),
})

export const CallerTokenBody = Type.Object(
  {
    sub: Subject,
    channels: Type.Array(
      Type.String({ pattern: GRANT_PATTERN, description: 'an alias, a prefix such as "latam-*", or "*"' }),
      { maxItems: 1_000, description: 'an array of aliases, prefixes such as "latam-*", or "*"' },
    ),
    scope: Type.String({ minLength: 1, maxLength: 500, description: 'scopes separated by spaces' }),
    channel: Type.Optional(
      Type.String({ pattern: ALIAS_PATTERN, description: 'an alias that channels grants' }),
    ),
    expiresIn: Type.Integer({ minimum: 1, description: 'a whole number of seconds' }),
  },
  { ...closed, description: 'a JSON object' },
)

export const CallerTokenQuery = Type.Object({ ...PAGE_FIELDS, sub: Type.Optional(Subject) }, closed)

const FIELDS = {
  jti: Type.String(),
  sub: Type.Optional(Type.String()),
  channels: Type.Optional(Type.Array(Type.String())),
  scope: Type.Optional(Type.String()),
  channel: Type.Optional(Type.String()),
  issuedAt: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Type.String()),
  revokedAt: Type.Optional(Type.String()),
}

/** What is shown of a token: not the token. */
export const CallerTokenAnswer = Type.Object({ ...FIELDS, revision: Type.Integer() })

/** Shown once, to whoever had it issued. */
export const IssuedTokenAnswer = Type.Object({ ...FIELDS, token: Type.String() })

export const CallerTokenList = Type.Object({
  items: Type.Array(CallerTokenAnswer),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
