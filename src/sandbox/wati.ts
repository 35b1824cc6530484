import type { IncomingMessage } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Account } from './account.ts'
import { empty, inV3, Refusal, type Answer } from './answer.ts'
import { readBody, type Received } from './body.ts'
import { asPlainText, breakRequest, withRetryAfter } from './break-request.ts'
import type { Faults } from './faults.ts'
import { readPairs } from './fields.ts'
import type { PlanLimits } from './limits.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import type { SeenRequests } from './seen-requests.ts'
import { readUpload, type Upload } from './upload.ts'

/** What the imitated API works with. */
export interface WatiParts {
  readonly tenantId: string
  readonly account: Account
  readonly limits: PlanLimits
  readonly faults: Faults
  readonly requests: SeenRequests
  readonly bodyLimitBytes: number
  /** Does a 429 of the plan's limits say when to come again? */
  readonly retryAfter: boolean
  /** Is the JSON of every answer called `text/plain`? */
  readonly plainText: boolean
  readonly closing: AbortSignal
}

interface WatiRequest extends FastifyRequest {
  readonly params: Readonly<Record<string, string | undefined>>
}

const NO_BYTES = Buffer.alloc(0)

/** Wati's API: the operations of the table, and nothing but 404 beside them. */
export async function wati(app: FastifyInstance, parts: WatiParts): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: parts.bodyLimitBytes },
    async function keepBytes(_request: FastifyRequest, bytes: Buffer) {
      return bytes
    },
  )
  app.addContentTypeParser(
    'multipart/form-data',
    async function takeApart(request: FastifyRequest, payload: IncomingMessage) {
      return readUpload(payload, request.headers['content-type'] ?? '')
    },
  )
  app.addHook('preHandler', async function see(request) {
    parts.requests.add(request.raw, receivedBy(request))
  })
  app.setErrorHandler(function answerUnread(error: Partial<FastifyError>, request, reply) {
    // A body that could not be read never got as far as the hook above.
    if (error.code?.startsWith('FST_ERR_CTP_') === true) parts.requests.add(request.raw, NO_BYTES)
    return send(reply, empty(error.statusCode ?? 500))
  })
  app.setNotFoundHandler(function answerUnknown(_request, reply) {
    return send(reply, empty(404))
  })
  for (const operation of OPERATIONS) {
    app.route<{ Params: WatiRequest['params'] }>({
      method: operation.method,
      url: operation.path,
      handler: (request, reply) => answer(operation, request, reply, parts),
    })
  }
}

async function answer(
  operation: Operation,
  request: WatiRequest,
  reply: FastifyReply,
  parts: WatiParts,
): Promise<FastifyReply> {
  const ordinary = () => ordinaryAnswer(operation, request, parts)
  const fault = parts.faults.take(operation.name)
  if (fault === undefined) return send(reply, ordinary())
  const broken = await breakRequest(fault, ordinary, reply, parts.closing)
  return broken === undefined ? reply : send(reply, broken)
}

/** What Wati does when nothing is broken. */
function ordinaryAnswer(operation: Operation, request: WatiRequest, parts: WatiParts): Answer {
  if (!parts.requests.isRight(request.headers.authorization)) return empty(401)
  if (operation.version !== 'v3' && request.params['tenantId'] !== parts.tenantId) return empty(404)
  const waitSeconds = parts.limits.take(operation.name)
  if (waitSeconds !== undefined) {
    return withRetryAfter(empty(429), parts.retryAfter ? waitSeconds : undefined)
  }
  const said = actOn(operation, request, parts.account)
  return parts.plainText ? asPlainText(said) : said
}

function actOn(operation: Operation, request: WatiRequest, account: Account): Answer {
  try {
    const { fields, files } = readBody(receivedBy(request), request.headers['content-type'], operation.bodies)
    return operation.act({
      account,
      operation: operation.name,
      path: request.params,
      query: readPairs(queryOf(request)),
      body: fields,
      files,
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return operation.version === 'v3' ? inV3(error, account.timestamp()) : error.answer
  }
}

/** What the two content type parsers gave; nothing when the request had no body. */
function receivedBy(request: FastifyRequest): Received {
  return (request.body as Buffer | Upload | null | undefined) ?? NO_BYTES
}

/** The query as it was received; Fastify's own reading of it gathers repeated names into lists. */
function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return mark === -1 ? '' : url.slice(mark + 1)
}

function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  // Fastify calls an empty string text/plain; an empty answer has no type.
  return reply
    .code(status)
    .headers(headers)
    .send(body === '' ? undefined : body)
}
