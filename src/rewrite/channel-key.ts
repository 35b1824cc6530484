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

/** Nearly every name is of these only: nothing but case and `_` is to be folded in it. */
const PLAIN = /^[A-Za-z0-9_]*$/

/** What folds to a channel key, among those: found without folding, as nearly every name begins with another letter. */
const PLAIN_KEY = new RegExp(
  `^_*(?:${[...FOLDED_KEYS].map((key) => key.replaceAll(/(?!^|$)/g, '_*')).join('|')})_*$`,
  'i',
)

/**
 * A name as the most forgiving of readers sees it: without case (`ſ` is an `s` to them), `_` and `-`, and
 * without the white space, control and format characters, quotes, dots and brackets that one or the other drops.
 */
export function fold(name: string): string {
  if (PLAIN.test(name)) return name.toLowerCase().replaceAll('_', '')
  return name
    .toUpperCase()
    .toLowerCase()
    .replace(/[\s_\-.[\]?"\p{Cc}\p{Cf}]/gu, '')
}

/** Is this name of a JSON member a spelling of the channel key, as it stands or with array syntax behind it? */
export function isChannelKey(name: string): boolean {
  if (spellsKey(name)) return true
  const bracket = name.indexOf('[')
  return bracket !== -1 && spellsKey(name.slice(0, bracket))
}

/**
 * The same for a field of a query or form. There ASP.NET undoes brackets (`channelPhone[]Number`) and reads
 * `request.channel` into a model: any piece of the name that spells the channel key counts.
 */
export function isChannelField(name: string): boolean {
  return isChannelKey(name) || hasPiece(name, spellsKey)
}

/** Is one of the pieces in which a path into a model falls such a name? */
export function hasPiece(name: string, isSuch: (piece: string) => boolean): boolean {
  return isModelPath(name) && name.split(/[.[\]]/).some(isSuch)
}

/**
 * Is a field's name a path into a model? One such name makes ASP.NET pass over all plain names, the number
 * with them, so they cannot stand beside a number.
 */
export function isModelPath(name: string): boolean {
  return /[.[\]]/.test(name)
}

function spellsKey(name: string): boolean {
  return PLAIN.test(name) ? PLAIN_KEY.test(name) : FOLDED_KEYS.has(fold(name))
}
