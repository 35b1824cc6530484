import { Type } from '@sinclair/typebox'
import type { RateLimit } from '../domain/account.ts'
import { ALIAS_PATTERN } from '../domain/alias.ts'
import { PLANS } from '../domain/plan.ts'
import { PASTED_TOKEN_PATTERN } from '../domain/wati-token.ts'
import { WAIT_FIELD } from './in-force.ts'

const closed = { additionalProperties: false } as const

/** The id in the path. */
export const AccountParams = Type.Object({
  account: Type.String({
    pattern: ALIAS_PATTERN,
    description: 'lower-case letters, digits and dashes, a letter first',
  }),
})

const Token = Type.String({
  pattern: PASTED_TOKEN_PATTERN,
  description: "the account's API token, as Wati shows it",
})

const TokenFrom = Type.Union(
  [
    Type.Object({ env: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,199}$' }) }, closed),
    Type.Object({ file: Type.String({ minLength: 1, maxLength: 1_000 }) }, closed),
  ],
  { description: '{"env": "NAME"} or {"file": "/path"}' },
)

const Limit = Type.Union(
  [
    Type.Object(
      {
        max: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
        windowSeconds: Type.Integer({ minimum: 1, maximum: 86_400 }),
      },
      closed,
    ),
    Type.Null(),
  ],
  { description: '{"max": 60, "windowSeconds": 10}, or null for no limit' },
)

const Limits = Type.Object(
  {
    monthlyCalls: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), Type.Null()], {
        description: 'a whole number, or null for no limit',
      }),
    ),
  },
  { additionalProperties: Limit, description: 'an object of limits by endpoint' },
)

/** What a `PUT` takes: all of an account, the token only where it is new. */
export const AccountBody = Type.Object(
  {
    tenantId: Type.String({ pattern: '^[0-9]{1,20}$', description: 'digits, as a string' }),
    baseUrl: Type.String({
      maxLength: 300,
      description: 'an origin, such as "https://live-mt-server.wati.io"',
    }),
    token: Type.Optional(Token),
    tokenFrom: Type.Optional(TokenFrom),
    plan: Type.Optional(
      Type.Union(
        PLANS.map((plan) => Type.Literal(plan)),
        { description: `one of ${PLANS.join(', ')}` },
      ),
    ),
    limits: Type.Optional(Limits),
    enforceQuota: Type.Optional(Type.Boolean({ description: 'true or false' })),
    description: Type.Optional(
      Type.String({ maxLength: 500, description: 'text of at most 500 characters' }),
    ),
  },
  { ...closed, description: 'a JSON object' },
)

/** What `PUT …/token` takes. */
export const AccountTokenBody = Type.Object(
  {
    token: Token,
    expiresAt: Type.Optional(
      Type.String({ maxLength: 40, description: 'a time such as "2027-01-31T12:00:00Z"' }),
    ),
  },
  { ...closed, description: 'a JSON object' },
)

export const AccountTokenQuery = Type.Object(
  {
    ...WAIT_FIELD,
    verify: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'true or false' }),
    ),
  },
  closed,
)

/** What is shown. No field for the token itself: the serializer could not send one. */
export const AccountAnswer = Type.Object({
  id: Type.String(),
  tenantId: Type.String(),
  baseUrl: Type.String(),
  plan: Type.String(),
  limits: Type.Optional(Type.Record(Type.String(), Type.Any())),
  limitsInForce: Type.Unsafe<Record<string, RateLimit | null>>({
    type: 'object',
    additionalProperties: Limit,
    description: "the plan's with those of `limits` in their place; null where one was lifted",
  }),
  enforceQuota: Type.Optional(Type.Boolean()),
  description: Type.Optional(Type.String()),
  tokenFrom: Type.Optional(
    Type.Object({ env: Type.Optional(Type.String()), file: Type.Optional(Type.String()) }),
  ),
  token: Type.Object({
    fingerprint: Type.Union([Type.String(), Type.Null()]),
    updatedAt: Type.String(),
    expiresAt: Type.Union([Type.String(), Type.Null()]),
  }),
  usage: Type.Object({
    month: Type.String({ description: 'the current one (UTC), such as "2026-11"' }),
    calls: Type.Integer({ description: 'how many calls of this month were sent to Wati' }),
    monthlyCalls: Type.Union([Type.Integer(), Type.Null()], {
      description: 'how many there may be; null when the limit was lifted',
    }),
  }),
  breaker: Type.Optional(
    Type.Object(
      {
        state: Type.Union([Type.Literal('open'), Type.Literal('half-open')]),
        since: Type.String(),
        lastFailure: Type.Object({ at: Type.String(), problem: Type.String(), detail: Type.String() }),
      },
      {
        description: 'there while the replica that answers refuses calls of the account, because Wati fails',
      },
    ),
  ),
  warnings: Type.Array(Type.String()),
  revision: Type.Integer(),
})

export const AccountList = Type.Object({
  items: Type.Array(AccountAnswer),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
