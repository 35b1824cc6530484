import { type TSchema, Type } from '@sinclair/typebox'
import { ALIAS_PATTERN } from '../domain/alias.ts'
import { NextCursor, PAGE_FIELDS } from './page.ts'
import { textsByName } from './texts-by-name.ts'

const closed = { additionalProperties: false } as const

const Alias = Type.String({
  pattern: ALIAS_PATTERN,
  description: 'lower-case letters, digits and dashes, a letter first',
})
const NAMES = { propertyNames: { maxLength: 63 } } as const

const Labels = textsByName<string>(Type.String({ maxLength: 255 }), {
  ...NAMES,
  maxProperties: 32,
  description: 'an object of at most 32 short texts',
})
const Text = Type.String({ maxLength: 500, description: 'text of at most 500 characters' })
const Enabled = Type.Boolean({ description: 'true or false' })
const Weight = Type.Integer({ minimum: 1, maximum: 1_000, description: 'a whole number from 1 to 1000' })
const MonthlyCalls = Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), Type.Null()], {
  description: 'a whole number, or null for no limit',
})
const Number = Type.String({
  maxLength: 40,
  description: 'a WhatsApp number with its country code, as a string',
})

/** The alias in the path. */
export const ChannelParams = Type.Object({ alias: Alias })

/** What a `PUT` takes: all of a channel. */
export const ChannelBody = Type.Object(
  {
    account: Alias,
    number: Number,
    enabled: Type.Optional(Enabled),
    description: Type.Optional(Text),
    weight: Type.Optional(Weight),
    monthlyCalls: Type.Optional(MonthlyCalls),
    labels: Type.Optional(Labels),
  },
  { ...closed, description: 'a JSON object' },
)

const orNull = (schema: TSchema & { description?: string }) =>
  Type.Optional(Type.Union([schema, Type.Null()], { description: `${schema.description ?? ''}, or null` }))

/** What a `PATCH` takes: what is to change (JSON merge patch, RFC 7396); `null` takes a field away. */
export const ChannelPatch = Type.Object(
  {
    account: Type.Optional(Alias),
    number: Type.Optional(Number),
    enabled: orNull(Enabled),
    description: orNull(Text),
    weight: orNull(Weight),
    monthlyCalls: Type.Optional(MonthlyCalls),
    labels: orNull(
      textsByName<string | null>(Type.Union([Type.String({ maxLength: 255 }), Type.Null()]), {
        ...NAMES,
        maxProperties: 64,
        description: 'an object of short texts, null for those to take away',
      }),
    ),
  },
  { ...closed, description: 'a JSON object' },
)

export const ChannelQuery = Type.Object(
  {
    ...PAGE_FIELDS,
    account: Type.Optional(Alias),
    enabled: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'true or false' }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'a text of 1 to 100 characters, to be found in alias, number or description',
      }),
    ),
  },
  closed,
)

export const ChannelAnswer = Type.Object({
  alias: Type.String(),
  account: Type.String(),
  number: Type.String(),
  enabled: Type.Boolean(),
  description: Type.Optional(Type.String()),
  weight: Type.Optional(Type.Integer()),
  monthlyCalls: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  labels: Type.Optional(textsByName<string>(Type.String())),
  revision: Type.Integer(),
})

export const ChannelList = Type.Object({
  items: Type.Array(ChannelAnswer),
  nextCursor: NextCursor,
})
