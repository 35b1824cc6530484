import { type KeyObject, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { readProviderKeys } from '../src/provider-keys.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')

function jwk(key: KeyObject, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), ...more }
}

/** The names of the keys that are taken, and the sentences about the others. */
function read(...keys: unknown[]): { names: unknown[]; skipped: readonly string[] } {
  const { keys: taken, skipped } = readProviderKeys(JSON.stringify({ keys }))
  return { names: taken.map(({ kid, algorithm }) => `${kid ?? '-'} ${algorithm}`), skipped }
}

const GOOD = jwk(ed.publicKey, { kid: 'good' })

t.test('keys of the three kinds are taken, with the algorithm of their kind', async (t) => {
  const more = { use: 'sig', key_ops: ['verify'], x5t: 'x', unknown: { member: 1 } }
  t.same(
    read(
      jwk(rsa.publicKey, { kid: 'r', alg: 'RS256', ...more }),
      jwk(ec.publicKey, { kid: 'e', alg: 'ES256' }),
      jwk(ed.publicKey, { kid: 'd', alg: 'EdDSA' }),
      jwk(otherRsa.publicKey),
    ),
    { names: ['r RS256', 'e ES256', 'd EdDSA', '- RS256'], skipped: [] },
  )
})

const SKIPPED: readonly (readonly [what: string, key: Record<string, unknown>, sentence: RegExp])[] = [
  [
    'a short RSA key',
    jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    /shorter than 2048/,
  ],
  ['a key of P-384', jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), /none of RSA, P-256/],
  ['a key of P-521', jwk(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey), /none of RSA, P-256/],
  [
    'a key of secp256k1',
    jwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
    /none of RSA, P-256/,
  ],
  ['a key of Ed448', jwk(generateKeyPairSync('ed448').publicKey), /none of RSA, P-256/],
  ['a key of X25519', jwk(generateKeyPairSync('x25519').publicKey), /none of RSA, P-256/],
  ['a key for encryption', jwk(rsa.publicKey, { use: 'enc' }), /not for signatures/],
  ['a key for a use nobody knows', jwk(rsa.publicKey, { use: 'tls' }), /not for signatures/],
  ['a key whose use is a list', jwk(rsa.publicKey, { use: ['sig'] }), /not for signatures/],
  ['a key for signing only', jwk(rsa.publicKey, { key_ops: ['sign'] }), /not for verifying/],
  ['a key whose operations are a text', jwk(rsa.publicKey, { key_ops: 'verify' }), /not for verifying/],
  ...['RS384', 'RS512', 'PS256', 'HS256', 'none', '', null, ['RS256']].map(
    (alg) =>
      [`an RSA key for ${JSON.stringify(alg)}`, jwk(rsa.publicKey, { alg }), /another algorithm/] as const,
  ),
  ['a P-256 key for ES256K', jwk(ec.publicKey, { alg: 'ES256K' }), /another algorithm than ES256/],
  ['an Ed25519 key for RS256', jwk(ed.publicKey, { alg: 'RS256' }), /another algorithm than EdDSA/],
  ['a private key of RSA', jwk(rsa.privateKey), /private or secret key, which is published/],
  ['a private key of P-256', jwk(ec.privateKey), /private or secret key, which is published/],
  ['a private key of Ed25519', jwk(ed.privateKey), /private or secret key, which is published/],
  ['an RSA key with a prime', jwk(rsa.publicKey, { p: 'AQAB' }), /private or secret key/],
  ['a secret', { kty: 'oct', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' }, /private or secret key/],
  ['a secret for HS256', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }, /private or secret key/],
  ['a key of an unknown kind', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, /cannot be read/],
  ['a key without a kind', { n: 'AAAA', e: 'AQAB' }, /cannot be read/],
  ['an RSA key without a modulus', { kty: 'RSA', e: 'AQAB' }, /cannot be read|shorter/],
  ['a key whose modulus is a number', { kty: 'RSA', n: 7, e: 'AQAB' }, /cannot be read/],
  ['a point that is not on the curve', jwk(ec.publicKey, { y: 'A'.repeat(43) }), /cannot be read/],
  ['an Ed25519 key that is too short', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }, /cannot be read/],
]

for (const [what, key, sentence] of SKIPPED) {
  t.test(`${what} is left out, and the key beside it taken`, async (t) => {
    const { names, skipped } = read({ ...key, kid: 'odd' }, GOOD)
    t.same(names, ['good EdDSA'])
    t.equal(skipped.length, 1)
    t.match(skipped[0], /^"odd": a/)
    t.match(skipped[0], sentence)
  })
}

t.test('of different keys with one name and algorithm none is taken', async (t) => {
  const twins = [jwk(rsa.publicKey, { kid: 'twin' }), jwk(otherRsa.publicKey, { kid: 'twin' })]
  t.same(read(...twins, GOOD), {
    names: ['good EdDSA'],
    skipped: ['"twin": several RS256 keys have this name'],
  })
  t.same(read(...twins, twins[0], GOOD).names, ['good EdDSA'], 'whatever their order')
  t.same(read(jwk(rsa.publicKey), GOOD, jwk(otherRsa.publicKey)), {
    names: ['good EdDSA'],
    skipped: ['no kid: several RS256 keys have this name'],
  })
})

t.test('the same key twice is one', async (t) => {
  t.same(read(GOOD, { ...GOOD, use: 'sig' }), { names: ['good EdDSA'], skipped: [] })
})

t.test('one name may stand for a key of each kind', async (t) => {
  const names = [rsa, ec, ed].map(({ publicKey }) => jwk(publicKey, { kid: 'a' }))
  t.same(read(...names).names, ['a RS256', 'a ES256', 'a EdDSA'])
})

t.test('a kid that is no text is none; null and undefined are no names', async (t) => {
  t.same(read(jwk(ed.publicKey, { kid: 7 }), jwk(rsa.publicKey, { kid: null })).names, ['- EdDSA', '- RS256'])
  t.same(read(jwk(rsa.publicKey, { kid: 'null' }), jwk(otherRsa.publicKey)).names, ['null RS256', '- RS256'])
})

t.test('what is said about a key shows no more of it than the begin of its name', async (t) => {
  const { skipped } = read({ ...jwk(rsa.privateKey), kid: `a\n${'x'.repeat(10_000)}` }, GOOD)
  t.match(skipped[0], /^"a\\nx{98}": a private/)
  t.notOk(skipped.join().includes(String(rsa.privateKey.export({ format: 'jwk' }).d)))
})

const REFUSED: readonly (readonly [what: string, text: string, sentence: RegExp])[] = [
  ['nothing', '', /^the JWKS is not valid JSON$/],
  ['an HTML page', '<!doctype html><title>Sign in</title>', /^the JWKS is not valid JSON$/],
  ['JSON that breaks off', '{"keys":[{"kty"', /^the JWKS is not valid JSON$/],
  ['null', 'null', /no "keys" array/],
  ['a list', `[${JSON.stringify(GOOD)}]`, /no "keys" array/],
  ['an error as JSON', '{"error":"away"}', /no "keys" array/],
  ['a lone key', JSON.stringify(GOOD), /no "keys" array/],
  ['keys that are no list', '{"keys":{"0":{}}}', /no "keys" array/],
  ['keys that are no objects', JSON.stringify({ keys: [GOOD, null] }), /no "keys" array/],
  ['an empty set', '{"keys":[]}', /no key that can be used/],
  [
    'a set of nothing but odd keys',
    JSON.stringify({ keys: [{ ...GOOD, use: 'enc' }] }),
    /no key that can be used/,
  ],
  ['a set of 1,001 keys', JSON.stringify({ keys: Array(1_001).fill(GOOD) }), /more than 1000 keys/],
]

for (const [what, text, sentence] of REFUSED) {
  t.test(`${what} is refused with a sentence`, async (t) => t.throws(() => readProviderKeys(text), sentence))
}
