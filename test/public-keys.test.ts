import { type KeyObject, createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { namedKey, readPublicKeys, unnamedKey } from '../src/public-keys.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 3072 })
const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

function jwk(key: KeyObject, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), ...more }
}

function jwks(...keys: unknown[]): string {
  return JSON.stringify({ keys })
}

function digest(text: string): string {
  return createHash('sha256')
    .update(createPublicKey(text).export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

t.test("the key's kind gives its algorithm", async (t) => {
  for (const [key, algorithm] of [
    [rsa.publicKey, 'RS256'],
    [ec.publicKey, 'ES256'],
    [ed.publicKey, 'EdDSA'],
  ] as const) {
    t.same(readPublicKeys(pem(key)), [{ kid: undefined, algorithm, pem: pem(key) }])
    t.same(readPublicKeys(jwks(jwk(key, { kid: 'a' }))), [{ kid: 'a', algorithm, pem: pem(key) }])
  }
})

t.test(
  'a token that calls itself HS256 has no key here: what a JWKS says about alg changes nothing',
  async (t) => {
    const [key] = readPublicKeys(jwks(jwk(rsa.publicKey, { alg: 'HS256', kid: 'a' })))
    t.equal(key?.algorithm, 'RS256')
  },
)

t.test('a PEM file may hold one key of each kind, with text around them', async (t) => {
  const text = `# our keys\r\n${pem(rsa.publicKey)}\n\nthe second:\n${pem(ec.publicKey).replaceAll('\n', '\r\n')}${pem(ed.publicKey)}`
  t.same(
    readPublicKeys(text).map(({ algorithm }) => algorithm),
    ['RS256', 'ES256', 'EdDSA'],
  )
})

t.test('the older form of an RSA key is read too', async (t) => {
  const text = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  t.match(text, /BEGIN RSA PUBLIC KEY/)
  const [key] = readPublicKeys(text)
  t.equal(key?.algorithm, 'RS256')
  t.equal(digest(key?.pem ?? ''), digest(pem(rsa.publicKey)))
})

t.test('a JWKS may hold several keys of a kind, told apart by their kid', async (t) => {
  const text = jwks(
    jwk(rsa.publicKey, { kid: 'old', use: 'sig' }),
    jwk(otherRsa.publicKey, { kid: 'new' }),
    jwk(ed.publicKey, { kid: 'new' }),
  )
  t.same(
    readPublicKeys(`\n  ${text}\n`).map(({ kid, algorithm }) => [kid, algorithm]),
    [
      ['old', 'RS256'],
      ['new', 'RS256'],
      ['new', 'EdDSA'],
    ],
  )
})

t.test('keys for encryption are left out', async (t) => {
  const text = jwks(jwk(rsa.publicKey, { kid: 'a', use: 'enc' }), jwk(ec.publicKey, { kid: 'b' }))
  t.same(
    readPublicKeys(text).map(({ kid }) => kid),
    ['b'],
  )
})

const PRIVATE_PEM = /private key: only the public one belongs here/
const NOT_PUBLIC = /private or secret key: only public ones belong here/
const NO_KEY = /holds no public key in PEM or JWKS form/

const REFUSED: readonly (readonly [what: string, text: string, sentence: RegExp])[] = [
  ['an empty file', '', NO_KEY],
  ['some other text', 'hello', NO_KEY],
  [
    'a PEM block of something else',
    '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----',
    NO_KEY,
  ],
  ['a private key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), PRIVATE_PEM],
  [
    'an older private RSA key',
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    PRIVATE_PEM,
  ],
  ['an older private EC key', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), PRIVATE_PEM],
  [
    'an encrypted private key',
    rsa.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString(),
    PRIVATE_PEM,
  ],
  [
    'a private key behind its public one',
    pem(ed.publicKey) + ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    PRIVATE_PEM,
  ],
  ['a private JWK of RSA', jwks(jwk(rsa.privateKey, { kid: 'a' })), NOT_PUBLIC],
  ['a private JWK of EC', jwks(jwk(ec.privateKey)), NOT_PUBLIC],
  ['a private JWK of Ed25519 behind a public one', jwks(jwk(ed.publicKey), jwk(ed.privateKey)), NOT_PUBLIC],
  ['a secret JWK', jwks({ kty: 'oct', k: 'c2VjcmV0' }), NOT_PUBLIC],
  ['a private JWK for encryption', jwks(jwk(ed.publicKey), jwk(rsa.privateKey, { use: 'enc' })), NOT_PUBLIC],
  ['a short RSA key', pem(shortRsa.publicKey), /an RSA key is shorter than 2048 bits/],
  ['a short RSA key in a JWKS', jwks(jwk(shortRsa.publicKey)), /an RSA key is shorter than 2048 bits/],
  [
    'a key of P-384',
    pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
    /none of RSA, P-256 and Ed25519/,
  ],
  [
    'a key of secp256k1',
    pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
    /none of RSA, P-256/,
  ],
  ['a key of X25519', pem(generateKeyPairSync('x25519').publicKey), /none of RSA, P-256 and Ed25519/],
  ['a key of Ed448', pem(generateKeyPairSync('ed448').publicKey), /none of RSA, P-256 and Ed25519/],
  [
    'a key for RSA-PSS only',
    pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
    /none of RSA, P-256 and Ed25519/,
  ],
  [
    'two RSA keys in PEM',
    pem(rsa.publicKey) + pem(otherRsa.publicKey),
    /2 RS256 keys that nothing tells apart/,
  ],
  ['the same key twice', pem(ed.publicKey) + pem(ed.publicKey), /2 EdDSA keys that nothing tells apart/],
  [
    'two keys of one kid',
    jwks(jwk(rsa.publicKey, { kid: 'a' }), jwk(otherRsa.publicKey, { kid: 'a' })),
    /2 RS256 keys that nothing tells apart/,
  ],
  [
    'two keys of one kind whose kid is no text',
    jwks(jwk(rsa.publicKey, { kid: 1 }), jwk(otherRsa.publicKey, { kid: 2 })),
    /2 RS256 keys that nothing tells apart/,
  ],
  ['a JWKS without keys', jwks(), NO_KEY],
  ['a JWKS with nothing but keys for encryption', jwks(jwk(rsa.publicKey, { use: 'enc' })), NO_KEY],
  ['JSON that is no JWKS', '{"key":1}', /no "keys" array of objects, so it is not a JWKS/],
  ['a JWKS whose keys are no array', '{"keys":{"0":1}}', /no "keys" array of objects, so it is not a JWKS/],
  ['a lone JWK', JSON.stringify(jwk(rsa.publicKey)), /no "keys" array of objects, so it is not a JWKS/],
]

for (const [what, text, sentence] of REFUSED) {
  t.test(`${what} is refused with a sentence`, async (t) => t.throws(() => readPublicKeys(text), sentence))
}

t.test('what is broken is refused with a sentence of ours, not with a message of the runtime', async (t) => {
  for (const [what, text] of [
    ['JSON that breaks off', '{"keys":['],
    ['a key that is null', jwks(null)],
    ['a key that is text', jwks('x')],
    ['a key without a kind', jwks({})],
    ['a key of an unknown kind', jwks({ kty: 'XYZ' })],
    ['a PEM block of rubbish', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
  ] as const) {
    t.throws(() => readPublicKeys(text), { message: /^(?:the (?:file|JSON|JWKS)|a key) / }, what)
  }
})

t.test('a token chooses among the keys of its alg', async (t) => {
  const [a, b, other] = ['a', 'b', 'a'].map((kid, i) => ({
    kid,
    algorithm: i === 2 ? ('EdDSA' as const) : ('RS256' as const),
    pem: String(i),
  }))
  const nameless = { kid: undefined, algorithm: 'RS256' as const, pem: 'x' }
  const keys = [a!, b!, other!]

  t.test('by its kid', async (t) => {
    t.equal(namedKey(keys, { alg: 'RS256', kid: 'b' }), b)
    t.equal(namedKey(keys, { alg: 'EdDSA', kid: 'a' }), other)
    for (const header of [
      { alg: 'RS256', kid: 'c' },
      { alg: 'EdDSA', kid: 'b' },
      { alg: 'ES256', kid: 'a' },
      { alg: 'HS256', kid: 'a' },
      { alg: 'none', kid: 'a' },
      { alg: ['RS256'], kid: 'a' },
      { alg: 'RS256', kid: ['a'] },
      { alg: 'RS256', kid: null },
      { kid: 'a' },
      { alg: 'RS256' },
      {},
    ]) {
      t.equal(namedKey([...keys, nameless], header), undefined, JSON.stringify(header))
    }
  })

  t.test('without a kid, when there is only one', async (t) => {
    t.equal(unnamedKey(keys, { alg: 'EdDSA' }), other)
    t.equal(unnamedKey(keys, { alg: 'RS256' }), undefined)
    t.equal(unnamedKey(keys, { alg: 'EdDSA', kid: 'b' }), undefined)
  })

  t.test('with any kid, when a key has no name', async (t) => {
    t.equal(unnamedKey([...keys, nameless], { alg: 'RS256' }), nameless)
    t.equal(unnamedKey([...keys, nameless], { alg: 'RS256', kid: 'c' }), nameless)
    t.equal(unnamedKey([...keys, nameless], { alg: 'ES256' }), undefined)
  })
})
