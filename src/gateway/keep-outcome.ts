import type { FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { printRefusal } from '../problem-answers.ts'
import type { Answer } from './answer.ts'

/** Keeps an answer of Wati for later tries with its key; a 429 was surely not carried out, and frees it. */
export async function keepAnswer({ idempotency }: FastifyRequest, answer: Answer): Promise<void> {
  const { status, headers, outcome, body } = answer
  if (status === 429) await idempotency?.release()
  else await idempotency?.keep({ status, headers, outcome, body: Buffer.isBuffer(body) ? body : undefined })
}

/**
 * Keeps a failure that may have been carried out all the same; any other frees the key. Gives the refusal to
 * answer with: a fault of our own, once something may have been sent, leaves the outcome unknown.
 */
export async function keepFailure(request: FastifyRequest, error: unknown): Promise<unknown> {
  const { idempotency } = request
  if (!idempotency) return error
  const refusal = error instanceof Refusal || !idempotency.isSending ? error : faultOfOurs(error)
  if (refusal instanceof Refusal && refusal.outcome === 'unknown') {
    const { status, headers, body } = printRefusal(refusal, request.id)
    await idempotency.keep({ status, headers, outcome: 'unknown', body })
  } else await idempotency.release()
  return refusal
}

function faultOfOurs(cause: unknown): Refusal {
  const detail = 'The gateway failed after the request had set out. Its log says why, under this requestId.'
  return new Refusal('internal-error', detail, { outcome: 'unknown', cause })
}
