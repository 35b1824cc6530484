import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { sameNumber } from '../domain/number.ts'
import { Refusal } from '../errors.ts'
import { Malformed } from '../rewrite/malformed.ts'
import { type Outgoing, rewrite } from '../rewrite/rewrite.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Query and body as Wati gets them. */
    outgoing: Outgoing
  }
}

/** Makes the hook: puts the channel's number in, and deals with a caller that names another one. */
export function makeRewriteRequest(onConflict: 'override' | 'reject'): preHandlerAsyncHookHandler {
  return async function rewriteRequest(request: FastifyRequest): Promise<void> {
    const { located, received, channel } = request
    const outgoing = readStrictly(() =>
      rewrite(located.operation, channel.number, { query: located.query, ...received }),
    )
    if (onConflict === 'reject' && outgoing.claimed.some((claim) => !sameNumber(claim, channel.number))) {
      throw new Refusal(
        'channel-key-conflict',
        `The request names another number than that of the channel ${channel.alias}: leave the number out.`,
      )
    }
    request.outgoing = outgoing
  }
}

function readStrictly<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal('malformed-request', error.message)
    throw error
  }
}
