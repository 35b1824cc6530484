import { Type } from 'typebox'
import { ALIAS_PATTERN } from '../domain/alias.ts'

const Alias = Type.String({
  pattern: ALIAS_PATTERN,
  description: 'lower-case letters, digits and dashes, a letter first',
})
const Labels = Type.Record(Type.String({ maxLength: 63 }), Type.String({ maxLength: 255 }), {
  maxProperties: 32,
  description: 'an object of at most 32 short texts',
})

/** The alias in the path. */
export const ChannelParams = Type.Object({ alias: Alias })

/** What a `PUT` takes: all of a channel. */
export const ChannelBody = Type.Object(
  {
    account: Alias,
    number: Type.String({
      maxLength: 40,
      description: 'a WhatsApp number with its country code, as a string',
    }),
    enabled: Type.Optional(Type.Boolean({ description: 'true or false' })),
    description: Type.Optional(
      Type.String({ maxLength: 500, description: 'text of at most 500 characters' }),
    ),
    labels: Type.Optional(Labels),
  },
  { additionalProperties: false, description: 'a JSON object' },
)

export const ChannelAnswer = Type.Object({
  alias: Type.String(),
  account: Type.String(),
  number: Type.String(),
  enabled: Type.Boolean(),
  description: Type.Optional(Type.String()),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  revision: Type.Integer(),
})

export const ChannelList = Type.Object({
  items: Type.Array(ChannelAnswer),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
