import fc from 'fast-check'
import { channelNumber, hiddenName, looksLikeChannelField, wantedKeys } from './channel-key-names.ts'
import { readPairs } from './pairs-readers.ts'

interface PairText {
  /** Everything between two `&`. */
  readonly text: string
  readonly isHiddenKey: boolean
}

export interface PairsBody {
  readonly pairs: readonly PairText[]
  readonly keys: readonly string[]
  readonly number: string
}

const ARRAY_SUFFIXES = ['', '', '', '[]', '[0]', '[12]', '[x]', '%5B%5D', '%5b0%5D', '[', '[][]', '[a][b]']

const ASCII_PIECES = [
  ...[
    'a',
    'B',
    '7',
    '=',
    '+',
    '%',
    '%20',
    '%2B',
    '%26',
    '%3D',
    '%3b',
    ';',
    '?',
    '/',
    '%00',
    '%0d%0a',
    '%zz',
    '%4',
  ],
  ...[
    '%C3%A9',
    '%F0%9F%8E%88',
    '%FF',
    '%ED%A0%80',
    '%25',
    '%u0041',
    '[',
    ']',
    '_',
    '-',
    '.',
    "'",
    '"',
    '<',
    '\\',
  ],
  ...['channelNumber', 'channel', '%63hannel'],
]

/** What a form may hold besides: UTF-8 as it is. */
const UTF8_PIECES = [...ASCII_PIECES, 'é', '語', '🎈', ' ', '\r\n', '\t', '#', '\u2028']

function hiddenPair(value: fc.Arbitrary<string>): fc.Arbitrary<PairText> {
  return fc
    .tuple(hiddenName, fc.constantFrom(...ARRAY_SUFFIXES), fc.option(value, { nil: undefined }))
    .map(([letters, suffix, text]) => {
      const name = letters.map(({ letter, coded, upperHex }) => {
        const hex = letter.charCodeAt(0).toString(16)
        return coded ? `%${upperHex ? hex.toUpperCase() : hex}` : letter
      })
      return { text: name.join('') + suffix + (text === undefined ? '' : `=${text}`), isHiddenKey: true }
    })
}

/** What a name means to a reader that decodes once more, and knows `%u0041`. */
function readTwice(name: string): string[] {
  const plain = name.replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return readPairs(plain).map(([again]) => again)
}

/** A name that is a path into a model (`a.b`, `a[0]`) may stand only where no key is wanted. */
function otherPair(value: fc.Arbitrary<string>, mayBePath: boolean): fc.Arbitrary<PairText> {
  return fc
    .tuple(value, fc.option(value, { nil: undefined }))
    .map(([name, text]) => (text === undefined ? name : `${name}=${text}`))
    .filter(
      (text) => !readPairs(text).some(([name]) => [name, ...readTwice(name)].some(looksLikeChannelField)),
    )
    .filter((text) => mayBePath || !readPairs(text).some(([name]) => /[.[\]]/.test(name)))
    .map((text) => ({ text, isHiddenKey: false }))
}

function pairsBody(pieces: readonly string[]): fc.Arbitrary<PairsBody> {
  const value = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 6 })
  const empty = fc.constant({ text: '', isHiddenKey: false })
  return wantedKeys.chain((keys) => {
    const pair = fc.oneof(hiddenPair(value), otherPair(value, keys.length === 0), empty)
    return fc.record({
      pairs: fc.array(pair, { minLength: 1, maxLength: 8 }),
      keys: fc.constant(keys),
      number: channelNumber,
    })
  })
}

/** Any query: visible ASCII. */
export const queryBody: fc.Arbitrary<PairsBody> = pairsBody(
  ASCII_PIECES.filter((piece) => /^[\x21-\x7e]+$/.test(piece)),
)

/** Any urlencoded form in UTF-8. */
export const formBody: fc.Arbitrary<PairsBody> = pairsBody(UTF8_PIECES)

export function printPairs({ pairs }: PairsBody): string {
  return pairs.map(({ text }) => text).join('&')
}

/** What Wati must get: the texts of the other pairs as they were, then the wanted keys. */
export function printExpected({ pairs, keys, number }: PairsBody): string {
  const kept = pairs.filter(({ isHiddenKey }) => !isHiddenKey).map(({ text }) => text)
  const wanted = keys.map((key) => `${key}=${number}`)
  const isNothingKept = kept.length <= 1 && kept.join('') === ''
  return [...(isNothingKept ? [] : kept), ...wanted].join('&')
}

/** The numbers that the hidden keys claim, read by another reader than the rewriter's. */
export function claimsOf({ pairs }: PairsBody): string[] {
  return pairs
    .filter(({ isHiddenKey }) => isHiddenKey)
    .flatMap(({ text }) => readPairs(text).map(([, value]) => value))
    .filter((value) => value !== '')
}
