import { Readable } from 'node:stream'
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { sameNumber } from '../domain/number.ts'
import { Refusal } from '../errors.ts'
import { Malformed } from '../rewrite/malformed.ts'
import { rewriteMultipart } from '../rewrite/multipart.ts'
import { type Outgoing, rewrite } from '../rewrite/rewrite.ts'
import { verify } from '../rewrite/verify.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Path, query and body as Wati gets them; a multipart body as a stream. */
    outgoing: Omit<Outgoing, 'body'> & { readonly body: Buffer | Readable }
    /** Did the caller name another number than the channel's? */
    namedOtherNumber: boolean
  }
}

interface RewriteOptions {
  readonly onConflict: 'override' | 'reject'
  /** Called once for each request whose caller named another number, and was overridden. */
  readonly onOverride: (operation: string) => void
}

/** Makes the hook: puts the channel's number in, and deals with a caller that names another one. */
export function makeRewriteRequest(options: RewriteOptions): preHandlerAsyncHookHandler {
  return async function rewriteRequest(request: FastifyRequest): Promise<void> {
    const { located, received, channel } = request
    const outgoing = readStrictly(() =>
      rewrite(located.operation, channel.number, { ...located, ...received }),
    )
    for (const claim of outgoing.claimed) noteClaim(request, claim, options)
    const wrong = verify(located.operation, channel.number, outgoing, received.bodyType)
    if (wrong !== undefined) throw wrongNumber(request, wrong)
    request.outgoing = { ...outgoing, body: rewriteUpload(request, options) ?? outgoing.body }
  }
}

/** A multipart body, rewritten while it flows; a fault in it ends the request to Wati before it is whole. */
function rewriteUpload(request: FastifyRequest, options: RewriteOptions): Readable | undefined {
  const { received, located, channel } = request
  if (received.upload === undefined) return undefined
  const { bytes, boundary } = received.upload
  const rules = {
    boundary,
    number: channel.number,
    keys: located.operation.bodyKeys,
    hasTarget: located.operation.target?.in === 'body',
    onClaim: (claim: string) => noteClaim(request, claim, options),
  }
  return Readable.from(rewriteMultipart(bytes, rules), { objectMode: false })
}

function noteClaim(request: FastifyRequest, claim: string, { onConflict, onOverride }: RewriteOptions): void {
  if (sameNumber(claim, request.channel.number)) return
  if (onConflict === 'reject') {
    throw new Refusal(
      'channel-key-conflict',
      `The request names another number than that of the channel ${request.alias}: leave the number out.`,
    )
  }
  if (!request.namedOtherNumber) onOverride(request.located.operation.name)
  request.namedOtherNumber = true
}

/** Must never happen; when it does, nothing leaves, and a person is called. */
function wrongNumber(request: FastifyRequest, wrong: string): Refusal {
  request.log.fatal({ alarm: 'wrong-number', operation: request.located.operation.name, wrong }, 'not sent')
  return new Refusal('internal-error', 'The gateway did not get the number right, so nothing was sent.', {
    outcome: 'not_sent',
  })
}

function readStrictly<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal('malformed-request', error.message)
    throw error
  }
}
