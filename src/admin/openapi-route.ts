import type { FastifySchema, RouteOptions } from 'fastify'
import { Type } from '@sinclair/typebox'
import type { ProblemName } from '../errors.ts'
import { AuditItem } from './audit-schema.ts'
import { ROUTE_TEXTS, type RouteText } from './openapi-routes.ts'
import { problemResponses } from './problem-schema.ts'

/** What a route checks with, and what is to be said of it beside: as `@fastify/swagger` wants it. */
export function describeRoute(
  { method, url, config }: Pick<RouteOptions, 'method' | 'url' | 'config'>,
  schema: FastifySchema = {},
): FastifySchema {
  const verb = String(method)
  const text = ROUTE_TEXTS[`${verb} ${url}`]
  if (text === undefined) return schema
  const isWrite = verb !== 'GET'
  const isCreating = verb === 'PUT' && !url.endsWith('/token')
  const scope = config?.scope ?? (isWrite ? 'admin:write' : 'admin:read')
  const { operationId, summary, tag, description } = text
  return {
    ...schema,
    ...{ operationId, summary, tags: [tag], ...(description !== undefined && { description }) },
    security: tag === 'operation' ? [] : [{ admin: [scope] }],
    ...(verb === 'PATCH' && { consumes: ['application/merge-patch+json', 'application/json'] }),
    ...(isWrite && text.revision && { headers: isCreating ? IF_MATCH_OR_NONE : IF_MATCH }),
    response: {
      ...successes(verb, url, schema, text),
      ...problemResponses(refusalsOf(schema, text, isWrite)),
    },
  }
}

const IF_MATCH = {
  type: 'object',
  properties: {
    'if-match': {
      type: 'string',
      description: 'the ETag of the record that the change was decided on: on another it is refused (412)',
    },
  },
}

const IF_MATCH_OR_NONE = {
  ...IF_MATCH,
  properties: {
    ...IF_MATCH.properties,
    'if-none-match': {
      type: 'string',
      description: '"*": the record must not exist yet, else it is refused (412)',
    },
  },
}

/** What an answer has beside its body. */
const ETAG = { etag: { type: 'string', description: 'the revision of the record, in quotes' } }
const APPLIED = {
  'wati-gateway-applied': {
    type: 'string',
    description: 'after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away',
  },
}

function successes(
  verb: string,
  url: string,
  schema: FastifySchema,
  { answer, revision }: RouteText,
): Record<string, object> {
  const isWaiting = Object.hasOwn(propertiesOf(schema.querystring), 'wait')
  const headers = {
    ...(revision && verb !== 'DELETE' && ETAG),
    ...(isWaiting && APPLIED),
  }
  const about = { description: answer, ...(Object.keys(headers).length > 0 && { headers }) }
  const given = Object.entries((schema.response ?? {}) as Record<string, object>)
  if (verb === 'DELETE') return { 204: { ...about, type: 'null' } }
  if (given.length === 0) return { 200: { ...about, ...(BODIES[url] ?? { type: 'object' }) } }
  // A PUT makes what is not there.
  const statuses = (status: string): string[] => (status === '2xx' ? ['200', '201'] : [status])
  return Object.fromEntries(
    given.flatMap(([status, body]) =>
      statuses(status).map((one) => [one, { ...bodyOf(url, body), ...about }]),
    ),
  )
}

/** Of the routes that describe none themselves. */
const BODIES: Readonly<Record<string, object>> = {
  '/healthz': Type.Object({ status: Type.Literal('alive') }),
  '/readyz': Type.Object({
    status: Type.Union([Type.Literal('ready'), Type.Literal('degraded')]),
    directory: Type.Optional(Type.String({ description: 'blind or lost, while degraded' })),
  }),
  '/metrics': { content: { 'text/plain': { schema: { type: 'string' } } } },
}

function bodyOf(url: string, schema: object): object {
  if (url === '/v1/usage')
    return { content: { 'application/json': { schema }, 'text/csv': { schema: { type: 'string' } } } }
  if (url !== '/v1/audit') return schema
  return { content: { 'application/json': { schema }, 'application/jsonl': { schema: AuditItem } } }
}

function refusalsOf(
  schema: FastifySchema,
  { tag, revision, refusals = [] }: RouteText,
  isWrite: boolean,
): ProblemName[] {
  // Bytes that are no HTTP request are refused anywhere.
  if (tag === 'operation') return ['malformed-request', ...refusals]
  return [
    ...(['invalid-request', 'unauthenticated', 'scope-missing'] as const),
    ...(schema.body !== undefined ? (['body-too-large', 'unsupported-media-type'] as const) : []),
    ...(revision && isWrite ? (['revision-mismatch'] as const) : []),
    ...refusals,
    'store-unavailable',
  ]
}

function propertiesOf(schema: unknown): object {
  return (schema as { properties?: object } | undefined)?.properties ?? {}
}
