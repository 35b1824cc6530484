import type { FastifyRequest } from 'fastify'
import type { EntryOrigin } from '../directory/entry.ts'

/** Who asks for a change, when, and from where: kept with the change. */
export function originOf(request: Pick<FastifyRequest, 'caller' | 'id' | 'ip'>): EntryOrigin {
  const { sub, jti } = request.caller
  return {
    at: new Date().toISOString(),
    actor: { sub, ...(jti !== undefined && { jti }), address: request.ip },
    requestId: request.id,
  }
}
