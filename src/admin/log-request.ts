import type { FastifyReply, FastifyRequest } from 'fastify'

/** Hook: the one log line of an admin's request. No body and no query: a token may stand there. */
export async function logAdminRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  request.log.info(
    {
      caller: (request.caller as typeof request.caller | null)?.sub,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      problem: request.refusal?.problem,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  )
}
