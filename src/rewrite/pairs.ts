import { type Rewritten, isChannelKey } from './channel-key.ts'

/**
 * Rewrites a query or an urlencoded form, both `name=value&name=value`: takes every spelling of the
 * channel key away, however often and however encoded, and adds each of `keys` with the number at the end.
 * All other bytes and their order stay as they were.
 *
 * Reads names as the URL standard does (url.spec.whatwg.org, application/x-www-form-urlencoded):
 * split at `&` only, `+` is a space, percent codes are undone once. `text` holds one byte a character.
 */
export function rewritePairs(text: string, keys: readonly string[], number: string): Rewritten<string> {
  const pairs = text.split('&')
  const kept: string[] = []
  const claimed: string[] = []
  for (const pair of pairs) {
    const { name, value } = readPair(pair)
    if (!spellsChannelKey(name)) kept.push(pair)
    else if (value !== '') claimed.push(value)
  }
  if (keys.length === 0 && kept.length === pairs.length) return { value: text, claimed }
  const written = keys.map((key) => `${key}=${number}`)
  const onlyEmpty = kept.length === 1 && kept[0] === ''
  return { value: [...(onlyEmpty ? [] : kept), ...written].join('&'), claimed }
}

/** One pair, decoded. */
export function readPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf('=')
  if (equals === -1) return { name: decode(pair), value: '' }
  return { name: decode(pair.slice(0, equals)), value: decode(pair.slice(equals + 1)) }
}

/** Also a name that was encoded twice, or as old readers of `%u0063` have it: nothing of worth is called so. */
function spellsChannelKey(name: string): boolean {
  if (isChannelKey(fieldName(name))) return true
  if (!name.includes('%')) return false
  const oldStyle = name.replace(/%u([0-9a-fA-F]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return isChannelKey(fieldName(decode(Buffer.from(oldStyle).toString('latin1'))))
}

/** The name of a form field without array syntax: `channelNumber[]` and `channelNumber[0]` bind like `channelNumber`. */
export function fieldName(name: string): string {
  const bracket = name.indexOf('[')
  return bracket === -1 ? name : name.slice(0, bracket)
}

const NEEDS_DECODING = /[%+\u0080-\u00ff]/
const PERCENT_CODE = /%([0-9a-fA-F]{2})/g

/** Undoes `+` and percent codes once; what is not a valid code stays, as the URL standard has it. */
function decode(text: string): string {
  if (!NEEDS_DECODING.test(text)) return text
  const bytes = text
    .replaceAll('+', ' ')
    .replace(PERCENT_CODE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
