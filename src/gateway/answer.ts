import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Operation, writes } from '../domain/operation.ts'
import { type FailedOutcome, type ProblemName, Refusal } from '../errors.ts'
import { type Outcome, readOutcome } from './outcome.ts'
import type { WatiAnswer } from './wati-call.ts'
import { proxyStatus } from './wati-failure.ts'

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

const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/i
const HTML_START = /^\s*<(?:!doctype\s+html|html)\b/i

/**
 * Gives Wati's answer with its status and bytes unchanged, and says what it means for the request.
 * Throws a refusal for the answers that are none: 401, redirects, a page instead of JSON.
 */
export function answer(request: FastifyRequest, reply: FastifyReply, received: WatiAnswer): FastifyReply {
  const { status, headers, body } = received
  refuseUnusable(received, request.located.operation)
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

function refuseUnusable({ status, headers, body }: WatiAnswer, operation: Operation): void {
  const refusal = unusable(status, headers, Buffer.isBuffer(body) ? body : undefined, operation)
  if (refusal === undefined) return
  if (!Buffer.isBuffer(body)) body.destroy()
  throw refusal
}

function unusable(
  status: number,
  headers: IncomingHttpHeaders,
  body: Buffer | undefined,
  operation: Operation,
): Refusal | undefined {
  const isWrite = writes(operation)
  const refusal = (problem: ProblemName, detail: string, outcome: FailedOutcome): Refusal =>
    new Refusal(problem, detail, {
      headers: { 'proxy-status': proxyStatus('http_protocol_error') },
      ...(isWrite && { outcome }),
    })
  if (status === 401) {
    return new Refusal(
      'wati-credential-rejected',
      "Wati did not accept the account's token, so it carried nothing out: an admin must write a new one.",
      {
        headers: { 'proxy-status': proxyStatus('http_request_denied') },
        ...(isWrite && { outcome: 'refused' }),
      },
    )
  }
  if (status >= 300 && status < 400) {
    return refusal(
      'wati-bad-answer',
      `Wati answered with a redirect (${status}), which is never followed.`,
      'unknown',
    )
  }
  const isPage =
    HTML.test(headers['content-type'] ?? '') || (body !== undefined && HTML_START.test(head(body)))
  // A downloaded file may well be a page.
  if (isPage && !(operation.isDownload && status < 300)) {
    return refusal(
      'wati-bad-answer',
      `Wati answered ${status} with a page instead of JSON: an admin must check the account's baseUrl.`,
      'unknown',
    )
  }
  return undefined
}

function head(body: Buffer): string {
  return body.toString('latin1', 0, 256)
}
