import type { FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Settles when Wati has answered, or failed to; set once the request is on its way. */
    underWay: Promise<unknown> | undefined
  }
}

/**
 * Hook: sees to the one log line of a request. It is written when the answer has left, or when it cannot any
 * more because the caller hung up; then a write that is still under way is waited for, as its outcome is the
 * very thing somebody will look for.
 */
export async function logWhenDone(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.raw.once('close', function answerIsOver() {
    if (reply.raw.writableFinished) writeLine(request, reply)
    else void Promise.resolve(request.underWay).finally(() => setImmediate(writeLine, request, reply))
  })
}

/**
 * No URL, no header, no body: message text stands in queries, and numbers in paths. The fields of the steps
 * before the one that failed are there, the others are not.
 */
function writeLine(request: FastifyRequest, reply: FastifyReply): void {
  const { refusal, outcome } = request
  request.log.info(
    {
      caller: (request.caller as typeof request.caller | null)?.sub,
      alias: (request.alias as string | null) ?? undefined,
      operation: request.routeOptions.config.operation?.name,
      method: request.method,
      status: reply.statusCode,
      outcome: outcome ?? refusal?.outcome,
      problem: refusal?.problem,
      namedOtherNumber: request.namedOtherNumber || undefined,
      hungUp: reply.raw.writableFinished ? undefined : true,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  )
}
