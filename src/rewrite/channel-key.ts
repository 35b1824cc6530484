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
 * A name as the most forgiving of readers sees it: without case (`ſ` is an `s` to them), `_` and `-`, and
 * without the white space, control and format characters, quotes, dots and brackets that one or the other drops.
 */
export function fold(name: string): string {
  return name
    .toUpperCase()
    .toLowerCase()
    .replace(/[\s_\-.[\]?"\p{Cc}\p{Cf}]/gu, '')
}

/** Is this name of a JSON member a spelling of the channel key, as it stands or with array syntax behind it? */
export function isChannelKey(name: string): boolean {
  return FOLDED_KEYS.has(fold(name)) || FOLDED_KEYS.has(fold(name.split('[', 1)[0] ?? ''))
}

/**
 * The same for a field of a query or form. There ASP.NET undoes brackets (`channelPhone[]Number`) and reads
 * `request.channel` into a model: any piece of the name that spells the channel key counts.
 */
export function isChannelField(name: string): boolean {
  return isChannelKey(name) || name.split(/[.[\]]/).some((piece) => FOLDED_KEYS.has(fold(piece)))
}

/**
 * Is a field's name a path into a model? One such name makes ASP.NET pass over all plain names, the number
 * with them, so they cannot stand beside a number.
 */
export function isModelPath(name: string): boolean {
  return /[.[\]]/.test(name)
}
