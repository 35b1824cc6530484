import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Outcome, readOutcome } from '../wati/outcome.ts'
import { refusalForUnusable } from '../wati/unusable-answer.ts'
import type { WatiAnswer } from '../wati/wati-call.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What became of the request at Wati, once that is known; for the log. */
    outcome: Outcome | undefined
  }
}

/** What of Wati's header the caller may see. No cookie, no location, nothing that speaks of a connection. */
const PASSED_BACK = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'etag',
  'last-modified',
  'expires',
  'retry-after',
] as const

/**
 * Gives Wati's answer with its status and bytes unchanged, and says what it means for the request.
 * Throws a refusal for the answers that are none: 401, redirects, a page instead of JSON.
 */
export function answer(request: FastifyRequest, reply: FastifyReply, received: WatiAnswer): FastifyReply {
  const { status, headers, body } = received
  const refusal = refusalForUnusable(received, request.located.operation)
  if (refusal !== undefined) {
    if (!Buffer.isBuffer(body)) body.destroy()
    throw refusal
  }
  request.outcome = readOutcome(status, Buffer.isBuffer(body) ? body : undefined)
  reply.code(status).header('wati-gateway-outcome', request.outcome)
  for (const name of PASSED_BACK) {
    const value = headers[name]
    if (value !== undefined) reply.header(name, value)
  }
  if (!Buffer.isBuffer(body)) return reply.send(body)
  if (body.length === 0) return reply.send()
  if (headers['content-type'] !== undefined) return reply.send(body)
  // Fastify would give a buffer a content type that Wati did not send.
  return reply.header('content-length', body.length).send(Readable.from([body]))
}
