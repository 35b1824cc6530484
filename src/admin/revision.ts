import type { FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'

/** The `ETag` of a record: its revision (RFC 9110, 8.8.3). */
export function etagOf(record: { readonly revision: number }): string {
  return `"${record.revision}"`
}

/**
 * Refuses a change that was decided on an older record than the one that is there (`If-Match`, RFC 9110, 13.1.1).
 * Without `If-Match` every change passes.
 */
export function checkIfMatch(
  request: Pick<FastifyRequest, 'headers'>,
  current: { readonly revision: number } | undefined,
): void {
  const wanted = request.headers['if-match']
  if (wanted === undefined) return
  const tags = wanted.split(',').map((tag) => tag.trim())
  if (current !== undefined && (tags.includes('*') || tags.includes(etagOf(current)))) return
  const now = current === undefined ? 'it does not exist' : `it is at revision ${current.revision} now`
  throw new Refusal(
    'revision-mismatch',
    `The record is not the one If-Match names: ${now}. Read it again first.`,
  )
}
