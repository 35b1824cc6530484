import fc from 'fast-check'

/** The channel keys of v1, v2 and v3, without case, `_` and `-`. */
const BARE_NAMES = ['channelnumber', 'channelphonenumber', 'channel'] as const

/** One letter, dash or underscore of a hidden name, and how it is to be written. */
export interface NameLetter {
  readonly letter: string
  /** Written as an escape (JSON) or a percent code (pairs). */
  readonly coded: boolean
  readonly upperHex: boolean
}

const dashes = fc.string({ unit: fc.constantFrom('_', '-'), maxLength: 2 })

/** Any spelling of a channel key: any case, `_` and `-` anywhere. */
const spelling: fc.Arbitrary<string> = fc
  .constantFrom(...BARE_NAMES)
  .chain((bare) =>
    fc.tuple(
      fc.constant(bare),
      fc.array(fc.boolean(), { minLength: bare.length, maxLength: bare.length }),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.array(dashes, { minLength: bare.length + 1, maxLength: bare.length + 1 }),
        },
      ),
    ),
  )
  .map(([bare, upper, gaps]) =>
    Array.from(bare)
      .map((letter, at) => (gaps?.[at] ?? '') + (upper[at] === true ? letter.toUpperCase() : letter))
      .concat(gaps?.[bare.length] ?? '')
      .join(''),
  )

/** A hidden channel key, letter by letter; some have no coded letter, some only coded ones. */
export const hiddenName: fc.Arbitrary<NameLetter[]> = fc
  .tuple(
    fc.oneof(fc.constantFrom('channelNumber', 'channel_number', 'channel'), spelling),
    fc.nat({ max: 10 }),
  )
  .chain(([name, codedTenths]) =>
    fc.tuple(
      ...Array.from(name, (letter) =>
        fc.record({
          letter: fc.constant(letter),
          coded: fc.nat({ max: 9 }).map((dice) => dice < codedTenths),
          upperHex: fc.boolean(),
        }),
      ),
    ),
  )

/**
 * Could any reader, however lenient, take this for a channel key? Only letters and digits count.
 * For the other names of generated cases, which must be far from a key.
 */
export function looksLikeChannelKey(name: string): boolean {
  const bare = name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase()
  return BARE_NAMES.some((key) => key.toUpperCase() === bare)
}

/** What each operation may want. */
export const wantedKeys: fc.Arbitrary<readonly string[]> = fc.constantFrom(
  [],
  ['channelNumber', 'channel_number'],
  ['channelPhoneNumber'],
  ['channel'],
)

export const channelNumber: fc.Arbitrary<string> = fc.stringMatching(/^[1-9][0-9]{6,14}$/)

/** The same for a field of a query or form, where brackets and dots lead into arrays and models. */
export function looksLikeChannelField(name: string): boolean {
  return looksLikeChannelKey(name) || name.split(/[.[\]]/).some((piece) => looksLikeChannelKey(piece))
}
