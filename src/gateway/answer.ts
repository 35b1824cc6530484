import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../domain/operation.ts'
import { type Outcome, readOutcome } from '../wati/outcome.ts'
import { refusalForUnusable } from '../wati/unusable-answer.ts'
import type { WatiAnswer } from '../wati/wati-call.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What became of the request at Wati, once that is known; for the log. */
    outcome: Outcome | undefined
  }
}

/** An answer of Wati as the caller gets it: now, or again when it was kept. */
export interface Answer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly outcome: Outcome
  readonly body: Buffer | Readable
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

const INSPECTED_TYPES = /^(?:application\/(?:[^;]+\+)?json|text\/(?:plain|json|html))\b/i
const NOTHING = Buffer.alloc(0)

/** Is it of a kind that is looked into? What has no type is. */
export function isInspected(headers: IncomingHttpHeaders): boolean {
  return INSPECTED_TYPES.test(headers['content-type'] ?? 'text/plain')
}

/**
 * Reads Wati's answer, its status and bytes unchanged, and what it means for the request.
 * Throws a refusal for the answers that are none: 401, redirects, a page instead of JSON.
 */
export function readAnswer(received: WatiAnswer, operation: Operation, inspectLimitBytes: number): Answer {
  const { status, headers, body } = received
  const isLookedInto = Buffer.isBuffer(body) && isInspected(headers) && body.length <= inspectLimitBytes
  const seen = isLookedInto ? body : NOTHING
  const refusal = refusalForUnusable({ ...received, body: seen }, operation)
  if (refusal !== undefined) {
    if (!Buffer.isBuffer(body)) body.destroy()
    throw refusal
  }
  const outcome = readOutcome(status, seen)
  return { status, headers: passedBack(headers, outcome), outcome, body }
}

/** Gives an answer to the caller. */
export function answer(request: FastifyRequest, reply: FastifyReply, given: Answer): FastifyReply {
  const { status, headers, outcome, body } = given
  request.outcome = outcome
  reply.code(status).headers(headers)
  if (!Buffer.isBuffer(body)) return reply.send(body)
  if (body.length === 0) return reply.send()
  if (headers['content-type'] !== undefined) return reply.send(body)
  // Fastify would give a buffer a content type that Wati did not send.
  return reply.header('content-length', body.length).send(Readable.from([body]))
}

function passedBack(headers: IncomingHttpHeaders, outcome: Outcome): Record<string, string> {
  const passed: Record<string, string> = { 'wati-gateway-outcome': outcome }
  for (const name of PASSED_BACK) {
    const value = headers[name]
    if (value !== undefined) passed[name] = value
  }
  return passed
}
