import { Type } from '@sinclair/typebox'
import { PROBLEMS, type ProblemName } from '../errors.ts'

/** A problem document (RFC 9457), as every refusal is one. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:wati-gateway:problem:<name>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'what is wrong, and what to do' }),
    origin: Type.Literal('gateway'),
    requestId: Type.String({ description: 'as in the answer header x-request-id, the log and the audit' }),
    outcome: Type.Optional(Type.String({ description: 'of a request to Wati that failed' })),
  },
  { description: 'a refusal (RFC 9457)' },
)

/** For the description: the refusals, by their statuses. */
export function problemResponses(problems: readonly ProblemName[]): Record<string, object> {
  const titles = new Map<number, string[]>()
  for (const problem of new Set(problems)) {
    const { status, title } = PROBLEMS[problem]
    titles.set(status, [...(titles.get(status) ?? []), `\`${problem}\`: ${title}.`])
  }
  return Object.fromEntries(
    [...titles].map(([status, sentences]) => [String(status), problemResponse(sentences.join(' '))]),
  )
}

function problemResponse(description: string): object {
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description, content: { 'application/problem+json': { schema } } }
}
