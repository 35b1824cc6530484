import { getSystemErrorName } from 'node:util'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { FastifyRequest } from 'fastify'
import type { Channel } from '../domain/channel.ts'
import type { Located } from '../gateway/locate.ts'
import type { TraceContext } from '../gateway/trace-context.ts'
import type { CallTrace, RequestTrace } from '../gateway/trace-request.ts'

/**
 * The spans of a request, named by OpenTelemetry's HTTP conventions. Where those ask for a URL there is the template
 * of the operation: numbers stand in paths, and message text in queries.
 */
export class OtlpTrace implements RequestTrace {
  readonly #tracer: Tracer
  readonly #parent: TraceContext | undefined
  readonly #span: Span
  readonly #context: Context
  #calls = 0

  constructor(tracer: Tracer, parent: TraceContext | undefined) {
    this.#tracer = tracer
    this.#parent = parent
    const outer = parent ? trace.setSpanContext(ROOT_CONTEXT, remote(parent)) : ROOT_CONTEXT
    this.#span = tracer.startSpan('request', { kind: SpanKind.SERVER }, outer)
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#span)
  }

  get traceId(): string {
    return this.#span.spanContext().traceId
  }

  startCall({ located, account }: FastifyRequest): CallTrace {
    const { method, path, hasTenant } = located.operation
    const template = hasTenant ? `/{tenant}${path}` : path
    const { hostname, port, protocol } = new URL(account.baseUrl)
    const attributes = {
      'http.request.method': method,
      'server.address': hostname,
      'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      'url.full': account.baseUrl + template,
      'url.template': template,
      ...(this.#calls > 0 && { 'http.request.resend_count': this.#calls }),
    }
    this.#calls += 1
    const options = { kind: SpanKind.CLIENT, attributes }
    const span = this.#tracer.startSpan(`${method} ${template}`, options, this.#context)
    return { context: contextOf(span, this.#parent?.tracestate), ...endsOf(span) }
  }

  end(request: FastifyRequest, status: number): void {
    const span = this.#span
    const located = request.located as Located | null
    const route = located ? routeOf(located) : undefined
    span.updateName(route === undefined ? request.method : `${request.method} ${route}`)
    span.setAttributes({
      'http.request.method': request.method,
      'http.response.status_code': status,
      'url.scheme': 'http',
      'network.protocol.version': request.raw.httpVersion,
      ...(route !== undefined && { 'http.route': route, 'url.path': route }),
      ...ofTheGateway(request),
    })
    if (status >= 500) setError(span, request.refusal?.problem ?? String(status))
    span.end()
  }
}

function remote({ traceId, spanId, isSampled }: TraceContext) {
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true }
}

function contextOf(span: Span, tracestate: string | undefined): CallTrace['context'] {
  const { traceId, spanId, traceFlags } = span.spanContext()
  const flags = traceFlags.toString(16).padStart(2, '0')
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate }
}

function endsOf(span: Span): Pick<CallTrace, 'answered' | 'failed'> {
  return {
    answered(status) {
      span.setAttribute('http.response.status_code', status)
      if (status >= 400) setError(span, String(status))
      span.end()
    },
    failed(error) {
      setError(span, kindOf(error))
      span.end()
    },
  }
}

function routeOf({ alias, operation }: Located): string {
  return alias === undefined ? operation.path : `/channels/{alias}${operation.path}`
}

/** Under our own name: what the conventions have no word for. */
function ofTheGateway(request: FastifyRequest): Attributes {
  const { id, located, channel, alias, outcome, refusal, times } = request as Partial<FastifyRequest>
  const found = {
    request_id: id,
    operation: (located as Located | null)?.operation.name,
    channel: alias ?? undefined,
    account: (channel as Channel | null)?.account,
    outcome: outcome ?? refusal?.outcome,
    problem: refusal?.problem,
    wait_ms: times?.waitMs,
  }
  const set = Object.entries(found).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set.map(([name, value]) => [`wati_gateway.${name}`, value]))
}

/** A code or the name of a class: a message may hold what was sent. Of a connection, what the system says. */
function kindOf(error: unknown): string {
  const { cause = error } = error as Error
  const { code, errno, name } = cause as NodeJS.ErrnoException
  return typeof errno === 'number' && errno < 0 ? getSystemErrorName(errno) : (code ?? name)
}

function setError(span: Span, kind: string): void {
  span.setAttribute('error.type', kind)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
