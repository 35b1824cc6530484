import { Malformed } from './malformed.ts'

/** Deeper JSON is refused: no Wati body is, and readers differ in how deep they go. */
const DEEPEST_LEVEL = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
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
export function nameOf(body: Buffer, member: Span): string | undefined {
  const { start, end } = trimmed(body, member)
  return start === end ? undefined : stringAt(body, start)
}

/** The string whose quote opens at `start`, unescaped. */
export function stringAt(body: Buffer, start: number): string {
  const written = body.toString('utf8', start + 1, endOfString(body, start))
  return written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written
}

/** Does a string open here? */
export function isString(body: Buffer, at: number): boolean {
  return body[at] === QUOTE
}

/** Where the value of an object's member stands, without the white space around it. */
export function valueOf(body: Buffer, { start, end }: Span): Span {
  const nameEnd = endOfString(body, body.indexOf(QUOTE, start))
  return trimmed(body, { start: body.indexOf(COLON, nameEnd) + 1, end })
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

function firstBracket(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at++) {
    if (body[at] === OPEN_BRACE || body[at] === OPEN_BRACKET) return at
  }
  throw new Malformed('The body is not a JSON object.')
}

/** The index of the quote that closes the string which opens at `start`. */
function endOfString(body: Buffer, start: number): number {
  let quote = body.indexOf(QUOTE, start + 1)
  while (isEscaped(body, quote)) quote = body.indexOf(QUOTE, quote + 1)
  if (quote === -1) throw new Malformed('The body has a JSON string without an end.')
  return quote
}

/** Behind an odd number of backslashes; of an even number each escapes the next. */
function isEscaped(body: Buffer, at: number): boolean {
  let backslashes = 0
  while (body[at - 1 - backslashes] === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

/** The white space of RFC 8259; what else a trim would take is not white space in JSON. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
