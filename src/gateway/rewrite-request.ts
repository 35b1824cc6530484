import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { sameNumber } from '../domain/number.ts'
import { Refusal } from '../errors.ts'
import { Malformed } from '../rewrite/malformed.ts'
import { rewriteMultipart } from '../rewrite/multipart.ts'
import { type Outgoing, rewrite } from '../rewrite/rewrite.ts'
import { verify, verifyFields } from '../rewrite/verify.ts'
import type { Step } from './step.ts'
import type { Upload } from './upload.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Path, query and body as Wati gets them; a multipart body as a stream. */
    outgoing: Omit<Outgoing, 'body'> & OutgoingBody
    /** Did the caller name another number than the channel's? */
    namedOtherNumber: boolean
  }
}

interface OutgoingBody {
  readonly body: Buffer | Readable
  /** Empty without a body. */
  readonly contentType: string
}

interface RewriteOptions {
  readonly onConflict: 'override' | 'reject'
  /** Called once for each request whose caller named another number, and was overridden. */
  readonly onOverride: (operation: string) => void
}

/** Makes the hook: puts the channel's number in, and deals with a caller that names another one. */
export function makeRewriteRequest(options: RewriteOptions): Step {
  return function rewriteRequest(request) {
    const { located, received, channel } = request
    const { operation, segments, query } = located
    const { bodyType, body: sent, upload } = received
    const outgoing = readStrictly(() =>
      rewrite(operation, channel.number, { segments, query, bodyType, body: sent }),
    )
    for (const claim of outgoing.claimed) noteClaim(request, claim, options)
    const wrong = verify(operation, channel.number, outgoing, bodyType, sent)
    if (wrong !== undefined) throw wrongNumber(request, wrong)
    const whole = { body: outgoing.body, contentType: received.contentType }
    const { body, contentType } = upload ? rewriteUpload(request, upload, options) : whole
    // Field by field: to spread two objects into one takes microseconds.
    request.outgoing = {
      path: outgoing.path,
      query: outgoing.query,
      claimed: outgoing.claimed,
      body,
      contentType,
    }
  }
}

/** A multipart body, rewritten while it flows; a fault in it ends the request to Wati before it is whole. */
function rewriteUpload(request: FastifyRequest, upload: Upload, options: RewriteOptions): OutgoingBody {
  const { bodyKeys, queryKeys, target } = request.located.operation
  const newBoundary = `wati-gateway-${randomUUID()}`
  const hasTarget = target?.in === 'body'
  const stream = rewriteMultipart(upload.bytes, {
    boundary: upload.boundary,
    newBoundary,
    number: request.channel.number,
    keys: bodyKeys,
    hasTarget,
    namesNumber: bodyKeys.length + queryKeys.length > 0 || hasTarget,
    onClaim: (claim) => noteClaim(request, claim, options),
    onNames(names) {
      const wrong = verifyFields(names, bodyKeys, hasTarget)
      if (wrong !== undefined) throw wrongNumber(request, wrong)
    },
    // The key of a request is claimed later than this, and before anything flows.
    watcher: () => request.idempotency?.form,
  })
  const body = Readable.from(stream, { objectMode: false })
  // Wati may not be taking anything just then, so that nobody would ask for the next piece and hear of it.
  upload.gone.addEventListener('abort', () => body.destroy(upload.gone.reason as Refusal), { once: true })
  // It may happen before the request is on its way, when nobody listens.
  body.on('error', () => undefined)
  return {
    body,
    contentType: `multipart/form-data; boundary="${newBoundary}"`,
  }
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
