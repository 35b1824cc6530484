import type { FastifyRequest } from 'fastify'
import { type TraceContext, readTraceContext } from './trace-context.ts'
import type { WatiRequest } from '../wati/wati-call.ts'

/** What of a caller's header Wati may see. Everything else stays here, above all the caller's own token. */
const PASSED_ON = ['accept', 'accept-language'] as const

/**
 * Built from nothing; the token is written last, into this one header.
 * @param trace where it stands in a trace; the caller's own place unless the gateway adds spans to it
 */
export function buildRequest(
  { account, located, outgoing, received, headers }: FastifyRequest,
  trace: Pick<TraceContext, 'traceparent' | 'tracestate'> | undefined = readTraceContext(headers),
): WatiRequest {
  const { method, hasTenant } = located.operation
  const tenant = hasTenant ? `/${account.tenantId}` : ''
  const query = outgoing.query === undefined || outgoing.query === '' ? '' : `?${outgoing.query}`
  const hasBody = received.bodyType !== 'none'
  const sent = ['user-agent', 'wati-gateway', 'accept-encoding', 'identity']
  for (const name of PASSED_ON) add(sent, name, headers[name])
  add(sent, 'traceparent', trace?.traceparent)
  add(sent, 'tracestate', trace?.tracestate)
  if (hasBody) sent.push('content-type', outgoing.contentType)
  sent.push('authorization', `Bearer ${account.token.reveal()}`)
  return {
    origin: account.baseUrl,
    method,
    path: `${tenant}${outgoing.path}${query}`,
    headers: sent,
    body: hasBody ? outgoing.body : null,
  }
}

function add(lines: string[], name: string, value: string | undefined): void {
  if (value !== undefined) lines.push(name, value)
}
