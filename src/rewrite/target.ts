import { fold, hasPiece } from './channel-key.ts'
import { Malformed } from './malformed.ts'

/**
 * `set`: the prefix always becomes the channel's, so a bare id of another number's conversation finds nothing.
 * `replace`: only where the caller wrote a prefix.
 */
export type PrefixRule = 'set' | 'replace'

/** A phone, a ContactId or ConversationId (24 hex digits), or a BSUID such as `US.123`: never a colon. */
const RECIPIENT = /^[A-Za-z0-9.+_@() -]{1,256}$/

/** A rewritten target, and the channel the caller had named in front of it. */
export interface RewrittenTarget {
  readonly target: string
  readonly claimed: readonly string[]
}

/**
 * Puts the channel's number in front of a v3 target: `recipient` or `Channel:recipient` (docs.wati.io, v3).
 * Throws `Malformed` when it cannot be read in exactly one way.
 */
export function rewriteTarget(target: string, number: string, rule: PrefixRule): RewrittenTarget {
  const colon = target.indexOf(':')
  const recipient = target.slice(colon + 1)
  if (target === '' && rule === 'replace') return { target, claimed: [] }
  if (!RECIPIENT.test(recipient) || target.indexOf(':', colon + 1) !== -1) {
    throw new Malformed('A target must be a recipient, or a channel, a colon and a recipient.')
  }
  if (rule === 'replace' && colon === -1) return { target, claimed: [] }
  const prefix = colon === -1 ? '' : target.slice(0, colon)
  return { target: `${number}:${recipient}`, claimed: prefix === '' ? [] : [prefix] }
}

/**
 * Is this the name of a field that holds a target, in any case? Throws `Malformed` for a name that only some
 * readers take for it (`[]target`, `request.target`, `tar_get`).
 */
export function isNamed(name: string, wanted: 'target' | 'contacts' | 'recipients'): boolean {
  if (name.toLowerCase() === wanted) return true
  const isOdd = (piece: string): boolean => fold(piece) === wanted
  if (isOdd(name) || hasPiece(name, isOdd)) {
    throw new Malformed(`A field name is written in an odd way: write it as "${wanted}".`)
  }
  return false
}
