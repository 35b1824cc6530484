import type { FastifyReply } from 'fastify'
import { Type } from '@sinclair/typebox'
import type { InForce } from '../directory/in-force.ts'
import type { ControlPlaneOptions } from './parts.ts'

/** `?wait=all`: the answer comes once the change is in force on all replicas. */
export const WAIT_FIELD = {
  wait: Type.Optional(Type.Literal('all', { description: 'all, or nothing' })),
}

export const WriteQuery = Type.Object(WAIT_FIELD, { additionalProperties: false })

/**
 * Waits for the other replicas when the write asked for it, and says in `wati-gateway-applied` on how many it is
 * in force. A replica that does not answer does not undo the change, so the status is that of the write.
 */
export async function waitForReplicas(
  { untilInForce }: ControlPlaneOptions,
  { wait }: { readonly wait?: 'all' },
  reply: FastifyReply,
  revision: number,
): Promise<void> {
  if (wait === undefined) return
  const inForce = await untilInForce(revision)
  // Not returned: a reply is a promise of its own end.
  void reply.header('wati-gateway-applied', describe(inForce))
}

function describe(inForce: InForce | undefined): string {
  if (inForce === undefined) return 'unknown'
  const { replicas, of } = inForce
  return replicas === of ? 'all' : `${replicas} of ${of}`
}
