/** What a rewriter made, and which numbers the caller had named in it (null and empty count as none). */
export interface Rewritten<T> {
  readonly value: T
  readonly claimed: readonly string[]
}

/**
 * The spellings of the channel key, folded. Wati's back end binds names without regard to case,
 * and its own documentation writes the same key with and without underscores.
 */
const FOLDED_KEYS: ReadonlySet<string> = new Set(['channelnumber', 'channelphonenumber', 'channel'])

/**
 * Is this name, in any case and with `_` and `-` anywhere, a spelling of the channel key? White space, dots, NUL
 * and byte order marks are looked through as well: some reader drops each of them.
 */
export function isChannelKey(name: string): boolean {
  return FOLDED_KEYS.has(name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
}
