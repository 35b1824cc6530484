import type { DoneFuncWithErrOrRes, FastifyReply, FastifyRequest } from 'fastify'
import { operationOf } from './locate.ts'
import { RequestTimes } from './request-times.ts'
import { readTraceContext } from './trace-context.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Settles when Wati has answered, or failed to; set once the request is on its way. */
    underWay: Promise<unknown> | undefined
    /** There is an answer, or a refusal: whether or not the caller is still there to get it. */
    isAnswered: boolean
    /** What is done once it is over. */
    lastActs: (() => void)[] | undefined
  }
}

const ANSWERED = 'answered'

/** Hook: sees to the one log line of a request. */
export function logWhenDone(request: FastifyRequest, reply: FastifyReply): void {
  request.times = new RequestTimes()
  whenDone(request, reply, () => writeLine(request, reply))
}

/** Hook: for those who wait for the answer of a caller that is gone; and tells one that is there where the time went. */
export function noteAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  _payload: unknown,
  done: DoneFuncWithErrOrRes,
): void {
  request.isAnswered = true
  if (isTold(request)) reply.header('server-timing', serverTiming(request, reply))
  reply.raw.emit(ANSWERED)
  done()
}

/**
 * Whoever may not use the channel learns nothing of its times; and an answer that is kept under a key is the same
 * each time it is given.
 */
function isTold({ alias, idempotency, idempotent }: Partial<FastifyRequest>): boolean {
  return Boolean(alias) && !idempotency && !idempotent
}

/** `Server-Timing` (W3C), in milliseconds, up to now: of an answer that flows, Wati's first byte. */
function serverTiming({ times }: FastifyRequest, { elapsedTime }: FastifyReply): string {
  const { waitMs, watiMs } = times
  const gatewayMs = times.gatewayMs(elapsedTime)
  return `wait;dur=${tenths(waitMs)}, wati;dur=${tenths(watiMs)}, gateway;dur=${tenths(gatewayMs)}`
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

/**
 * Calls `act` once, when the answer has left, or when it cannot any more because the caller hung up. Then a request
 * that still goes its way is waited for: its outcome is the very thing somebody will look for.
 */
export function whenDone(request: FastifyRequest, reply: FastifyReply, act: () => void): void {
  if (request.lastActs) {
    request.lastActs.push(act)
    return
  }
  const acts = (request.lastActs = [act])
  const actAll = (): void => acts.forEach((one) => one())
  reply.raw.on('close', function connectionIsOver() {
    if (request.isAnswered) actAll()
    else reply.raw.once(ANSWERED, actAll)
  })
}

/**
 * No URL, no header, no body: message text stands in queries, and numbers in paths. The fields of the steps
 * before the one that failed are there, the others are not.
 */
function writeLine(request: FastifyRequest, reply: FastifyReply): void {
  const { refusal, outcome, times } = request
  const wholeMs = reply.elapsedTime
  // Not through `request.log`, which would be made for this line alone.
  request.server.log.info(
    {
      requestId: request.id,
      caller: (request.caller as typeof request.caller | null)?.sub,
      alias: (request.alias as string | null) ?? undefined,
      operation: operationOf(request)?.name,
      method: request.method,
      status: reply.statusCode,
      outcome: outcome ?? refusal?.outcome,
      problem: refusal?.problem,
      idempotent: request.idempotent ?? undefined,
      namedOtherNumber: request.namedOtherNumber || undefined,
      hungUp: reply.raw.writableFinished ? undefined : true,
      traceId: request.trace?.traceId ?? readTraceContext(request.headers)?.traceId,
      durationMs: tenths(wholeMs),
      receiveMs: tenths(times.receiveMs),
      waitMs: tenths(times.waitMs),
      firstByteMs: times.wasAtWati ? tenths(times.firstByteMs) : undefined,
      watiMs: times.wasAtWati ? tenths(times.watiMs) : undefined,
      gatewayMs: tenths(times.gatewayMs(wholeMs)),
    },
    'request',
  )
}
