import { type KeyObject, generateKeyPairSync } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  identityProvider,
} from '../src/identity-provider.ts'
import { makeLogger } from '../src/logging.ts'
import type { LogLine } from './helpers/captured-log.ts'
import { closedPort, startTcpUpstream, startTlsUpstream } from './helpers/upstream.ts'
import { EXPIRED, OTHER_HOST } from './gateway/certificates.ts'
import { SELF_SIGNED } from './sandbox/certificate.ts'

const HOUR_MS = 3_600_000
const PATIENCE_MS = 5_000
const ALARM = { alarm: 'identity-provider-away' }

const keyA = jwk(generateKeyPairSync('ed25519').publicKey, 'a')
const keyB = jwk(generateKeyPairSync('ed25519').publicKey, 'b')
const keyC = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, 'c')
const A = { alg: 'EdDSA', kid: 'a' }
const B = { alg: 'EdDSA', kid: 'b' }
const UNKNOWN = { alg: 'EdDSA', kid: 'nobody knows' }

function jwk(key: KeyObject, kid: string): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), kid }
}

type Answer = (response: ServerResponse) => void

function keys(...jwks: unknown[]): Answer {
  return (response) => response.end(JSON.stringify({ keys: jwks }))
}

function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, headers).end(body)
}

/** An identity provider that answers as it is told, and can be waited for. */
class Provider extends EventEmitter {
  answer: Answer
  url = ''
  readonly requests: string[] = []

  constructor(answer: Answer) {
    super()
    this.answer = answer
  }

  /** Resolves when so many requests have come in, of all times. */
  async wasAsked(times: number): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    while (this.requests.length < times) await once(this, 'request', { signal })
  }
}

async function startProvider(t: Test, answer: Answer = keys(keyA)): Promise<Provider> {
  const provider = new Provider(answer)
  const server = createServer((request, response) => {
    provider.requests.push(`${request.method ?? ''} ${request.url ?? ''} ${JSON.stringify(request.headers)}`)
    response.on('error', () => undefined)
    response.on('close', () => provider.emit('closed'))
    provider.answer(response)
    provider.emit('request')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  return provider
}

class Log extends EventEmitter {
  readonly lines: LogLine[] = []

  write(text: string): void {
    this.lines.push(JSON.parse(text) as LogLine)
    this.emit('line')
  }

  /** The level of each line, and its words. */
  told(): string[] {
    return this.lines.map(({ level, msg }) => `${String(level)}: ${String(msg)}`)
  }

  /** Resolves when there are so many lines. */
  async has(lines: number): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    while (this.lines.length < lines) await once(this, 'line', { signal })
  }
}

const LOADED = 'info: the keys of the identity provider are loaded'
const AWAY = 'warn: the identity provider gives no keys; the last ones stay in force'
const BACK = 'info: the identity provider gives its keys again'
const CHANGED = 'info: the identity provider has changed its keys'

interface Started {
  readonly idp: IdentityProvider
  readonly log: Log
  /** A clock that stands still until a test moves it on. */
  readonly clock: { ms: number }
}

/** Fetches by itself only after an hour, unless the options say otherwise. */
function start(t: Test, url: string, options: Partial<IdentityProviderOptions> = {}): Started {
  const log = new Log()
  const clock = { ms: 1_000 }
  const idp = identityProvider({
    url,
    maxAgeMs: HOUR_MS,
    cooldownMs: HOUR_MS,
    timeoutMs: PATIENCE_MS,
    log: makeLogger('trace', log),
    now: () => clock.ms,
    ...options,
  })
  t.teardown(() => idp.close())
  return { idp, log, clock }
}

async function kidOf(idp: IdentityProvider, header: object): Promise<string | undefined> {
  return (await idp.keyFor(header))?.kid
}

/** With an authority that Node trusts from its start, the rest of a certificate can be seen alone. */
if (process.env['TEST_TRUSTS_AUTHORITIES'] !== undefined) {
  await t.test('with a trusted authority', trusted)
} else {
  const folder = t.testdir({ 'trusted.pem': SELF_SIGNED.cert + OTHER_HOST.cert + EXPIRED.cert })
  const env = { ...process.env, TEST_TRUSTS_AUTHORITIES: '1', NODE_EXTRA_CA_CERTS: `${folder}/trusted.pem` }
  const args = [...process.execArgv, fileURLToPath(import.meta.url)]
  t.spawn(process.execPath, args, { env }, 'with trusted authorities')
  t.test('fetching', fetching)
  t.test('unknown names', unknownNames)
  t.test('a provider that fails', failures)
  t.test('the end', theEnd)
}

async function trusted(t: Test): Promise<void> {
  const body = JSON.stringify({ keys: [keyA] })
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const good = await startTlsUpstream(t, SELF_SIGNED, (socket) => socket.end(answer))
  const other = await startTlsUpstream(t, OTHER_HOST, (socket) => socket.end(answer))
  const expired = await startTlsUpstream(t, EXPIRED, (socket) => socket.end(answer))
  const at = (url: string): string => `${url.replace('127.0.0.1', 'localhost')}/keys`

  t.equal(await kidOf(start(t, at(good.url)).idp, A), 'a', 'the keys are fetched over TLS')
  for (const { url, received } of [other, expired]) {
    const { idp, log } = start(t, at(url))
    t.equal(await idp.keyFor(A), undefined)
    t.match(log.lines, [{ ...ALARM, reason: /altnames|expired/ }])
    t.equal(received().length, 0, 'not one byte leaves for another host or a certificate out of date')
  }
}

async function fetching(t: Test): Promise<void> {
  t.test('begins at once; who asks for a key meanwhile waits for it', async (t) => {
    let finish = (): void => undefined
    const provider = await startProvider(t, (response) => (finish = () => keys(keyA, keyC)(response)))
    const { idp, log } = start(t, provider.url)
    t.same(idp.keys, [])
    await provider.wasAsked(1)
    const waiting = [A, { alg: 'ES256', kid: 'c' }, B].map((header) => kidOf(idp, header))
    finish()
    t.same(await Promise.all(waiting), ['a', 'c', undefined])
    t.equal(provider.requests.length, 1)
    t.match(provider.requests[0], /^GET \/keys .*"accept":"application\/jwk-set\+json, application\/json"/)
    t.notMatch(provider.requests[0], /authorization|cookie/)
    t.match(log.lines, [{ level: 'info', keys: 2, skipped: [] }])
    t.same(log.told(), [LOADED])
  })

  t.test('takes what can be used, and says what cannot', async (t) => {
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 's', alg: 'HS256' }
    const provider = await startProvider(t, keys(secret, keyA, { ...keyC, use: 'enc' }))
    const { idp, log } = start(t, provider.url)
    t.equal(await kidOf(idp, A), 'a')
    for (const header of [
      { alg: 'HS256', kid: 's' },
      { alg: 'HS256', kid: 'a' },
      { alg: 'HS256' },
      { alg: 'none', kid: 'a' },
      { alg: 'ES256', kid: 'a' },
      { alg: 'ES256', kid: 'c' },
    ]) {
      t.equal(await idp.keyFor(header), undefined, JSON.stringify(header))
    }
    t.match(log.lines, [
      { keys: 1, skipped: [/^"s": a private or secret/, /^"c": a key that is not for sig/] },
    ])
    t.notMatch(JSON.stringify(log.lines), 'c2VjcmV0')
  })

  t.test(
    'gives the only key of its kind to a token without a kid, and none to one with another',
    async (t) => {
      const nameless = { ...keyC, kid: undefined }
      const provider = await startProvider(t, keys(keyA, keyB, nameless))
      const { idp } = start(t, provider.url)
      t.equal((await idp.keyFor({ alg: 'ES256' }))?.algorithm, 'ES256')
      t.equal(await idp.keyFor({ alg: 'ES256', kid: 'c' }), undefined)
      t.equal(await idp.keyFor({ alg: 'EdDSA' }), undefined, 'of two, none')
      t.equal(await kidOf(idp, B), 'b')
    },
  )

  t.test('is repeated by itself after the age; a key that has left is not accepted any more', async (t) => {
    const provider = await startProvider(t)
    const { idp, log } = start(t, provider.url, { maxAgeMs: 20, cooldownMs: 1, now: () => performance.now() })
    t.equal(await kidOf(idp, A), 'a')
    provider.answer = keys(keyB)
    await log.has(2)
    t.same(log.told(), [LOADED, CHANGED])
    t.same(
      idp.keys.map(({ kid }) => kid),
      ['b'],
    )
    await provider.wasAsked(provider.requests.length + 2)
    t.equal(log.lines.length, 2, 'what stays the same is not logged again')
  })

  t.test('never comes sooner than the cool-down, however short the age', async (t) => {
    const provider = await startProvider(t)
    const times: number[] = []
    provider.on('request', () => times.push(performance.now()))
    start(t, provider.url, { maxAgeMs: 1, cooldownMs: 60, now: () => performance.now() })
    await provider.wasAsked(4)
    // Arrivals may lie closer together than departures; all three pauses together do not.
    t.ok(times[3]! - times[0]! > 120, String(times))
  })

  t.test('does not hold up who asks for a key that is there', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url)
    await idp.keyFor(A)
    provider.answer = () => undefined
    clock.ms += HOUR_MS
    const waiting = idp.keyFor(UNKNOWN)
    await provider.wasAsked(2)
    t.equal(await kidOf(idp, A), 'a', 'while the provider hangs')
    await idp.close()
    t.equal(await waiting, undefined)
  })
}

async function unknownNames(t: Test): Promise<void> {
  t.test('cause no fetch within the cool-down, and one after it, however many come', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url, { cooldownMs: 30_000 })
    await idp.keyFor(A)
    const attack = (): Promise<unknown[]> =>
      Promise.all(Array.from({ length: 200 }, (_, i) => idp.keyFor({ alg: 'RS256', kid: `random ${i}` })))
    await attack()
    clock.ms += 29_999
    await attack()
    t.equal(provider.requests.length, 1)
    clock.ms += 1
    t.ok((await attack()).every((key) => key === undefined))
    await attack()
    t.equal(provider.requests.length, 2)
    clock.ms += 30_000
    await attack()
    t.equal(provider.requests.length, 3)
  })

  t.test('share the fetch under way, even one that takes longer than the cool-down', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url)
    await idp.keyFor(A)
    let finish = (): void => undefined
    provider.answer = (response) => (finish = () => keys(keyA, keyB)(response))
    clock.ms += HOUR_MS
    const first = kidOf(idp, B)
    await provider.wasAsked(2)
    clock.ms += HOUR_MS
    const second = kidOf(idp, B)
    finish()
    t.same(await Promise.all([first, second]), ['b', 'b'])
    t.equal(provider.requests.length, 2)
  })

  t.test('may be new ones: the first token that uses one is verified', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url)
    await idp.keyFor(A)
    provider.answer = keys(keyA, keyB)
    t.equal(await idp.keyFor(B), undefined, 'not within the cool-down')
    clock.ms += HOUR_MS
    t.same(await Promise.all([kidOf(idp, B), kidOf(idp, B), kidOf(idp, A)]), ['b', 'b', 'a'])
    t.equal(provider.requests.length, 2)
  })

  t.test('that are no texts, and tokens that give none, cause no fetch', async (t) => {
    const provider = await startProvider(t, keys(keyA, keyB))
    const { idp, clock } = start(t, provider.url)
    await idp.keyFor(A)
    clock.ms += HOUR_MS
    for (const header of [
      { alg: 'RS256' },
      { alg: 'EdDSA' },
      { alg: 'RS256', kid: 7 },
      { alg: 'RS256', kid: null },
    ]) {
      t.equal(await idp.keyFor(header), undefined)
    }
    t.equal(provider.requests.length, 1)
  })

  t.test('cause no fetch after one that failed either, until the cool-down is over', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url, { cooldownMs: 30_000 })
    await idp.keyFor(A)
    provider.answer = text(500, 'oh')
    clock.ms += 30_000
    await idp.keyFor(UNKNOWN)
    await idp.keyFor(UNKNOWN)
    clock.ms += 29_999
    await idp.keyFor(UNKNOWN)
    t.equal(provider.requests.length, 2)
    clock.ms += 1
    await idp.keyFor(UNKNOWN)
    t.equal(provider.requests.length, 3)
  })
}

const BYTES_TOO_MANY = JSON.stringify({ keys: [keyB], padding: 'x'.repeat(1_048_576) })

const TOO_LATE = /no whole answer within 500 ms/

const FAILURES: readonly (readonly [what: string, answer: Answer, reason: RegExp])[] = [
  ['a 500', text(500, JSON.stringify({ keys: [keyB] })), /status 500/],
  ['a 404', text(404, '{"keys":[]}'), /status 404/],
  ['a 204', text(204, ''), /status 204/],
  ['a 401', text(401, 'who are you?', { 'www-authenticate': 'Basic' }), /status 401/],
  ['an HTML page', text(200, '<html><title>Sign in</title></html>'), /not valid JSON/],
  ['rubbish', text(200, '\u0000\u0001{"keys'), /not valid JSON/],
  ['an answer in a code nobody asked for', text(200, 'x', { 'content-encoding': 'gzip' }), /not valid JSON/],
  ['nothing', text(200, ''), /not valid JSON/],
  ['other JSON', text(200, '{"error":"busy"}'), /no "keys" array/],
  ['an empty set', keys(), /no key that can be used/],
  ['a set without a key for us', keys({ ...keyB, use: 'enc' }), /no key that can be used/],
  ['more than 1 MiB', text(200, BYTES_TOO_MANY), /exceeded max size/],
  [
    'more than 1 MiB of unknown length',
    (response) => {
      response.write(BYTES_TOO_MANY.slice(0, 600_000))
      response.end(BYTES_TOO_MANY.slice(600_000))
    },
    /exceeded max size/,
  ],
  ['an answer without an end', (response) => endless(response), /exceeded max size/],
  ['silence', () => undefined, TOO_LATE],
  [
    'the begin of a header',
    (response) => response.socket?.write('HTTP/1.1 200 OK\r\nA: '),
    // In five seconds the server would end it first.
    TOO_LATE,
  ],
  [
    'half of a body, and silence',
    (response) => response.writeHead(200, { 'content-length': '500' }).write('{"keys":['),
    TOO_LATE,
  ],
  [
    'half of a body, and the end of the connection',
    (response) => {
      response.writeHead(200, { 'content-length': '500' }).write('{"keys":[', () => response.destroy())
    },
    /./,
  ],
  ['the end of the connection', (response) => response.destroy(), /./],
  ['bytes that are no HTTP', (response) => response.socket?.end('SSH-2.0-x\r\n'), /./],
]

function endless(response: ServerResponse): void {
  const more = (): void => {
    if (!response.destroyed) response.write(' '.repeat(65_536), more)
  }
  more()
}

async function failures(t: Test): Promise<void> {
  for (const [what, answer, reason] of FAILURES) {
    t.test(`with ${what}: the last good keys stay, and one line says so`, async (t) => {
      const provider = await startProvider(t)
      const timeoutMs = reason === TOO_LATE ? 500 : PATIENCE_MS
      const { idp, log, clock } = start(t, provider.url, { timeoutMs })
      await idp.keyFor(A)
      provider.answer = answer
      for (const times of [2, 3]) {
        clock.ms += HOUR_MS
        t.equal(await idp.keyFor(B), undefined)
        t.equal(await kidOf(idp, A), 'a')
        t.equal(provider.requests.length, times)
        t.equal(idp.isAway, true)
      }
      t.same(log.told(), [LOADED, AWAY])
      t.match(log.lines[1], { ...ALARM, reason })

      provider.answer = keys(keyA, keyB)
      clock.ms += HOUR_MS
      t.equal(await kidOf(idp, B), 'b')
      t.equal(idp.isAway, false)
      t.same(log.told(), [LOADED, AWAY, BACK])
      t.notMatch(JSON.stringify(log.lines), provider.url)
    })
  }

  t.test('with a redirect: it is not followed', async (t) => {
    const elsewhere = await startProvider(t, keys(keyB))
    for (const status of [301, 302, 303, 307, 308]) {
      const provider = await startProvider(t, text(status, '', { location: elsewhere.url }))
      const { idp, log } = start(t, provider.url)
      t.equal(await idp.keyFor(B), undefined)
      t.match(log.lines, [{ ...ALARM, reason: `its answer has the status ${status}` }])
    }
    t.equal(elsewhere.requests.length, 0)
  })

  t.test('from the start: no key is known, and it is asked again after the cool-down', async (t) => {
    const provider = await startProvider(t, text(503, ''))
    const { idp, log } = start(t, provider.url, { cooldownMs: 20, now: () => performance.now() })
    t.equal(await idp.keyFor(A), undefined)
    t.equal(idp.isAway, true)
    await provider.wasAsked(3)
    provider.answer = keys(keyA)
    await log.has(2)
    t.same(log.told(), [AWAY, BACK])
    t.equal(await kidOf(idp, A), 'a')
  })

  t.test('because nobody listens', async (t) => {
    const { idp, log } = start(t, `${await closedPort()}/keys`)
    t.equal(await idp.keyFor(A), undefined)
    t.match(log.lines, [{ ...ALARM, level: 'warn', reason: /ECONNREFUSED/ }])
  })

  t.test('because its certificate is signed by nobody we trust: nothing is sent', async (t) => {
    const tls = await startTlsUpstream(t, SELF_SIGNED)
    const { idp, log } = start(t, `${tls.url}/keys`)
    t.equal(await idp.keyFor(A), undefined)
    t.match(log.lines, [{ ...ALARM, reason: /self[- ]signed certificate/ }])
    t.equal(tls.connections(), 1)
    t.equal(tls.received().length, 0)
  })

  t.test('because it never finishes the handshake of TLS', async (t) => {
    const tcp = await startTcpUpstream(t)
    const { idp, log } = start(t, `${tcp.url.replace('http:', 'https:')}/keys`, { timeoutMs: 200 })
    t.equal(await idp.keyFor(A), undefined)
    t.match(log.lines, [{ ...ALARM, reason: /no whole answer|Connect Timeout/ }])
  })
}

async function theEnd(t: Test): Promise<void> {
  t.test('breaks off a fetch: who waits gets no key, the connection closes, nothing is logged', async (t) => {
    const hang: readonly Answer[] = [() => undefined, (response) => response.writeHead(200).write('{')]
    for (const answer of hang) {
      const provider = await startProvider(t, answer)
      const { idp, log } = start(t, provider.url)
      const waiting = idp.keyFor(A)
      await provider.wasAsked(1)
      const closed = once(provider, 'closed', { signal: AbortSignal.timeout(PATIENCE_MS) })
      await idp.close()
      t.equal(await waiting, undefined)
      await closed
      t.same(log.lines, [])
    }
  })

  t.test('can come before the first connection, and twice', async (t) => {
    const provider = await startProvider(t)
    const { idp, log } = start(t, provider.url)
    await idp.close()
    await idp.close()
    t.equal(await idp.keyFor(A), undefined)
    t.same(log.lines, [])
  })

  t.test('is the end: nothing is fetched any more', async (t) => {
    const provider = await startProvider(t)
    const { idp, clock } = start(t, provider.url, { maxAgeMs: 5, cooldownMs: 5 })
    await idp.keyFor(A)
    await idp.close()
    const asked = provider.requests.length
    clock.ms += HOUR_MS
    t.equal(await idp.keyFor(UNKNOWN), undefined)
    await new Promise((resolve) => setTimeout(resolve, 30))
    t.equal(provider.requests.length, asked)
  })

  t.test('is not held up: no timer keeps the process alive', async (t) => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const provider = await startProvider(t)
    const { idp } = start(t, provider.url)
    await provider.wasAsked(1)
    t.equal(timers(), before, 'while a fetch is under way')
    await idp.keyFor(A)
    t.equal(timers(), before, 'until the next fetch')
  })

  t.test('an address that is none is refused at once', async (t) => {
    t.throws(() => start(t, 'http://id.example/keys'), /plain http/)
  })
}
