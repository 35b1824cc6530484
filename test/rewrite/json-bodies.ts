import fc from 'fast-check'
import { channelNumber, hiddenName, looksLikeChannelKey, wantedKeys } from './channel-key-names.ts'

/** A JSON value as it is written, and the number that a channel key with it would claim. */
interface Value {
  readonly text: string
  readonly claim: string | undefined
}

interface Member {
  /** Everything between two commas. */
  readonly text: string
  readonly isHiddenKey: boolean
  readonly claim: string | undefined
}

export interface JsonBody {
  readonly members: readonly Member[]
  readonly before: string
  /** Between the braces when there is no member. */
  readonly inside: string
  readonly after: string
  readonly keys: readonly string[]
  readonly number: string
}

/** Pieces of strings: as written, and what they mean. */
const STRING_PIECES: readonly (readonly [written: string, means: string])[] = [
  ['a', 'a'],
  [' ', ' '],
  ['é', 'é'],
  ['語', '語'],
  ['🎈', '🎈'],
  ['\u2028', '\u2028'],
  ['\uFEFF', '\uFEFF'],
  ['\u007f', '\u007f'],
  ['{', '{'],
  ['}', '}'],
  ['[', '['],
  [']', ']'],
  [',', ','],
  [':', ':'],
  ["'", "'"],
  ['//', '//'],
  ['\\"', '"'],
  ['\\\\', '\\'],
  ['\\/', '/'],
  ['\\n', '\n'],
  ['\\u0000', '\0'],
  ['\\u0022', '"'],
  ['\\u005C', '\\'],
  ['\\uD83D\\uDE00', '😀'],
  ['\\ud800', '\ud800'],
  ['channelNumber', 'channelNumber'],
  ['\\",\\"channel\\":\\"1', '","channel":"1'],
]

const NUMBERS = [
  '0',
  '-0',
  '1.0',
  '1e400',
  '-1E+5',
  '0.1e-7',
  '85264318722',
  '12345678901234567890123',
  '1E400',
]

const space = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 }) },
)

const string = fc.array(fc.constantFrom(...STRING_PIECES), { maxLength: 5 }).map((pieces) => ({
  text: `"${pieces.map(([written]) => written).join('')}"`,
  means: pieces.map(([, means]) => means).join(''),
}))

/** A spelling of a channel key, with escapes. */
const keyName = fc
  .tuple(hiddenName, fc.constantFrom('', '', '', '[]', '[0]', '[x]'))
  .map(([letters, suffix]) => {
    const written = letters.map(({ letter, coded, upperHex }) => {
      const hex = letter.charCodeAt(0).toString(16).padStart(4, '0')
      return coded ? `\\u${upperHex ? hex.toUpperCase() : hex}` : letter
    })
    return `"${written.join('')}${suffix}"`
  })

const NEAR_MISSES = [
  'channels',
  'channelNumbers',
  'xchannel',
  'channelName',
  'Chanel',
  'phoneNumber',
  '__proto__',
  '',
]

const otherName = fc.oneof(
  string
    .filter(({ means }) => !looksLikeChannelKey(means) && !looksLikeChannelKey(means.split('[', 1)[0] ?? ''))
    .map(({ text }) => text),
  fc.constantFrom(...NEAR_MISSES).map((name) => `"${name}"`),
)

const { value } = fc.letrec<{ value: Value; list: Value; object: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc
      .constantFrom('null', 'true', 'false')
      .map((text) => ({ text, claim: text === 'null' ? undefined : text })),
    fc.constantFrom(...NUMBERS).map((text) => ({ text, claim: text })),
    string.map(({ text, means }) => ({ text, claim: means === '' ? undefined : means })),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(space, fc.array(fc.tuple(space, tie('value'), space), { maxLength: 3 }))
    .map(([empty, items]) => `[${items.length === 0 ? empty : spaced(items)}]`)
    .map((text) => ({ text, claim: text })),
  object: fc
    .tuple(
      space,
      fc.array(fc.tuple(space, fc.oneof(keyName, otherName), space, tie('value'), space), { maxLength: 3 }),
    )
    .map(([empty, members]) => {
      const texts = members.map(([a, name, b, { text }, c]) => `${a}${name}${b}:${text}${c}`)
      return `{${texts.length === 0 ? empty : texts.join(',')}}`
    })
    .map((text) => ({ text, claim: text })),
}))

function spaced(items: [string, Value, string][]): string {
  return items.map(([before, { text }, after]) => before + text + after).join(',')
}

function member(name: fc.Arbitrary<string>, isHiddenKey: boolean): fc.Arbitrary<Member> {
  return fc.tuple(space, name, space, space, value, space).map(([a, nameText, b, c, { text, claim }, d]) => ({
    text: `${a}${nameText}${b}:${c}${text}${d}`,
    isHiddenKey,
    claim,
  }))
}

/** Any JSON object, printed with random white space, with channel keys hidden in it. */
export const jsonBody: fc.Arbitrary<JsonBody> = fc.record({
  members: fc.array(fc.oneof(member(keyName, true), member(otherName, false)), { maxLength: 7 }),
  before: space,
  inside: space,
  after: space,
  keys: wantedKeys,
  number: channelNumber,
})

export function printBody({ members, before, inside, after }: JsonBody): string {
  const texts = members.map(({ text }) => text)
  return `${before}{${texts.length === 0 ? inside : texts.join(',')}}${after}`
}

/** What Wati must get: the wanted keys, then the texts of the other members as they were. */
export function printExpected({ members, before, inside, after, keys, number }: JsonBody): string {
  const wanted = keys.map((key) => `"${key}":"${number}"`)
  const kept = members.filter(({ isHiddenKey }) => !isHiddenKey).map(({ text }) => text)
  const lonelySpace = members.length === 0 ? inside : ''
  return `${before}{${[...wanted, ...kept].join(',')}${lonelySpace}}${after}`
}
