import type { FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'

/** The `ETag` of a record: its revision (RFC 9110, 8.8.3). */
export function etagOf(record: { readonly revision: number }): string {
  return `"${record.revision}"`
}

/**
 * Refuses a change that was decided on another record than the one that is there (`If-Match`, RFC 9110, 13.1.1), or
 * on there being none (`If-None-Match: *`, 13.1.2). Without either every change passes.
 */
export function checkPreconditions(
  request: Pick<FastifyRequest, 'headers'>,
  current: { readonly revision: number } | undefined,
): void {
  checkIfNoneMatch(request, current)
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

function checkIfNoneMatch(
  { headers }: Pick<FastifyRequest, 'headers'>,
  current: { readonly revision: number } | undefined,
): void {
  const unwanted = headers['if-none-match']
  if (unwanted === undefined) return
  if (unwanted.trim() !== '*')
    throw new Refusal(
      'invalid-request',
      'Of If-None-Match only * is understood: the record must not exist yet.',
    )
  if (current === undefined) return
  throw new Refusal(
    'revision-mismatch',
    'There is such a record already, and If-None-Match asks that there be none: read it, or choose another name.',
  )
}
