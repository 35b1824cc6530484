import type { BodyType, Operation } from '../domain/operation.ts'
import type { Rewritten } from './channel-key.ts'
import { rewriteForm } from './form.ts'
import { type JsonRules, rewriteJson } from './json.ts'
import { rewritePairs } from './pairs.ts'
import { rewritePath } from './path.ts'

/** What a caller sent, as far as a channel key can stand in it. */
export interface Incoming {
  /** The raw segments of Wati's path, as many as the operation's template has. */
  readonly segments: readonly string[]
  /** The raw query without its `?`; `undefined` when the URL has none. */
  readonly query: string | undefined
  readonly bodyType: BodyType
  /** Empty for multipart, which is rewritten as it flows (`multipart.ts`). */
  readonly body: Buffer
}

/** The same for Wati. */
export interface Outgoing {
  /** Without the tenant. */
  readonly path: string
  readonly query: string | undefined
  readonly body: Buffer
  /** The numbers the caller had named, wherever it had. */
  readonly claimed: readonly string[]
  /** Of a JSON body: the names that stood at its top level when it was sent. */
  readonly sentNames?: readonly string[] | undefined
}

/**
 * Puts the channel's number where the operation wants it, and nowhere else. Pure: bytes in, bytes out.
 * Throws `Malformed` when something cannot be read in exactly one way.
 */
export function rewrite(operation: Operation, number: string, incoming: Incoming): Outgoing {
  const path = rewritePath(operation, number, incoming.segments)
  const query = rewriteQuery(operation, number, incoming.query)
  const body = rewriteBody(operation, number, incoming)
  return {
    path: path.value,
    query: query.value,
    body: body.value,
    claimed: [...path.claimed, ...query.claimed, ...body.claimed],
    sentNames: body.sentNames,
  }
}

function rewriteQuery(
  { queryKeys, target }: Operation,
  number: string,
  query: string | undefined,
): Rewritten<string | undefined> {
  if (query === undefined && queryKeys.length === 0) return { value: undefined, claimed: [] }
  return rewritePairs(query ?? '', queryKeys, number, target !== undefined)
}

interface RewrittenBody extends Rewritten<Buffer> {
  readonly sentNames?: readonly string[]
}

function rewriteBody(operation: Operation, number: string, { bodyType, body }: Incoming): RewrittenBody {
  switch (bodyType) {
    case 'none':
    case 'multipart':
      return { value: body, claimed: [] }
    case 'json':
      return rewriteJson(body, jsonRules(operation, number))
    case 'form':
      return rewriteForm(body, operation.bodyKeys, number)
  }
}

function jsonRules({ bodyKeys: keys, target }: Operation, number: string): JsonRules {
  if (target === undefined || target.in === 'path') return { keys, number }
  const { in: place, prefix } = target
  if (place === 'body') return { keys, number, target: prefix }
  return { keys, number, target: prefix, targetsIn: { array: place, prefix } }
}
