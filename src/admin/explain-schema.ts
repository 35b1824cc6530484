import { Type } from '@sinclair/typebox'
import { ALIAS_PATTERN } from '../domain/alias.ts'
import { textsByName } from './texts-by-name.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** A request as a caller would send it, without its token. */
export const ExplainBody = Type.Object(
  {
    channel: Type.String({ pattern: ALIAS_PATTERN, description: 'an alias, such as "sales"' }),
    method: Type.Union(
      METHODS.map((method) => Type.Literal(method)),
      { description: `one of ${METHODS.join(', ')}` },
    ),
    path: Type.String({
      pattern: '^/',
      description: 'Wati\'s own path with its query, such as "/api/v1/getMessages/5511988887777?pageSize=10"',
    }),
    headers: Type.Optional(
      textsByName<string>(Type.String(), { description: 'an object of texts by header name' }),
    ),
    body: Type.Optional(
      Type.String({ description: 'the body as a text: JSON too is sent as a string here' }),
    ),
  },
  { additionalProperties: false, description: 'a JSON object' },
)

const ShownRequest = Type.Object({
  method: Type.String(),
  url: Type.String(),
  headers: textsByName<string>(Type.String(), {
    description: 'by lower-case name, without the lines that only frame the message on its connection',
  }),
  body: Type.String(),
  bodyEncoding: Type.Optional(Type.Literal('base64', { description: 'only when the body is no text' })),
})

const Change = Type.Object({
  where: Type.Union([
    Type.Literal('path'),
    Type.Literal('query'),
    Type.Literal('body'),
    Type.Literal('target'),
    Type.Literal('header'),
  ]),
  name: Type.String(),
  action: Type.Union([Type.Literal('set'), Type.Literal('removed'), Type.Literal('dropped')]),
  value: Type.Optional(Type.String({ description: 'what is written now, or what the caller had named' })),
})

/** The request Wati would get and what was changed in it, or the problem document the caller would get. */
export const ExplainAnswer = Type.Union([
  Type.Object({ request: ShownRequest, changes: Type.Array(Change) }),
  Type.Object({ refusal: Type.Record(Type.String(), Type.Unknown()) }),
])
