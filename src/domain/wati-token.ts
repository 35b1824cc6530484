/** A token as people paste it: the word of Wati's examples may stand in front. The source of a regular expression. */
export const PASTED_TOKEN_PATTERN = '^\\s*(?:[Bb][Ee][Aa][Rr][Ee][Rr]\\s+)?[\\x21-\\x7e]{8,4096}\\s*$'

/** Visible characters of a header field. */
export function isWatiToken(text: string): boolean {
  return /^[\x21-\x7e]{8,4096}$/.test(text)
}

/** The token alone. */
export function withoutBearer(pasted: string): string {
  return pasted.trim().replace(/^bearer\s+/i, '')
}
