import { membersOf } from './json-text.ts'
import type { Operation } from './operations.ts'
import type { Explanation } from './question.ts'

export type Explained = Extract<Explanation, { request: unknown }>
export type Change = Explained['changes'][number]

/** A stretch of a text that is not as the caller wrote it. */
export type Span = readonly [start: number, end: number]

/** What the gateway wrote into the address: tenant, target, fields of the query. */
export function marksInUrl({ request, changes }: Explained, { number }: Operation): Span[] {
  const { url } = request
  const queryAt = url.includes('?') ? url.indexOf('?') : url.length
  const set = changes.filter(({ action }) => action === 'set')
  const inPath = set.filter(
    ({ where }) => where === 'path' || (where === 'target' && number.target?.in === 'path'),
  )
  const inQuery = set.filter(({ where }) => where === 'query')
  const pathAt = url.indexOf('/', url.indexOf('//') + 2)
  const segments = pieces(url.slice(0, queryAt), '/', pathAt + 1)
  const pairs = pieces(url, '&', queryAt + 1)
  return [
    // The tenant stands first; a contact may have the same digits.
    ...inPath.flatMap(({ value }) => segments.filter(({ text }) => decoded(text) === value).slice(0, 1)),
    ...pairs.filter(({ text }) => inQuery.some((change) => isPair(text, change))),
  ].map(({ start, end }) => [start, end])
}

/** What the gateway wrote into the body: channel keys, targets. */
export function marksInBody({ request, changes }: Explained, { number }: Operation): Span[] {
  const { body, bodyEncoding, headers } = request
  const set = changes.filter(
    ({ action, where }) =>
      action === 'set' && (where === 'body' || (where === 'target' && number.target?.in !== 'path')),
  )
  if (bodyEncoding !== undefined || set.length === 0) return []
  const type = headers['content-type'] ?? ''
  if (/^multipart\//i.test(type)) return set.flatMap((change) => partsOf(body, change))
  if (/urlencoded/i.test(type)) {
    const pairs = pieces(body, '&', 0).filter(({ text }) => set.some((change) => isPair(text, change)))
    return pairs.map(({ start, end }) => [start, end])
  }
  return membersOf(body)
    .filter(({ path, value }) => set.some((one) => one.name === path && one.value === textOf(value)))
    .map(({ start, end }) => [start, end])
}

interface Piece {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** What stands between the separators, from a place on. */
function pieces(text: string, separator: string, from: number): Piece[] {
  let start = from
  return text
    .slice(from)
    .split(separator)
    .map((piece) => {
      const found = { text: piece, start, end: start + piece.length }
      start = found.end + separator.length
      return found
    })
}

function isPair(pair: string, { name, value = '' }: Change): boolean {
  const equals = pair.includes('=') ? pair.indexOf('=') : pair.length
  return decoded(pair.slice(0, equals)) === name && decoded(pair.slice(equals + 1)) === value
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The text of a JSON string; anything else as it is written. */
function textOf(written: string): string {
  return written.startsWith('"') ? (JSON.parse(written) as string) : written
}

/** The contents of the fields of this name and value. */
function partsOf(body: string, { name, value = '' }: Change): Span[] {
  const found: Span[] = []
  for (let at = 0; ;) {
    const named = body.indexOf(`name="${name}"`, at)
    const content = named === -1 ? -1 : body.indexOf('\r\n\r\n', named)
    if (content === -1) return found
    at = content + 4
    if (body.startsWith(`${value}\r\n`, at)) found.push([at, at + value.length])
  }
}
