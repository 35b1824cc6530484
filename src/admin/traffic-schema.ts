import { Type } from '@sinclair/typebox'

const count = Type.Integer()

export const TrafficQuery = Type.Object(
  {
    span: Type.Optional(
      Type.Union([Type.Literal('hour'), Type.Literal('day')], {
        description: 'hour (60 steps of a minute) or day (96 steps of a quarter of an hour); without it hour',
      }),
    ),
  },
  { additionalProperties: false },
)

export const TrafficAnswer = Type.Object({
  span: Type.String(),
  stepSeconds: Type.Integer(),
  items: Type.Array(
    Type.Object({
      at: Type.String({ format: 'date-time', description: 'when the step begins (UTC)' }),
      accepted: count,
      refused: count,
      unknown: count,
      not_sent: count,
    }),
  ),
})
