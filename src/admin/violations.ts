import type { FastifyInstance } from 'fastify'

type SchemaErrorFormatter = Parameters<FastifyInstance['setSchemaErrorFormatter']>[0]

/** Says which field is wrong and what it must be, never what was sent: it may be a token. */
export const describeViolations: SchemaErrorFormatter = (errors, part) => {
  // Of a field with several forms, Ajv tells first why it has none of them, and last what they are.
  const violation = errors.at(-1)
  if (violation === undefined) return new Error(`the ${part} is not valid`)
  const { keyword, instancePath, params, message } = violation
  const path = instancePath.slice(1).replaceAll('/', '.')
  // As JSON, so that a name with a line break or a quote shows what it is.
  const named = (name: unknown): string =>
    `the field ${JSON.stringify(`${path === '' ? '' : `${path}.`}${String(name)}`)}`
  if (keyword === 'additionalProperties')
    return new Error(`${named(params['additionalProperty'])} is not known`)
  if (keyword === 'required') return new Error(`${named(params['missingProperty'])} is missing`)
  const field =
    path === '' ? `the ${part === 'body' ? 'body' : 'query'}` : `the field ${JSON.stringify(path)}`
  return new Error(
    `${field} must be ${descriptionOf(violation) ?? message?.replace(/^must be /, '') ?? 'of another form'}`,
  )
}

/** The schema's own words; Ajv hands the schema over because `verbose` is on. */
function descriptionOf(violation: object): string | undefined {
  const { parentSchema } = violation as { parentSchema?: { description?: string } }
  return parentSchema?.description
}
