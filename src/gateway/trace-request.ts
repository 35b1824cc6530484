import type { FastifyRequest } from 'fastify'
import { whenDone } from './log-request.ts'
import type { Step } from './step.ts'
import { type TraceContext, readTraceContext } from './trace-context.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Its spans; `undefined` when nothing is traced. */
    trace: RequestTrace | undefined
  }
}

/** Writes traces; there is one only where a collector is set. */
export interface Tracing {
  /** A request of a caller begins, as part of the caller's trace if there is one. */
  begin(parent: TraceContext | undefined): RequestTrace
}

/** The span of a request, from its first byte to the last of its answer. */
export interface RequestTrace {
  readonly traceId: string
  /** The request sets out to Wati. */
  startCall(request: FastifyRequest): CallTrace
  /** The request is over, answered with this status. */
  end(request: FastifyRequest, status: number): void
}

/** The span of one try at Wati. */
export interface CallTrace {
  /** What Wati is told of it. */
  readonly context: Pick<TraceContext, 'traceparent' | 'tracestate'>
  answered(status: number): void
  failed(error: unknown): void
}

/** Makes the hook: sees to the trace of a request. */
export function makeTrace(tracing: Tracing): Step {
  return function traceRequest(request, reply) {
    const trace = tracing.begin(readTraceContext(request.headers))
    request.trace = trace
    whenDone(request, reply, () => trace.end(request, reply.statusCode))
  }
}
