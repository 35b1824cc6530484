import fc from 'fast-check'
import { channelNumber, hiddenName, looksLikeChannelKey, wantedKeys } from './channel-key-names.ts'

export interface FormPart {
  /** Header and content as they are sent, without the boundary line before them. */
  readonly text: string
  readonly kind: 'other' | 'key' | 'target'
  readonly name: string
  readonly filename: string | undefined
  /** What follows the name in the header that Wati gets: file name, content type. */
  readonly rest: string
  readonly content: string
  /** The number that a channel key or a target names. */
  readonly claim: string | undefined
  /** Of a target. */
  readonly recipient: string
}

export interface FormBody {
  readonly boundary: string
  readonly parts: readonly FormPart[]
  readonly keys: readonly string[]
  readonly number: string
  readonly hasTarget: boolean
  /** How many bytes arrive at a time, in turn. */
  readonly pieces: readonly number[]
  readonly lastLineEnd: string
}

const SUFFIXES = ['', '', '', '[]', '[0]', '[x]', '[', '[a][b]', '.', ' ']
const NAME_PIECES = [
  'a',
  'B',
  ' ',
  'é',
  '語',
  '.',
  ';',
  '=',
  ':',
  ',',
  '[',
  ']',
  '%41',
  "'",
  'name',
  'file',
  'channels',
  'targets',
]
const FILENAMES = ['"a b.png"', '"é;name=x.pdf"', 'a.bin', '""', '"C:\\a.txt"', '"%22"', '"channel"', '"語"']
const TYPES = [
  'image/png',
  'application/octet-stream',
  'text/plain',
  'text/plain; charset=utf-8',
  'application/pdf',
]
const RECIPIENTS = ['5511988887777', '65a1f0c2e4b0a1b2c3d4e5f6', 'US.1349', '+55']
const PREFIXES = ['', '', ':', '111:', 'My channel:', '+852 1:']
const VALUES = ['', '1', '85264318722', '5511999990001', ' 1 ', 'é', 'null', '[]', '1\r\n2', '--']

const boundary = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[0-9A-Za-z'_-]{27,40}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[0-9A-Za-z'()+_,./:=?-]{1,70}$/) },
)

/** Bytes of a file, one character each, with much in them that looks like the end of a part. */
function contentOf(line: string): fc.Arbitrary<string> {
  const pieces = [
    '\r',
    '\n',
    '\r\n',
    '-',
    '--',
    '\r\n--',
    '\r\n-',
    ' ',
    'a',
    '\0',
    '\xff',
    '\r\n\r\n',
    line.slice(2),
  ]
  const near = [
    line.slice(0, -1),
    `${line.slice(0, 4)}x`,
    'Content-Disposition: form-data; name="channel"',
    'name="channel"',
    // A boundary to readers that take any line end: only the gateway's own may divide what leaves.
    `\n--${line.slice(4)}\nContent-Disposition: form-data; name="channel"\n\n1`,
    `\r--${line.slice(4)}\rContent-Disposition: form-data; name="target"\r\r1:2`,
  ]
  return fc
    .oneof(
      fc.string({ unit: fc.constantFrom(...pieces, ...near), maxLength: 12 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom('oi', '', 'x'.repeat(5_000)),
    )
    .filter((text) => !hasBoundary(text, line.slice(4)))
}

/** Would a part with this content be more than one part, or none? */
function hasBoundary(text: string, boundary: string): boolean {
  return text.startsWith(`--${boundary}`) || `${text}\r\n--`.includes(`\r\n--${boundary}`)
}

interface Style {
  readonly field: string
  readonly separator: string
  readonly isQuoted: boolean
  readonly nameLast: boolean
  readonly extra: readonly string[]
  readonly dispositionLast: boolean
}

const style: fc.Arbitrary<Style> = fc.record({
  field: fc.constantFrom(
    'Content-Disposition: form-data',
    'content-disposition:Form-Data',
    'CONTENT-DISPOSITION: \tFORM-DATA ',
  ),
  separator: fc.constantFrom('; ', ';', ';\t', ';  '),
  isQuoted: fc.boolean(),
  nameLast: fc.boolean(),
  extra: fc.subarray(
    ['Content-Length: 3', 'Content-Transfer-Encoding: binary', 'content-transfer-encoding: 8BIT'].slice(0, 2),
  ),
  dispositionLast: fc.boolean(),
})

interface Named {
  readonly name: string
  readonly filename?: string | undefined
  readonly type?: string | undefined
}

/** The header as a client writes it, in any style. One character a byte. */
function printHeader({ name, filename, type }: Named, style: Style): string {
  const isToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
  const nameText = style.isQuoted || !isToken ? `name="${name}"` : `NAME=${name}`
  const fileText = filename === undefined ? [] : [`filename=${filename}`]
  const parameters = style.nameLast ? [...fileText, nameText] : [nameText, ...fileText]
  const disposition = [style.field, ...parameters].join(style.separator)
  const others = [...(type === undefined ? [] : [`Content-Type: ${type}`]), ...style.extra]
  const lines = style.dispositionLast ? [...others, disposition] : [disposition, ...others]
  return latin1(`${lines.join('\r\n')}\r\n\r\n`)
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function restOf({ filename, type }: Named): string {
  const file = filename === undefined ? '' : `; filename=${filename}`
  return latin1(`${file}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}`)
}

/** A path into a model (`a.b`, `a[0]`) may stand only where the request names no number. */
const otherName = (mayBePath: boolean): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...NAME_PIECES), minLength: 1, maxLength: 6 })
    .filter((name) => mayBePath || !/[.[\]]/.test(name))
    .filter((name) => !looksLikeChannelKey(name.split('[', 1)[0] ?? ''))

function partsOf(line: string, withTarget: boolean, mayBePath: boolean): fc.Arbitrary<FormPart[]> {
  const named = (name: fc.Arbitrary<string>): fc.Arbitrary<Named> =>
    fc.record({
      name,
      filename: fc.option(fc.constantFrom(...FILENAMES), { nil: undefined }),
      type: fc.option(fc.constantFrom(...TYPES), { nil: undefined }),
    })
  const other = fc
    .tuple(named(otherName(mayBePath)), style, contentOf(line))
    .map(([part, style, content]): FormPart => ({
      ...describe(part, style, content),
      kind: 'other',
    }))
  const keyName = fc
    .tuple(hiddenName, fc.constantFrom(...SUFFIXES))
    .map(([letters, suffix]) => letters.map(({ letter }) => letter).join('') + suffix)
  const key = fc
    .tuple(named(keyName), style, fc.constantFrom(...VALUES))
    .filter(([, , value]) => !hasBoundary(value, line.slice(4)))
    .map(([part, style, value]): FormPart => ({
      ...describe(part, style, latin1(value)),
      kind: 'key',
      claim: value === '' ? undefined : value,
    }))
  const target = fc
    .tuple(
      fc.constantFrom('target', 'Target', 'TARGET'),
      style,
      fc.constantFrom(...PREFIXES),
      fc.constantFrom(...RECIPIENTS),
    )
    .map(([name, style, prefix, recipient]): FormPart => ({
      ...describe({ name }, style, prefix + recipient),
      kind: 'target',
      claim: prefix.length > 1 ? prefix.slice(0, -1) : undefined,
      recipient,
    }))
  const front = fc.array(fc.oneof(other, key), { maxLength: 6 })
  if (!withTarget) return front.filter((parts) => parts.length > 0)
  return fc
    .tuple(front, target, fc.array(fc.oneof(other, key), { maxLength: 3 }))
    .map(([a, b, c]) => [...a, b, ...c])
}

function describe(part: Named, style: Style, content: string): FormPart {
  return {
    text: printHeader(part, style) + content,
    kind: 'other',
    name: latin1(part.name),
    filename: part.filename,
    rest: restOf(part),
    content,
    claim: undefined,
    recipient: '',
  }
}

/** Any multipart form in any style, with channel keys hidden in it, and a target where one is needed. */
export const formBody: fc.Arbitrary<FormBody> = fc
  .tuple(boundary, fc.boolean(), wantedKeys)
  .chain(([boundary, hasTarget, keys]) =>
    fc.record({
      boundary: fc.constant(boundary),
      parts: partsOf(`\r\n--${boundary}`, hasTarget, keys.length === 0 && !hasTarget),
      keys: fc.constant(keys),
      number: channelNumber,
      hasTarget: fc.constant(hasTarget),
      pieces: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 4_000 })), {
        minLength: 1,
        maxLength: 8,
      }),
      lastLineEnd: fc.constantFrom('\r\n', ''),
    }),
  )

/** One character a byte. */
export function printForm({ boundary, parts, lastLineEnd }: FormBody): string {
  return `${parts.map(({ text }) => `--${boundary}\r\n${text}\r\n`).join('')}--${boundary}--${lastLineEnd}`
}

/** What Wati must get: the wanted keys, then the other parts in their order, with a plain header each. */
export function printExpected({ parts, keys, number }: FormBody, boundary: string): string {
  const print = (name: string, rest: string, content: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n${content}\r\n`
  const wanted = keys.map((key) => print(key, '\r\n', number))
  const kept = parts
    .filter(({ kind }) => kind !== 'key')
    .map(({ kind, name, rest, content, recipient }) =>
      print(name, rest, kind === 'target' ? `${number}:${recipient}` : content),
    )
  return `${[...wanted, ...kept].join('')}--${boundary}--\r\n`
}
