import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { Malformed } from '../rewrite/malformed.ts'
import { WatiCallFailed, type WatiRequest, callWati } from '../wati/wati-call.ts'
import { refusalForFailure } from '../wati/wati-failure.ts'
import { answer } from './answer.ts'

export interface ForwardOptions {
  readonly agent: Dispatcher
  readonly wholeLimitBytes: number
}

/** What of a caller's header Wati may see. Everything else stays here, above all the caller's own token. */
const PASSED_ON = ['accept', 'accept-language', 'traceparent', 'tracestate'] as const

const WHOLE_TYPES = /^(?:application\/(?:[^;]+\+)?json|text\/(?:plain|json|html))\b/i

/** Makes the handler: sends the rewritten request to Wati, once, and gives its answer. */
export function makeForward({ agent, wholeLimitBytes }: ForwardOptions) {
  return async function forward(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const answered = carryOut(request, reply)
    request.underWay = answered.catch(() => undefined)
    return await answered
  }

  async function carryOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const isWrite = writes(request.located.operation)
    const hangUp = isWrite ? undefined : abortedWith(reply)
    const received = await callWati(agent, buildRequest(request), {
      wholeLimitBytes,
      wantsWhole: isText,
      // A write goes on without its caller, so that the log can say what became of it.
      ...(hangUp && { signal: hangUp }),
    }).catch((error: unknown) => {
      throw refusalOf(error, isWrite)
    })
    return answer(request, reply, received)
  }
}

/** What ended the call: Wati, or a fault in a body that was still flowing when it was found. */
function refusalOf(error: unknown, isWrite: boolean): unknown {
  if (!(error instanceof WatiCallFailed)) return error
  if (error.cause instanceof Refusal) return error.cause
  if (error.cause instanceof Malformed) return new Refusal('malformed-request', error.cause.message)
  return refusalForFailure(error, isWrite)
}

/** Built from nothing; the token is written last, into this one header. */
function buildRequest({ account, located, outgoing, received, headers }: FastifyRequest): WatiRequest {
  const { method, hasTenant } = located.operation
  const tenant = hasTenant ? `/${account.tenantId}` : ''
  const query = outgoing.query === undefined || outgoing.query === '' ? '' : `?${outgoing.query}`
  const hasBody = received.bodyType !== 'none'
  return {
    origin: account.baseUrl,
    method,
    path: `${tenant}${outgoing.path}${query}`,
    headers: [
      ...['user-agent', 'wati-gateway', 'accept-encoding', 'identity'],
      ...PASSED_ON.flatMap((name) => one(name, headers[name])),
      ...(hasBody ? ['content-type', outgoing.contentType] : []),
      ...['authorization', `Bearer ${account.token.reveal()}`],
    ],
    body: hasBody ? outgoing.body : null,
  }
}

function one(name: string, value: string | string[] | undefined): string[] {
  return typeof value === 'string' ? [name, value] : []
}

function isText(headers: IncomingHttpHeaders): boolean {
  return WHOLE_TYPES.test(headers['content-type'] ?? 'text/plain')
}

function abortedWith(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
