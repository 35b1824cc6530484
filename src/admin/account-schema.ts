import { Type } from 'typebox'
import { ALIAS_PATTERN } from '../domain/alias.ts'
import { PLANS } from '../domain/plan.ts'

/** The id in the path. */
export const AccountParams = Type.Object({
  account: Type.String({
    pattern: ALIAS_PATTERN,
    description: 'lower-case letters, digits and dashes, a letter first',
  }),
})

/** What a `PUT` takes: all of an account, the token only where it is new. */
export const AccountBody = Type.Object(
  {
    tenantId: Type.String({ pattern: '^[0-9]{1,20}$', description: 'digits, as a string' }),
    baseUrl: Type.String({
      maxLength: 300,
      description: 'an origin, such as "https://live-mt-server.wati.io"',
    }),
    token: Type.Optional(
      Type.String({
        pattern: '^\\s*(?:[Bb][Ee][Aa][Rr][Ee][Rr]\\s+)?[\\x21-\\x7e]{8,4096}\\s*$',
        description: "the account's API token, as Wati shows it",
      }),
    ),
    plan: Type.Optional(
      Type.Union(
        PLANS.map((plan) => Type.Literal(plan)),
        { description: `one of ${PLANS.join(', ')}` },
      ),
    ),
    description: Type.Optional(
      Type.String({ maxLength: 500, description: 'text of at most 500 characters' }),
    ),
  },
  { additionalProperties: false, description: 'a JSON object' },
)

/** What is shown. No token field: the serializer could not send one. */
export const AccountAnswer = Type.Object({
  id: Type.String(),
  tenantId: Type.String(),
  baseUrl: Type.String(),
  plan: Type.String(),
  description: Type.Optional(Type.String()),
  token: Type.Object({ fingerprint: Type.String(), updatedAt: Type.String() }),
  revision: Type.Integer(),
})

export const AccountList = Type.Object({
  items: Type.Array(AccountAnswer),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
