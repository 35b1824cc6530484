import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { ReadAhead, type ReadAheadBudget } from './read-ahead.ts'

/** A multipart body: its bytes as they arrive, and what divides its parts. */
export interface Upload {
  readonly bytes: AsyncIterable<Buffer>
  readonly boundary: string
  /** Aborted, with a refusal, when the caller hung up before the body was complete. */
  readonly gone: AbortSignal
}

/** A body that flows. Who stops listening leaves the rest to be dropped, not the caller cut off. */
export function flow(
  request: FastifyRequest,
  reply: FastifyReply,
  limit: number,
  budget: ReadAheadBudget,
): Omit<Upload, 'boundary'> {
  const ahead = new ReadAhead(request.raw, budget)
  const gone = new AbortController()
  ahead.gone.addEventListener('abort', () => gone.abort(brokenOff(ahead.gone.reason)), { once: true })
  // A request can be refused before anybody asks for its body.
  reply.raw.once('close', () => ahead.stop())
  return { bytes: limitedBytes(ahead, limit), gone: gone.signal }
}

/** The bytes as they arrive, up to a limit. */
async function* limitedBytes(ahead: ReadAhead, limit: number): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of ahead) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge(limit)
      yield chunk
    }
  } catch (error) {
    throw error instanceof Refusal ? error : brokenOff(error)
  } finally {
    ahead.stop()
  }
}

/** The refusal of a body whose caller hung up before its end. */
export function brokenOff(cause: unknown): Refusal {
  return new Refusal('malformed-request', 'The body broke off before it was complete.', { cause })
}

export function tooLarge(limit: number): Refusal {
  return new Refusal('body-too-large', `The body is larger than ${limit} bytes.`)
}
