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

/** A stretch of bytes: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** An object or array: its brackets, and what stands between its commas, white space included. */
export interface Split {
  readonly open: number
  readonly close: number
  readonly members: readonly Span[]
}

/** Splits the object or array that begins at the first bracket at or behind `from`. The bytes are valid JSON. */
export function split(body: Buffer, from = 0): Split {
  const open = firstBracket(body, from)
  const members: Span[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < body.length; at++) {
    const byte = body[at]
    if (byte === QUOTE) at = endOfString(body, at)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > DEEPEST_LEVEL)
        throw new Malformed(`The body is JSON deeper than ${DEEPEST_LEVEL} levels.`)
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) {
      members.push({ start, end: at })
      return { open, close: at, members }
    } else if (byte === COMMA && depth === 1) {
      members.push({ start, end: at })
      start = at + 1
    }
  }
  throw new Malformed('The body is not a complete JSON object.')
}

/** The unescaped name of an object's member; `undefined` for the nothing between the braces of `{ }`. */
export function nameOf(body: Buffer, { start, end }: Span): string | undefined {
  const quote = body.indexOf(QUOTE, start)
  if (quote === -1 || quote >= end) return undefined
  return String(JSON.parse(body.toString('utf8', quote, endOfString(body, quote) + 1)))
}

/** Where the value of an object's member stands, without the white space around it. */
export function valueOf(body: Buffer, { start, end }: Span): Span {
  const nameEnd = endOfString(body, body.indexOf(QUOTE, start))
  return trimmed(body, { start: body.indexOf(':', nameEnd) + 1, end })
}

/** The same stretch without the white space at its ends. */
export function trimmed(body: Buffer, { start, end }: Span): Span {
  while (start < end && isSpace(body[start])) start++
  while (end > start && isSpace(body[end - 1])) end--
  return { start, end }
}

export function textOf(body: Buffer, { start, end }: Span): string {
  return body.toString('utf8', start, end)
}

/** The bytes of a split object or array with other members, or the same, between its brackets. */
export function joined(body: Buffer, { open, close }: Split, members: readonly Buffer[]): Buffer {
  const inside = members.flatMap((member, index) => (index === 0 ? [member] : [Buffer.from(','), member]))
  return Buffer.concat([body.subarray(open, open + 1), ...inside, body.subarray(close, close + 1)])
}

function firstBracket(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at++) {
    if (body[at] === OPEN_BRACE || body[at] === OPEN_BRACKET) return at
  }
  throw new Malformed('The body is not a JSON object.')
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

/** The white space of RFC 8259; what else a trim would take is not white space in JSON. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
