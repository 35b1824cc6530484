import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'

const FIRST = generateKey('first')
const SECOND = generateKey('second')
const PLACE = 'account:acme/7'

t.test('what was sealed opens at its place', async (t) => {
  const seal = makeSeal(FIRST)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, place) => {
      return seal.open(seal.seal(text, place), place) === text
    }),
  )
  t.pass('any text, any place')
})

t.test('the text cannot be seen in what is sealed, and no two seals are alike', async (t) => {
  const seal = makeSeal(FIRST)
  const sealed = Array.from({ length: 1_000 }, () => seal.seal('wati_token', PLACE))
  t.equal(new Set(sealed).size, 1_000)
  for (const text of sealed.slice(0, 20)) {
    t.match(text, /^first\.[A-Za-z0-9+/]+={0,2}$/)
    t.notOk(Buffer.from(text.slice(6), 'base64').includes('wati'))
  }
})

t.test('what was moved to another place does not open', async (t) => {
  const seal = makeSeal(FIRST)
  const sealed = seal.seal('text', PLACE)
  for (const place of [
    'account:acme/8',
    'account:acme/70',
    'account:acmE/7',
    '',
    ' account:acme/7',
    `${PLACE}\0`,
  ]) {
    t.throws(() => seal.open(sealed, place), JSON.stringify(place))
  }
  t.equal(seal.open(sealed, PLACE), 'text')
})

t.test('what was edited does not open, whichever bit it was', async (t) => {
  const seal = makeSeal(FIRST)
  const bytes = Buffer.from(seal.seal('text', PLACE).slice('first.'.length), 'base64')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const edited = Buffer.from(bytes)
    edited[bit >> 3]! ^= 1 << (bit & 7)
    t.throws(() => seal.open(`first.${edited.toString('base64')}`, PLACE), `bit ${bit}`)
  }
})

t.test('what was cut or lengthened does not open', async (t) => {
  const seal = makeSeal(FIRST)
  const bytes = Buffer.from(seal.seal('text', PLACE).slice('first.'.length), 'base64')
  for (let length = 0; length < bytes.length; length++) {
    t.throws(
      () => seal.open(`first.${bytes.subarray(0, length).toString('base64')}`, PLACE),
      `${length} bytes`,
    )
  }
  const longer = Buffer.concat([bytes, Buffer.from([0])])
  t.throws(() => seal.open(`first.${longer.toString('base64')}`, PLACE))
})

t.test('a tag shorter than 16 bytes is not enough', async (t) => {
  // GCM accepts 4-byte tags where nobody forbids them: those can be guessed (NIST SP 800-38D, appendix C).
  const seal = makeSeal(FIRST)
  const bytes = Buffer.from(seal.seal('', PLACE).slice('first.'.length), 'base64')
  t.equal(bytes.length, 12 + 16)
  for (const length of [12 + 4, 12 + 8, 12 + 12, 12 + 15]) {
    t.throws(() => seal.open(`first.${bytes.subarray(0, length).toString('base64')}`, PLACE), /too short/)
  }
})

t.test('what was sealed with another key does not open, even under the same id', async (t) => {
  const sealed = makeSeal(FIRST).seal('text', PLACE)
  t.throws(() => makeSeal(SECOND).open(sealed, PLACE), /not in the ring/)
  t.throws(() => makeSeal(generateKey('first')).open(sealed, PLACE))
  const both = makeSeal(`${FIRST},${SECOND}`)
  t.throws(() => both.open(sealed.replace('first', 'second'), PLACE))
})

t.test('what was never sealed does not open', async (t) => {
  const seal = makeSeal(FIRST)
  for (const text of [
    '',
    '.',
    'first',
    'first.',
    'first.AAAA',
    'text',
    '.text',
    'firstx',
    '__proto__.AAAA',
    'first.!',
  ]) {
    t.throws(() => seal.open(text, PLACE), JSON.stringify(text))
  }
  t.throws(() => seal.open(`first.${randomBytes(64).toString('base64')}`, PLACE))
})

t.test(
  'of a ring the first key seals and all open, so keys can be changed one after the other',
  async (t) => {
    const before = makeSeal(FIRST)
    const between = makeSeal(`${SECOND},${FIRST}`)
    const after = makeSeal(SECOND)
    const old = before.seal('old', PLACE)
    const renewed = between.seal(between.open(old, PLACE), PLACE)
    t.match(renewed, /^second\./)
    t.equal(between.open(renewed, PLACE), 'old')
    t.equal(after.open(renewed, PLACE), 'old')
    t.throws(() => after.open(old, PLACE), /not in the ring/)
    t.throws(() => before.open(renewed, PLACE), /not in the ring/)
  },
)

t.test('white space around the keys of a ring is left out', async (t) => {
  const sealed = makeSeal(FIRST).seal('text', PLACE)
  t.equal(makeSeal(` ${SECOND} , ${FIRST} \n`).open(sealed, PLACE), 'text')
})

t.test('a generated key has 32 bytes and is another each time', async (t) => {
  const key = generateKey('k-1_A')
  t.match(key, /^k-1_A:[A-Za-z0-9+/]{43}=$/)
  t.not(generateKey('k-1_A'), key)
})

const ENCODED = FIRST.slice('first:'.length)

for (const [when, keys, sentence] of [
  ['it is empty', '', /^key 1 must have the form id:base64/],
  ['it has no id', ENCODED, /^key 1 must have the form id:base64/],
  ['its id is empty', `:${ENCODED}`, /^key 1 must have the form/],
  ['its id has a dot', `a.b:${ENCODED}`, /^key 1 must have the form/],
  ['its id is too long', `${'a'.repeat(65)}:${ENCODED}`, /^key 1 must have the form/],
  ['it is 31 bytes', `a:${Buffer.alloc(31).toString('base64')}`, /^key 1.* must be 32 bytes in base64/],
  ['it is 33 bytes', `a:${Buffer.alloc(33).toString('base64')}`, /^key 1.* must be 32 bytes in base64/],
  ['it is hex', `a:${Buffer.alloc(32).toString('hex')}`, /^key 1.* must be 32 bytes in base64/],
  [
    'it is base64url',
    `a:${Buffer.alloc(32, 255).toString('base64url')}`,
    /^key 1.* must be 32 bytes in base64/,
  ],
  ['rubbish stands in it', `a:${ENCODED.slice(0, 20)} ${ENCODED.slice(20)}`, /^key 1.* must be 32 bytes/],
  ['the second is wrong', `${FIRST},b`, /^key 2 must have the form/],
  ['a comma trails', `${FIRST},`, /^key 2 must have the form/],
  ['two have the same id', `${FIRST},${generateKey('first')}`, /^two keys have the same id$/],
] as const) {
  t.test(`a key ring is refused when ${when}, and the sentence shows no key`, async (t) => {
    t.throws(() => makeSeal(keys), { message: sentence })
    try {
      makeSeal(keys)
    } catch (error) {
      t.notOk((error as Error).message.includes(ENCODED.slice(0, 20)))
    }
  })
}
