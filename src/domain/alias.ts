/** The grammar of an alias, and of an account's id: the source of a regular expression, for schemas too. */
export const ALIAS_PATTERN = '^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$'

const ALIAS = new RegExp(ALIAS_PATTERN)

/** Is this a name a channel can have? Lower case, digits and dashes, a letter first, never a dash last. */
export function isAlias(text: string): boolean {
  return ALIAS.test(text)
}
