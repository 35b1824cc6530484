import { isUtf8 } from 'node:buffer'
import { type Rewritten, isChannelKey } from './channel-key.ts'
import { Malformed } from './malformed.ts'

/** Deeper JSON is refused: no Wati body is, and readers differ in how deep they go. */
const DEEPEST_LEVEL = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** The bytes between two commas of the outermost object, white space included. */
interface Member {
  readonly start: number
  readonly end: number
}

/**
 * Writes the number under each of `keys` at the top level of a JSON object and takes every spelling of
 * the channel key that the caller wrote there away. All other bytes stay as they were: big integers,
 * `1e400`, duplicate keys, escapes, order, white space. So the body is spliced, never printed anew.
 *
 * Only strict UTF-8 JSON (RFC 8259) whose outermost value is an object passes; else throws `Malformed`.
 */
export function rewriteJson(body: Buffer, keys: readonly string[], number: string): Rewritten<Buffer> {
  checkJson(body)
  const { open, close, members } = splitObject(body)
  const kept: Buffer[] = []
  const claimed: string[] = []
  for (const member of members) {
    const name = nameOf(body, member)
    if (name === undefined || !isChannelKey(name)) kept.push(body.subarray(member.start, member.end))
    else claimed.push(...claimOf(body, member))
  }
  if (keys.length === 0 && kept.length === members.length) return { value: body, claimed }
  const written = keys.map((key) => Buffer.from(`"${key}":"${number}"`))
  const onlySpace = kept.length === 1 && kept[0]?.toString('latin1').trim() === ''
  const inside = onlySpace ? [...joined(written), ...kept] : joined([...written, ...kept])
  return { value: Buffer.concat([body.subarray(0, open + 1), ...inside, body.subarray(close)]), claimed }
}

function checkJson(body: Buffer): void {
  if (!isUtf8(body))
    throw new Malformed('The body is not UTF-8: send JSON as UTF-8 without a byte order mark.')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new Malformed('The body is not valid JSON (RFC 8259): check it with a JSON linter.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed('The body must be a JSON object, such as {"template_name": "…"}.')
  }
}

/** Finds the outermost object's braces and members. The bytes are known to be valid JSON. */
function splitObject(body: Buffer): { open: number; close: number; members: Member[] } {
  const open = body.indexOf(OPEN_BRACE)
  const members: Member[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < body.length; at++) {
    const byte = body[at]
    if (byte === QUOTE) at = endOfString(body, at)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > DEEPEST_LEVEL)
        throw new Malformed(`The body is JSON deeper than ${DEEPEST_LEVEL} levels.`)
    } else if (byte === CLOSE_BRACKET) depth--
    else if (byte === CLOSE_BRACE && --depth === 0) {
      members.push({ start, end: at })
      return { open, close: at, members }
    } else if (byte === COMMA && depth === 1) {
      members.push({ start, end: at })
      start = at + 1
    }
  }
  throw new Malformed('The body is not a complete JSON object.')
}

/** The index of the quote that closes the string which opens at `start`. */
function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at
  }
  throw new Malformed('The body has a JSON string without an end.')
}

/** The unescaped name of a member; `undefined` for the nothing between the braces of `{ }`. */
function nameOf(body: Buffer, { start, end }: Member): string | undefined {
  const quote = body.indexOf(QUOTE, start)
  if (quote === -1 || quote >= end) return undefined
  return String(JSON.parse(body.toString('utf8', quote, endOfString(body, quote) + 1)))
}

/** The number that a member names, as text; nothing for null and the empty string. */
function claimOf(body: Buffer, { start, end }: Member): string[] {
  const nameEnd = endOfString(body, body.indexOf(QUOTE, start))
  const text = body.toString('utf8', body.indexOf(':', nameEnd) + 1, end).trim()
  const value: unknown = JSON.parse(text)
  if (value === null || value === '') return []
  return [typeof value === 'string' ? value : text]
}

function joined(parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(','), part]))
}
