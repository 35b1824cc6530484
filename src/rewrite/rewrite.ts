import type { BodyType, Operation } from '../domain/operation.ts'
import type { Rewritten } from './channel-key.ts'
import { rewriteForm } from './form.ts'
import { rewriteJson } from './json.ts'
import { rewritePairs } from './pairs.ts'

/** What a caller sent, as far as a channel key can stand in it. */
export interface Incoming {
  /** The raw query without its `?`; `undefined` when the URL has none. */
  readonly query: string | undefined
  readonly bodyType: BodyType
  readonly body: Buffer
}

/** The same for Wati. */
export interface Outgoing {
  readonly query: string | undefined
  readonly body: Buffer
  /** The numbers the caller had named, wherever it had. */
  readonly claimed: readonly string[]
}

/**
 * Puts the channel's number where the operation wants it, and nowhere else. Pure: bytes in, bytes out.
 * Throws `Malformed` when the body cannot be read in exactly one way.
 */
export function rewrite(operation: Operation, number: string, incoming: Incoming): Outgoing {
  const query = rewriteQuery(operation, number, incoming.query)
  const body = rewriteBody(operation, number, incoming)
  return { query: query.value, body: body.value, claimed: [...query.claimed, ...body.claimed] }
}

function rewriteQuery(
  { queryKeys }: Operation,
  number: string,
  query: string | undefined,
): Rewritten<string | undefined> {
  if (query === undefined && queryKeys.length === 0) return { value: undefined, claimed: [] }
  return rewritePairs(query ?? '', queryKeys, number)
}

function rewriteBody({ bodyKeys }: Operation, number: string, incoming: Incoming): Rewritten<Buffer> {
  switch (incoming.bodyType) {
    case 'none':
      return { value: incoming.body, claimed: [] }
    case 'json':
      return rewriteJson(incoming.body, bodyKeys, number)
    case 'form':
      return rewriteForm(incoming.body, bodyKeys, number)
  }
}
