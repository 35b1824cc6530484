import { Type } from '@sinclair/typebox'

const Check = Type.Object({
  name: Type.Union([
    Type.Literal('baseUrl'),
    Type.Literal('token'),
    Type.Literal('number'),
    Type.Literal('enabled'),
  ]),
  ok: Type.Boolean(),
  detail: Type.String({ description: 'one sentence for people' }),
})

/** What a check found: `ok` when all of it is. */
export const CheckAnswer = Type.Object({ ok: Type.Boolean(), checks: Type.Array(Check) })
