import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ProblemName, Refusal, problemDocument } from './errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The refusal the request was answered with; for the log. */
    refusal: Refusal | undefined
  }
}

/** Fastify's own errors, in the words of the contract. */
const BY_CODE: Readonly<Record<string, [ProblemName, string]>> = {
  FST_ERR_VALIDATION: ['invalid-request', 'The request is not valid'],
  FST_ERR_BAD_URL: ['malformed-request', 'The path holds a percent code that is not valid.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'The content-type is not one this request can have.',
  ],
  FST_ERR_CTP_INVALID_TYPE: ['unsupported-media-type', 'The content-type is not one this request can have.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is too large.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed-request',
    'The body is not as long as its content-length says.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-request', 'The body is empty: send JSON.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'The body is not valid JSON.'],
}

/** Answers every error of an instance as a problem document (RFC 9457), and logs those that are ours. */
export function answerWithProblems(app: FastifyInstance): void {
  app.decorateRequest('refusal', undefined)
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerRefusal(toRefusal(error), request, reply),
  )
}

export function answerRefusal(refusal: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // A caller that is gone is no failure of ours; and what has no cause is told by the request's own line.
  if (refusal.status >= 500 && refusal.cause !== undefined && !reply.raw.destroyed) {
    request.log.error({ problem: refusal.problem, err: refusal.cause }, 'a request failed')
  }
  request.refusal = refusal
  const { status, headers, body } = printRefusal(refusal, request.id)
  return reply.code(status).headers(headers).send(body)
}

/** A refusal as it leaves. */
export function printRefusal(
  refusal: Refusal,
  requestId: string,
): { status: number; headers: Record<string, string>; body: Buffer } {
  return {
    status: refusal.status,
    headers: {
      ...refusal.headers,
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    },
    body: Buffer.from(JSON.stringify(problemDocument(refusal, requestId))),
  }
}

/** What an error means for whoever called. */
export function toRefusal(error: FastifyError | Error): Refusal {
  if (error instanceof Refusal) return error
  const known = 'code' in error ? BY_CODE[error.code] : undefined
  if (known !== undefined) {
    const [problem, detail] = known
    const isValidation = 'validation' in error
    return new Refusal(problem, isValidation ? `${detail}: ${error.message}.` : detail, { cause: error })
  }
  return new Refusal('internal-error', 'The gateway failed. Its log says why, under this requestId.', {
    cause: error,
  })
}

/** Bytes that are no HTTP request: there is no request to answer, so the answer is written by hand. */
export function answerBrokenConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  log: FastifyBaseLogger,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const requestId = randomUUID()
  const refusal = new Refusal('malformed-request', describeParserError(error.code))
  log.info({ requestId, problem: refusal.problem, code: error.code }, 'a connection brought no HTTP request')
  const body = JSON.stringify(problemDocument(refusal, requestId))
  const head = [
    `HTTP/1.1 400 ${STATUS_CODES[400] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function describeParserError(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'The header of the request is too large.'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'The request did not arrive in time.'
    default:
      return 'What arrived is not a well-formed HTTP request.'
  }
}
