import { Type } from '@sinclair/typebox'

export const TroubleList = Type.Object({
  items: Type.Array(
    Type.Object({
      level: Type.Union([Type.Literal('error'), Type.Literal('warning')], {
        description: 'error: something does not work; warning: all works, and something will hurt soon',
      }),
      name: Type.String({ description: 'the kind of trouble, such as "token-expired": it stays the same' }),
      text: Type.String({ description: 'one sentence that says what is wrong and what to do' }),
      target: Type.Optional(
        Type.Object(
          { kind: Type.String(), id: Type.String() },
          {
            description: 'what it is about, such as the account "acme"; missing when it is about everything',
          },
        ),
      ),
    }),
  ),
})
