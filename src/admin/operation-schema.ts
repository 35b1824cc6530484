import { Type } from '@sinclair/typebox'
import { SCOPES } from '../domain/caller.ts'
import { oneOf } from './one-of.ts'

const texts = (description: string) => Type.Array(Type.String(), { description })

const Target = Type.Object(
  {
    in: oneOf(['path', 'body', 'contacts', 'recipients'], {
      description: 'where targets stand; `contacts` and `recipients` are arrays of the body',
    }),
    prefix: oneOf(['set', 'replace'], {
      description: "set: the prefix is always the channel's; replace: only where the caller wrote one",
    }),
  },
  { description: 'only where targets name the channel by their prefix' },
)

const ChannelNumber = Type.Object(
  {
    query: texts('the fields of the query'),
    body: texts('the fields of the body, when there is one'),
    target: Type.Optional(Target),
  },
  { description: "where the gateway writes the channel's number; if nowhere, the answer is the account's" },
)

export const OperationList = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String({ description: 'as usage, limits and logs name it; v1 and v2 share names' }),
      version: oneOf(['v1', 'v2', 'v3']),
      method: oneOf(['GET', 'POST', 'PUT']),
      path: Type.String({
        description: "Wati's path after the tenant; what stands in braces the caller fills in",
      }),
      scope: oneOf(SCOPES, { description: 'what a token needs for it' }),
      bodies: Type.Array(oneOf(['none', 'json', 'form', 'multipart']), {
        description: 'the kinds of body it takes; none: an empty one',
      }),
      number: ChannelNumber,
      isDownload: Type.Boolean({ description: 'Wati answers with a file' }),
    }),
  ),
})
