import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Hook: the one log line of a request. No URL, no header, no body: message text stands in queries,
 * and numbers in paths. The fields before the step that failed are there, the others are not.
 */
export async function logRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
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
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  )
}
