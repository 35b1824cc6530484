import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type AuthenticationOptions, authenticate, authentication } from '../src/authentication.ts'
import { step } from '../src/gateway/step.ts'
import { readSettings } from '../src/config.ts'
import { type IdentityProvider, identityProvider } from '../src/identity-provider.ts'
import { makeLogger } from '../src/logging.ts'
import { readPublicKeys } from '../src/public-keys.ts'
import { makeServer } from '../src/server.ts'
import { sendTo } from './helpers/http-client.ts'
import { isProblem } from './helpers/problem.ts'
import { JWT_SECRET, startBare } from './helpers/running-gateway.ts'
import { type HttpUpstream, closedPort, startHttpUpstream } from './helpers/upstream.ts'

type Ask = (authorization: string | undefined) => Promise<Awaited<ReturnType<Bare['call']>>>
type Bare = Awaited<ReturnType<typeof startBare>>

const PATH = '/channels/sales/api/v1/getContacts'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const otherEd = generateKeyPairSync('ed25519')

const now = Math.floor(Date.now() / 1000)
const GOOD = { sub: 'shop', exp: now + 600, channels: ['sales'], scope: 'contacts:read' }

t.test('a token signed with the secret', async (t) => {
  const ask = await start(t, { JWT_SECRET })
  const hs256 = (claims: unknown, header: object = {}): string =>
    jwt({ alg: 'HS256', typ: 'JWT', ...header }, claims, hmac('sha256', JWT_SECRET))
  const good = hs256(GOOD)
  const [head = '', body = '', signature = ''] = good.split('.')

  await accepts(t, ask, {
    'as it should be': good,
    'without typ': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', JWT_SECRET)),
    'that began a second ago': hs256({ ...GOOD, nbf: now - 1, iat: now - 1 }),
    'with an issuer and an audience nobody asked for': hs256({ ...GOOD, iss: 'a', aud: 'b' }),
    'with a kid that means nothing': hs256(GOOD, { kid: 'x' }),
  })
  await refuses(t, ask, {
    'that is expired': hs256({ ...GOOD, exp: now - 1 }),
    'that expires this very second': hs256({ ...GOOD, exp: now }),
    'that is not yet valid': hs256({ ...GOOD, nbf: now + 60 }),
    'without exp': hs256({ ...GOOD, exp: undefined }),
    'without sub': hs256({ ...GOOD, sub: undefined }),
    'whose exp is a text': hs256({ ...GOOD, exp: String(now + 600) }),
    'whose exp is null': hs256({ ...GOOD, exp: null }),
    'whose nbf is a text': hs256({ ...GOOD, nbf: 'now' }),
    'whose sub is empty': hs256({ ...GOOD, sub: '' }),
    'whose sub is a number': hs256({ ...GOOD, sub: 7 }),
    'whose sub is null': hs256({ ...GOOD, sub: null }),
    'whose scope is a list': hs256({ ...GOOD, scope: ['contacts:read'] }),
    'whose channel is a list': hs256({ ...GOOD, channel: ['sales'] }),
    'whose payload is a list': hs256([GOOD]),
    'whose payload is a text': hs256('shop'),
    'whose payload is null': hs256(null),
    'signed with another secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', `${JWT_SECRET}!`)),
    'signed with an empty secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', '')),
    'of HS512': jwt({ alg: 'HS512' }, GOOD, hmac('sha512', JWT_SECRET)),
    'of alg none': jwt({ alg: 'none' }, GOOD, () => Buffer.alloc(0)),
    'of alg None': jwt({ alg: 'None' }, GOOD, () => Buffer.alloc(0)),
    'of alg none with a signature': jwt({ alg: 'none' }, GOOD, hmac('sha256', JWT_SECRET)),
    'without alg': jwt({ typ: 'JWT' }, GOOD, hmac('sha256', JWT_SECRET)),
    'whose signature is missing': `${head}.${body}.`,
    'whose signature is cut off': `${head}.${body}`,
    'whose signature is cut short': good.slice(0, -4),
    'whose claims were exchanged': `${head}.${encode({ ...GOOD, channels: ['*'] })}.${signature}`,
    'whose header was exchanged': `${encode({ alg: 'HS256', kid: 'x' })}.${body}.${signature}`,
    'with a critical header nobody knows': hs256(GOOD, { crit: ['x'], x: 1 }),
    'that brings its own key': jwt(
      { alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) },
      GOOD,
      rs256(rsa.privateKey),
    ),
    'of four parts': `${good}.x`,
    'that is no JSON': 'a.b.c',
    'that is empty': '',
  })
})

t.test('the Authorization header', async (t) => {
  const ask = await start(t, { JWT_SECRET })
  const good = jwt({ alg: 'HS256' }, GOOD, hmac('sha256', JWT_SECRET))
  // RFC 9110, 11.1: the scheme is read without regard to case.
  for (const [what, authorization, ok] of [
    ['with bearer in lower case', `bearer ${good}`, true],
    ['with BEARER in upper case', `BEARER ${good}`, true],
    ['that is missing', undefined, false],
    ['with another scheme', `Basic ${good}`, false],
    ['without a scheme', good, false],
    ['with a scheme alone', 'Bearer', false],
    ['with two tokens', `Bearer ${good} ${good}`, false],
    ['with two tokens and a comma', `Bearer ${good}, Bearer ${good}`, false],
    ['with quotes', `Bearer "${good}"`, false],
  ] as const) {
    t.test(`${what} is ${ok ? 'taken' : 'refused'}`, async (t) => {
      const seen = await ask(authorization)
      if (ok) t.equal(seen.body['type'], 'urn:wati-gateway:problem:unknown-channel')
      else isRefused(t, seen)
    })
  }
  t.test('is the only place for a token', async (t) => {
    const { call } = await startBare(t)
    for (const path of [`${PATH}?token=${good}`, `${PATH}?access_token=${good}`]) {
      isRefused(t, await call('GET', path, { claims: null, headers: { cookie: `token=${good}` } }))
    }
  })
})

t.test('an issuer and an audience that are set', async (t) => {
  const ask = await start(t, { JWT_SECRET, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'wati' })
  const hs256 = (claims: object): string =>
    jwt({ alg: 'HS256' }, { ...GOOD, ...claims }, hmac('sha256', JWT_SECRET))
  const right = { iss: 'https://id.example', aud: 'wati' }
  await accepts(t, ask, {
    'with both': hs256(right),
    'with the audience among others': hs256({ ...right, aud: ['other', 'wati'] }),
  })
  await refuses(t, ask, {
    'with neither': hs256({}),
    'without an issuer': hs256({ aud: 'wati' }),
    'without an audience': hs256({ iss: right.iss }),
    'of another issuer': hs256({ ...right, iss: 'https://id.example.evil' }),
    'with issuers': hs256({ ...right, iss: ['https://id.example', 'https://evil.example'] }),
    'for another audience': hs256({ ...right, aud: 'watis' }),
    'for no audience': hs256({ ...right, aud: [] }),
  })
})

const SIGNERS = { RS256: rs256(rsa.privateKey), ES256: es256(ec.privateKey), EdDSA: edDsa(ed.privateKey) }
const PEMS = { RS256: pem(rsa.publicKey), ES256: pem(ec.publicKey), EdDSA: pem(ed.publicKey) }

for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
  t.test(`with a ${alg} key in a PEM file alone`, async (t) => {
    const ask = await start(t, {}, { 'keys.pem': PEMS[alg] })
    const others = (['RS256', 'ES256', 'EdDSA'] as const).filter((other) => other !== alg)
    await accepts(t, ask, { 'it signed': jwt({ alg }, GOOD, SIGNERS[alg]) })
    await refuses(t, ask, {
      'that is expired': jwt({ alg }, { ...GOOD, exp: 1 }, SIGNERS[alg]),
      'without exp': jwt({ alg }, { ...GOOD, exp: undefined }, SIGNERS[alg]),
      'of alg none': jwt({ alg: 'none' }, GOOD, () => Buffer.alloc(0)),
      // RFC 8725, 2.1: the public key, which everybody has, taken for a secret.
      'signed with the public key as a secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', PEMS[alg])),
      'signed with the trimmed public key as a secret': jwt(
        { alg: 'HS256' },
        GOOD,
        hmac('sha256', PEMS[alg].trim()),
      ),
      'signed with an empty secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', '')),
      'signed with the secret of other gateways': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', JWT_SECRET)),
      'signed by another key of its kind': jwt({ alg: 'RS256' }, GOOD, rs256(otherRsa.privateKey)),
      ...Object.fromEntries(
        others.map((other) => [`of ${other}`, jwt({ alg: other }, GOOD, SIGNERS[other])]),
      ),
      ...Object.fromEntries(
        others.map((other) => [
          `called ${other}, signed with ${alg}`,
          jwt({ alg: other }, GOOD, SIGNERS[alg]),
        ]),
      ),
    })
  })
}

t.test('with three kinds of keys in one PEM file and a secret', async (t) => {
  const ask = await start(t, { JWT_SECRET }, { 'keys.pem': Object.values(PEMS).join('\n') })
  await accepts(t, ask, {
    'of RS256': jwt({ alg: 'RS256' }, GOOD, SIGNERS.RS256),
    'of ES256': jwt({ alg: 'ES256' }, GOOD, SIGNERS.ES256),
    'of EdDSA': jwt({ alg: 'EdDSA' }, GOOD, SIGNERS.EdDSA),
    'of HS256': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', JWT_SECRET)),
  })
  await refuses(t, ask, {
    'whose secret is a public key': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', PEMS.RS256)),
    'of PS256': jwt({ alg: 'PS256' }, GOOD, SIGNERS.RS256),
    'of RS512': jwt({ alg: 'RS512' }, GOOD, (bytes) => signBytes('sha512', bytes, rsa.privateKey)),
  })
})

t.test('with a JWKS', async (t) => {
  const keys = [
    jwkOf(rsa.publicKey, 'r'),
    jwkOf(ec.publicKey, 'e'),
    jwkOf(ed.publicKey, 'd'),
    jwkOf(otherEd.publicKey, 'd2'),
  ]
  const ask = await start(t, {}, { 'keys.json': JSON.stringify({ keys }) })
  await accepts(t, ask, {
    'of RS256 with its kid': jwt({ alg: 'RS256', kid: 'r' }, GOOD, SIGNERS.RS256),
    'of ES256 with its kid': jwt({ alg: 'ES256', kid: 'e' }, GOOD, SIGNERS.ES256),
    'of EdDSA with its kid': jwt({ alg: 'EdDSA', kid: 'd' }, GOOD, SIGNERS.EdDSA),
    'of a second key of its kind': jwt({ alg: 'EdDSA', kid: 'd2' }, GOOD, edDsa(otherEd.privateKey)),
  })
  await refuses(t, ask, {
    'with an unknown kid': jwt({ alg: 'RS256', kid: 'x' }, GOOD, SIGNERS.RS256),
    'with the kid of another key of its kind': jwt({ alg: 'EdDSA', kid: 'd2' }, GOOD, SIGNERS.EdDSA),
    'with the kid of a key of another kind': jwt({ alg: 'RS256', kid: 'e' }, GOOD, SIGNERS.RS256),
    'with a kid that is a path': jwt({ alg: 'HS256', kid: '../../dev/null' }, GOOD, hmac('sha256', '')),
    'with a kid that is __proto__': jwt({ alg: 'RS256', kid: '__proto__' }, GOOD, SIGNERS.RS256),
    'with the address of another key set': jwt(
      { alg: 'RS256', kid: 'x', jku: 'http://127.0.0.1:1/' },
      GOOD,
      rs256(otherRsa.privateKey),
    ),
    'whose secret is a key as JSON': jwt(
      { alg: 'HS256', kid: 'r' },
      GOOD,
      hmac('sha256', JSON.stringify(keys[0])),
    ),
  })
})

t.test('with the keys of an identity provider', async (t) => {
  const keys = [jwkOf(rsa.publicKey, 'r'), jwkOf(ec.publicKey, 'e'), jwkOf(ed.publicKey, 'd')]
  const { provider, asked } = await startProvider(t, keys)
  const ask = await startAlone(t, { provider })
  await letsIn(t, ask, {
    'of RS256': jwt({ alg: 'RS256', kid: 'r' }, GOOD, SIGNERS.RS256),
    'of ES256': jwt({ alg: 'ES256', kid: 'e' }, GOOD, SIGNERS.ES256),
    'of EdDSA': jwt({ alg: 'EdDSA', kid: 'd' }, GOOD, SIGNERS.EdDSA),
    'without a kid, where one key fits': jwt({ alg: 'RS256' }, GOOD, SIGNERS.RS256),
  })
  await refuses(t, ask, {
    'that is expired': jwt({ alg: 'RS256', kid: 'r' }, { ...GOOD, exp: 1 }, SIGNERS.RS256),
    'with an unknown kid': jwt({ alg: 'RS256', kid: 'x' }, GOOD, SIGNERS.RS256),
    'with the kid of a key of another kind': jwt({ alg: 'RS256', kid: 'e' }, GOOD, SIGNERS.RS256),
    'signed by another key of its kind': jwt({ alg: 'RS256', kid: 'r' }, GOOD, rs256(otherRsa.privateKey)),
    'of alg none': jwt({ alg: 'none', kid: 'r' }, GOOD, () => Buffer.alloc(0)),
    'of RS512': jwt({ alg: 'RS512', kid: 'r' }, GOOD, (bytes) => signBytes('sha512', bytes, rsa.privateKey)),
    'whose secret is the public key': jwt({ alg: 'HS256', kid: 'r' }, GOOD, hmac('sha256', PEMS.RS256)),
    'whose secret is the key as JSON': jwt(
      { alg: 'HS256', kid: 'r' },
      GOOD,
      hmac('sha256', JSON.stringify(keys[0])),
    ),
    'signed with an empty secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', '')),
    'that brings the address of other keys': jwt(
      { alg: 'RS256', kid: 'x', jku: 'http://127.0.0.1:1/' },
      GOOD,
      rs256(otherRsa.privateKey),
    ),
  })
  t.test('the provider was asked once for all of these', async (t) => t.equal(asked.requests.length, 1))
})

t.test('what is said about a key that nobody knows', async (t) => {
  const token = `Bearer ${jwt({ alg: 'RS256', kid: 'x' }, GOOD, SIGNERS.RS256)}`
  const detail = async (ask: Ask): Promise<unknown> => {
    const seen = await ask(token)
    isRefused(t, seen)
    return seen.body['detail']
  }
  const { provider } = await startProvider(t, [jwkOf(rsa.publicKey, 'r')])
  t.equal(
    await detail(await startAlone(t, { provider })),
    'The token is not valid: no key of the gateway fits its alg and kid.',
  )
  const away = providerAt(t, await closedPort())
  t.equal(
    await detail(await startAlone(t, { provider: away })),
    'The token cannot be verified: its key is not known, and the identity provider cannot be reached.',
  )
})

t.test('keys of our own beside a provider that hangs', async (t) => {
  const asked = await startHttpUpstream(t, () => undefined)
  const provider = providerAt(t, asked.url, { timeoutMs: 60_000 })
  const jwks = JSON.stringify({ keys: [jwkOf(ec.publicKey, 'e')] })
  const publicKeys = [...readPublicKeys(PEMS.RS256), ...readPublicKeys(jwks)]
  const ask = await startAlone(t, { secret: JWT_SECRET, publicKeys, provider })
  await letsIn(t, ask, {
    'of the secret, without waiting': jwt({ alg: 'HS256', kid: 'x' }, GOOD, hmac('sha256', JWT_SECRET)),
    'of the key in PEM, without waiting': jwt({ alg: 'RS256' }, GOOD, SIGNERS.RS256),
    'of the key in PEM with a kid, without waiting': jwt({ alg: 'RS256', kid: 'x' }, GOOD, SIGNERS.RS256),
    'of the key in a JWKS, without waiting': jwt({ alg: 'ES256', kid: 'e' }, GOOD, SIGNERS.ES256),
    'of the key in a JWKS without its kid, without waiting': jwt({ alg: 'ES256' }, GOOD, SIGNERS.ES256),
  })
  await refuses(t, ask, {
    'of alg none, without waiting': jwt({ alg: 'none', kid: 'x' }, GOOD, () => Buffer.alloc(0)),
    'of an alg that is none of ours, without waiting': jwt({ alg: 'PS256', kid: 'x' }, GOOD, SIGNERS.RS256),
  })
  t.test('a token of its own waits until it is gone', async (t) => {
    const waiting = ask(`Bearer ${jwt({ alg: 'EdDSA', kid: 'd' }, GOOD, SIGNERS.EdDSA)}`)
    // Its answer comes first, though it was asked for later: the other one waits.
    await ask(`Bearer ${jwt({ alg: 'RS256' }, GOOD, SIGNERS.RS256)}`)
    await provider.close()
    isRefused(t, await waiting)
  })
})

t.test('keys of our own beside those of a provider', async (t) => {
  const answered = { keys: [jwkOf(otherRsa.publicKey, 'theirs')] }
  const { provider, asks } = await startProvider(t, answered.keys, { cooldownMs: 1 })
  const publicKeys = readPublicKeys(PEMS.RS256)
  const ask = await startAlone(t, { secret: JWT_SECRET, publicKeys, provider })
  await provider.keyFor({ alg: 'RS256', kid: 'theirs' })
  await letsIn(t, ask, {
    'of theirs, though ours fits any kid': jwt(
      { alg: 'RS256', kid: 'theirs' },
      GOOD,
      rs256(otherRsa.privateKey),
    ),
    'of ours': jwt({ alg: 'RS256' }, GOOD, SIGNERS.RS256),
    'of ours with a kid': jwt({ alg: 'RS256', kid: 'ours' }, GOOD, SIGNERS.RS256),
    'of the secret': jwt({ alg: 'HS256' }, GOOD, hmac('sha256', JWT_SECRET)),
  })
  await refuses(t, ask, {
    'of ours with the kid of theirs': jwt({ alg: 'RS256', kid: 'theirs' }, GOOD, SIGNERS.RS256),
    'of theirs without a kid': jwt({ alg: 'RS256' }, GOOD, rs256(otherRsa.privateKey)),
    'of theirs with the kid of ours': jwt({ alg: 'RS256', kid: 'ours' }, GOOD, rs256(otherRsa.privateKey)),
  })
  t.test('a new key of theirs is asked for on the side, while ours is tried', async (t) => {
    answered.keys[0] = jwkOf(otherRsa.publicKey, 'new')
    const request = once(asks, 'request', { signal: AbortSignal.timeout(5_000) })
    const token = jwt({ alg: 'RS256', kid: 'new' }, GOOD, rs256(otherRsa.privateKey))
    await ask(`Bearer ${token}`)
    await request
    await provider.keyFor({ alg: 'RS256', kid: 'new' })
    t.equal((await ask(`Bearer ${token}`)).status, 200)
  })
})

t.test('a token that was revoked', async (t) => {
  const revoked = new Set(['gone', ''])
  const { provider } = await startProvider(t, [jwkOf(ed.publicKey, 'd')])
  const ask = await startAlone(t, { secret: JWT_SECRET, provider, isRevoked: (jti) => revoked.has(jti) })
  const hs256 = (claims: object): string =>
    jwt({ alg: 'HS256' }, { ...GOOD, ...claims }, hmac('sha256', JWT_SECRET))
  await letsIn(t, ask, {
    'with another jti': hs256({ jti: 'here' }),
    'with a jti that only begins so': hs256({ jti: 'gone-not' }),
    'without a jti': hs256({}),
  })
  const theirs = jwt({ alg: 'EdDSA', kid: 'd' }, { ...GOOD, jti: 'gone' }, SIGNERS.EdDSA)
  for (const [what, token] of [
    ['signed with the secret', hs256({ jti: 'gone' })],
    ['of the identity provider', theirs],
    ['whose jti is empty', hs256({ jti: '' })],
  ] as const) {
    t.test(`${what} is refused, and nothing of it shown`, async (t) => {
      const seen = await ask(`Bearer ${token}`)
      isRefused(t, seen)
      t.equal(seen.body['detail'], 'The token was revoked: get a new one.')
      t.notMatch(seen.text, 'gone')
    })
  }
  t.test('is refused from that moment on', async (t) => {
    const token = `Bearer ${hs256({ jti: 'leaked' })}`
    t.equal((await ask(token)).status, 200)
    revoked.add('leaked')
    isRefused(t, await ask(token))
  })
  t.test('is first of all one that must be valid: who forges one learns nothing', async (t) => {
    const seen = await ask(`Bearer ${jwt({ alg: 'HS256' }, { ...GOOD, jti: 'gone' }, hmac('sha256', 'x'))}`)
    isRefused(t, seen)
    t.notMatch(seen.body['detail'], /revoked/)
  })
})

t.test('with JWT_JWKS_URL, a whole gateway', async (t) => {
  const keys = JSON.stringify({ keys: [jwkOf(ed.publicKey, 'd')] })
  const { url } = await startHttpUpstream(t, (response) => response.end(keys))
  const { call, admin } = await startBare(t, { JWT_SECRET: '', JWT_JWKS_URL: `${url}/keys` })
  const headers = (claims: object): { authorization: string } => ({
    authorization: `Bearer ${jwt({ alg: 'EdDSA', kid: 'd' }, { ...GOOD, ...claims }, SIGNERS.EdDSA)}`,
  })
  const asCaller = async (): Promise<Awaited<ReturnType<Ask>>> =>
    await call('GET', PATH, { claims: null, headers: headers({ jti: 'leaked/1' }) })
  t.equal((await asCaller()).body['type'], 'urn:wati-gateway:problem:unknown-channel')

  const asAdmin = { claims: null, headers: headers({ scope: 'admin:write' }) }
  t.equal((await admin('DELETE', '/v1/tokens/leaked%2F1', asAdmin)).status, 204)
  const seen = await asCaller()
  isRefused(t, seen)
  t.equal(seen.body['detail'], 'The token was revoked: get a new one.')
})

t.test('the control plane asks for a token as well', async (t) => {
  const { admin } = await startBare(t)
  for (const path of ['/v1/accounts', '/v1/channels/sales', '/v1/nothing', '/v1']) {
    isRefused(t, await admin('GET', path, { claims: null }))
    isRefused(t, await admin('GET', path, { claims: { exp: 1 } }))
  }
})

type Sign = (bytes: Buffer) => Buffer

function jwt(header: object, claims: unknown, sign: Sign): string {
  const content = `${encode(header)}.${encode(claims)}`
  return `${content}.${sign(Buffer.from(content)).toString('base64url')}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function hmac(hash: string, secret: string): Sign {
  return (bytes) => createHmac(hash, secret).update(bytes).digest()
}

function rs256(key: KeyObject): Sign {
  return (bytes) => signBytes('sha256', bytes, key)
}

function es256(key: KeyObject): Sign {
  return (bytes) => signBytes('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}

function edDsa(key: KeyObject): Sign {
  return (bytes) => signBytes(null, bytes, key)
}

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

function jwkOf(key: KeyObject, kid: string): object {
  return { ...key.export({ format: 'jwk' }), kid }
}

/** An identity provider whose answer holds these keys, whatever they are at that moment. */
async function startProvider(
  t: Test,
  keys: readonly object[],
  times: Times = {},
): Promise<{ provider: IdentityProvider; asked: HttpUpstream; asks: EventEmitter }> {
  const asks = new EventEmitter()
  const asked = await startHttpUpstream(t, (response) => {
    response.end(JSON.stringify({ keys }))
    asks.emit('request')
  })
  return { provider: providerAt(t, asked.url, times), asked, asks }
}

interface Times {
  readonly cooldownMs?: number
  readonly timeoutMs?: number
}

function providerAt(t: Test, origin: string, times: Times = {}): IdentityProvider {
  const provider = identityProvider({
    url: `${origin}/keys`,
    maxAgeMs: 3_600_000,
    cooldownMs: 3_600_000,
    timeoutMs: 5_000,
    log: makeLogger('silent'),
    ...times,
  })
  t.teardown(() => provider.close())
  return provider
}

/** A listener with nothing behind `authenticate`: whoever is let in gets 200. */
async function startAlone(t: Test, options: Partial<AuthenticationOptions>): Promise<Ask> {
  const app = makeServer('data', readSettings({ JWT_SECRET }), makeLogger('silent'))
  await app.register(authentication, {
    secret: undefined,
    publicKeys: [],
    issuer: undefined,
    audience: undefined,
    isRevoked: () => false,
    ...options,
  })
  app.addHook('onRequest', step(authenticate))
  app.get('/', async (request) => ({ sub: request.caller.sub }))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return async (authorization) =>
    await sendTo(url, {
      method: 'GET',
      path: '/',
      ...(authorization !== undefined && { headers: { authorization } }),
    })
}

async function letsIn(t: Test, ask: Ask, tokens: Record<string, string>): Promise<void> {
  for (const [what, token] of Object.entries(tokens)) {
    t.test(`one ${what} is taken`, async (t) => {
      const { status, body } = await ask(`Bearer ${token}`)
      t.equal(status, 200, JSON.stringify(body['detail']))
      t.same(body, { sub: GOOD.sub })
    })
  }
}

/** A gateway that knows no channel: whoever is let in gets `unknown-channel`, which says just that. */
async function start(
  t: Test,
  settings: Record<string, string>,
  files: Record<string, string> = {},
): Promise<Ask> {
  const folder = t.testdir({ ...files, data: {} })
  const [keys] = Object.keys(files)
  const { call } = await startBare(t, {
    DATA_DIR: join(folder, 'data'),
    JWT_SECRET: '',
    ...(keys !== undefined && { JWT_PUBLIC_KEYS: join(folder, keys) }),
    ...settings,
  })
  return async (authorization) =>
    await call('GET', PATH, {
      claims: null,
      ...(authorization !== undefined && { headers: { authorization } }),
    })
}

async function accepts(t: Test, ask: Ask, tokens: Record<string, string>): Promise<void> {
  for (const [what, token] of Object.entries(tokens)) {
    t.test(`one ${what} is taken`, async (t) => {
      const { status, body } = await ask(`Bearer ${token}`)
      t.equal(status, 404, JSON.stringify(body['detail']))
      t.equal(body['type'], 'urn:wati-gateway:problem:unknown-channel')
    })
  }
}

async function refuses(t: Test, ask: Ask, tokens: Record<string, string>): Promise<void> {
  for (const [what, token] of Object.entries(tokens)) {
    t.test(`one ${what} is refused`, async (t) => isRefused(t, await ask(`Bearer ${token}`)))
  }
}

function isRefused(t: Test, seen: Awaited<ReturnType<Ask>>): void {
  isProblem(t, seen, 401, 'unauthenticated')
  t.match(seen.headers['www-authenticate'], /^Bearer\b/)
}
