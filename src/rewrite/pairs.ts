import { type Rewritten, fold, isChannelField, isModelPath } from './channel-key.ts'
import { Malformed } from './malformed.ts'

/**
 * Rewrites a query or an urlencoded form, both `name=value&name=value`: takes every spelling of the
 * channel key away, however often and however encoded, and adds each of `keys` with the number at the end.
 * With `hasTarget`, a `target` is taken away as well: it stands elsewhere, and this one could be read instead.
 * All other bytes and their order stay as they were.
 *
 * Reads names as the URL standard does (url.spec.whatwg.org, application/x-www-form-urlencoded):
 * split at `&` only, `+` is a space, percent codes are undone once. `text` holds one byte a character.
 * Throws `Malformed` for a name that could make Wati pass over the number.
 */
export function rewritePairs(
  text: string,
  keys: readonly string[],
  number: string,
  hasTarget = false,
): Rewritten<string> {
  const pairs = text.split('&')
  const kept: string[] = []
  const claimed: string[] = []
  for (const pair of pairs) {
    const name = nameOf(pair)
    if (!namesChannel(name) && !(hasTarget && fold(name) === 'target')) {
      if (isModelPath(name) && (keys.length > 0 || hasTarget)) throw modelPath()
      kept.push(pair)
    } else {
      const { value } = readPair(pair)
      if (value !== '') claimed.push(value)
    }
  }
  if (keys.length === 0 && kept.length === pairs.length) return { value: text, claimed }
  const written = keys.map((key) => `${key}=${number}`)
  const onlyEmpty = kept.length === 1 && kept[0] === ''
  return { value: [...(onlyEmpty ? [] : kept), ...written].join('&'), claimed }
}

/** One pair, decoded. */
export function readPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf('=')
  return { name: nameOf(pair), value: equals === -1 ? '' : decode(pair.slice(equals + 1)) }
}

/**
 * Is this field's name a spelling of the channel key? Also when it was encoded once more, or as old readers of
 * `%u0063` have it: nothing of worth is called so.
 */
export function namesChannel(name: string): boolean {
  if (isChannelField(name)) return true
  if (!name.includes('%')) return false
  const oldStyle = name.replace(/%u([0-9a-fA-F]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return isChannelField(decode(Buffer.from(oldStyle).toString('latin1')))
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=')
  return decode(equals === -1 ? pair : pair.slice(0, equals))
}

function modelPath(): Malformed {
  return new Malformed(
    'A field name in the query or form holds ".", "[" or "]", which this operation does not take.',
  )
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
