import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { ProblemName } from '../../src/errors.ts'
import { SELF_SIGNED } from '../sandbox/certificate.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  CONTACT,
  type Running,
  WATI_TOKEN,
  callerToken,
  startBare,
  startRunning,
} from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream, startTcpUpstream, startTlsUpstream } from '../helpers/upstream.ts'
import { EXPIRED, OTHER_HOST } from './certificates.ts'
import { folderOf } from '../helpers/folder.ts'

const TIMEOUT_MS = 250
const SETTINGS = { WATI_TIMEOUT_MS: String(TIMEOUT_MS), WATI_CONNECT_TIMEOUT_MS: String(TIMEOUT_MS) }
const JSON_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

t.test('the header that Wati gets', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => json(response, '{}'))
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('fake', upstream.url)
  const token = callerToken({ channels: ['fake'] })
  const forbidden = {
    cookie: 'session=1',
    forwarded: 'for=1.2.3.4',
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-real-ip': '1.2.3.4',
    'x-request-id': 'mine',
    'x-original-url': '/api/v1/rotateToken',
    'x-http-method-override': 'DELETE',
    'proxy-authorization': 'Basic abc',
    te: 'trailers',
    'keep-alive': 'timeout=1',
    via: '1.1 x',
    origin: 'https://evil.example',
    referer: 'https://evil.example',
    'x-api-key': 'k',
    'if-none-match': '"1"',
    range: 'bytes=0-1',
    prefer: 'wait=1',
    tenantid: '1',
    channel: '1',
    connection: 'close, x-named, authorization, accept',
    'x-named': '1',
  }
  const passing = {
    accept: 'application/json',
    'accept-language': 'pt-BR',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=b',
  }

  for (const [method, path, body] of [
    ['GET', `/channels/fake/api/v1/getMessages/${CONTACT}`, undefined],
    ['POST', '/channels/fake/api/v1/updateChatStatus', '{}'],
    ['POST', `/channels/fake/api/v1/sendSessionMessage/${CONTACT}`, undefined],
  ] as const) {
    t.test(`of ${method} ${path} is built from what is allowed`, async (t) => {
      const headers = {
        ...forbidden,
        // Each of these requests is another one.
        'idempotency-key': path,
        ...passing,
        authorization: `Bearer ${token}`,
        'accept-encoding': 'gzip, br',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      }
      const seen = await running.call(method, path, {
        claims: null,
        headers,
        ...(body !== undefined && { body }),
      })
      t.equal(seen.status, 200)
      const raw = upstream.requests.at(-1)!.rawHeaders
      const lines = raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? '']] : []))
      const bodyLines = [['content-type', 'application/json']]
      t.strictSame(
        lines.filter(([name]) => name !== 'content-length').sort(),
        [
          ['host', new URL(upstream.url).host],
          ['connection', 'keep-alive'],
          ['user-agent', 'wati-gateway'],
          ['accept-encoding', 'identity'],
          ...Object.entries(passing),
          ...(body === undefined ? [] : bodyLines),
          ['authorization', `Bearer ${WATI_TOKEN}`],
        ].sort(),
      )
      t.notOk(JSON.stringify(raw).includes(token), "the caller's token stays here")
    })
  }

  t.test('has no content type beside an empty body', async (t) => {
    await running.call('POST', `/channels/fake/api/v1/sendSessionMessage/${CONTACT}`, {
      claims: { channels: ['fake'] },
      headers: { 'content-type': 'application/json' },
      body: '',
    })
    t.notMatch(upstream.requests.at(-1)?.rawHeaders, ['content-type'])
    t.equal(upstream.requests.at(-1)?.body.length, 0)
  })
})

interface Failing {
  readonly when: string
  readonly upstream: (t: Test) => Promise<{ url: string; count?: () => number }>
  readonly gets: readonly [status: number, problem: ProblemName, proxyError: string, outcome: string]
}

const raw = (answer: string, end: 'end' | 'stay' | 'reset') => async (t: Test) => {
  const upstream = await startTcpUpstream(t, (socket) => {
    if (end === 'reset') socket.resetAndDestroy()
    else if (end === 'end') socket.end(answer)
    else socket.write(answer)
  })
  return { url: upstream.url, count: () => requestsIn(upstream.received()) }
}

const answering = (respond: (response: ServerResponse) => void) => async (t: Test) => {
  const upstream = await startHttpUpstream(t, respond)
  return { url: upstream.url, count: () => upstream.requests.length }
}

const page = (status: number, headers: Record<string, string>, body: string) =>
  answering((response) => response.writeHead(status, headers).end(body))

const FAILING: Failing[] = [
  {
    when: 'nobody listens',
    upstream: async () => ({ url: await closedPort() }),
    gets: [502, 'wati-unreachable', 'connection_refused', 'not_sent'],
  },
  // A label of more than 63 letters is no name (RFC 1035), which the resolver knows without asking anybody.
  {
    when: 'the host does not exist',
    upstream: async () => ({ url: `https://${'a'.repeat(64)}.invalid` }),
    gets: [502, 'wati-unreachable', 'dns_error', 'not_sent'],
  },
  {
    when: 'the connection never becomes safe',
    upstream: silentTls,
    gets: [504, 'wati-timeout', 'connection_timeout', 'not_sent'],
  },
  {
    when: 'the other end speaks no TLS',
    upstream: plainForTls,
    gets: [502, 'wati-tls-failure', 'tls_protocol_error', 'not_sent'],
  },
  {
    when: 'the certificate is self-signed',
    upstream: selfSigned,
    gets: [502, 'wati-tls-failure', 'tls_certificate_error', 'not_sent'],
  },
  {
    when: 'the certificate is expired',
    upstream: async (t) => onLocalhost(await startTlsUpstream(t, EXPIRED)),
    gets: [502, 'wati-tls-failure', 'tls_certificate_error', 'not_sent'],
  },
  {
    when: 'the certificate is for another host',
    upstream: async (t) => onLocalhost(await startTlsUpstream(t, OTHER_HOST)),
    gets: [502, 'wati-tls-failure', 'tls_certificate_error', 'not_sent'],
  },
  {
    when: 'no answer comes',
    upstream: raw('', 'stay'),
    gets: [504, 'wati-timeout', 'http_response_timeout', 'unknown'],
  },
  {
    when: 'half a header comes',
    upstream: raw('HTTP/1.1 200 OK\r\nContent-', 'stay'),
    gets: [504, 'wati-timeout', 'http_response_timeout', 'unknown'],
  },
  {
    when: 'the answer falls silent',
    upstream: raw(`${JSON_HEAD}Content-Length: 10\r\n\r\n{"a"`, 'stay'),
    gets: [504, 'wati-timeout', 'http_response_timeout', 'unknown'],
  },
  {
    when: 'the connection is reset before an answer',
    upstream: raw('', 'reset'),
    gets: [502, 'wati-unreachable', 'connection_terminated', 'unknown'],
  },
  {
    when: 'the connection ends before an answer',
    upstream: raw('', 'end'),
    gets: [502, 'wati-unreachable', 'connection_terminated', 'unknown'],
  },
  {
    when: 'the answer breaks off',
    upstream: raw(`${JSON_HEAD}Content-Length: 10\r\n\r\n{"a"`, 'end'),
    gets: [502, 'wati-bad-answer', 'http_response_incomplete', 'unknown'],
  },
  {
    when: 'an answer in chunks breaks off',
    upstream: raw(`${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n`, 'end'),
    gets: [502, 'wati-bad-answer', 'http_response_incomplete', 'unknown'],
  },
  {
    when: 'garbage comes',
    upstream: raw('This is not HTTP.\r\n\r\n', 'end'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'the header is huge',
    upstream: raw(`${JSON_HEAD}x: ${'x'.repeat(100_000)}\r\n\r\n`, 'stay'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'the length and the chunks contradict each other',
    upstream: raw(
      `${JSON_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      'end',
    ),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a chunk has no length',
    upstream: raw(`${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 'end'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a page comes with 200',
    upstream: page(200, { 'content-type': 'text/html; charset=utf-8' }, '<!DOCTYPE html><html></html>'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a page comes in upper case',
    upstream: page(200, { 'content-type': 'TEXT/HTML' }, '<HTML></HTML>'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a page comes that is called JSON',
    upstream: page(200, { 'content-type': 'application/json' }, '\n<!doctype HTML>'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a page comes that is called nothing',
    upstream: page(200, {}, '<html lang="en">'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a page comes with 503',
    upstream: page(503, { 'content-type': 'text/html' }, '<html></html>'),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  {
    when: 'a large page comes',
    upstream: page(200, { 'content-type': 'text/html' }, `<html>${'x'.repeat(300_000)}`),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  },
  ...[300, 301, 302, 303, 304, 307, 308].map((status): Failing => ({
    when: `a ${status} comes`,
    upstream: page(status, { location: 'http://127.0.0.1:1/' }, ''),
    gets: [502, 'wati-bad-answer', 'http_protocol_error', 'unknown'],
  })),
  {
    when: 'a 401 comes without a body',
    upstream: page(401, {}, ''),
    gets: [502, 'wati-credential-rejected', 'http_request_denied', 'refused'],
  },
  {
    when: 'a 401 comes with JSON',
    upstream: page(401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' }, '{"m":1}'),
    gets: [502, 'wati-credential-rejected', 'http_request_denied', 'refused'],
  },
  {
    when: 'a 401 comes with a page',
    upstream: page(401, { 'content-type': 'text/html' }, '<html></html>'),
    gets: [502, 'wati-credential-rejected', 'http_request_denied', 'refused'],
  },
  {
    when: 'a 401 comes with a file',
    upstream: page(401, { 'content-type': 'image/png' }, 'x'.repeat(300_000)),
    gets: [502, 'wati-credential-rejected', 'http_request_denied', 'refused'],
  },
]

t.test('when Wati fails', async (t) => {
  const upstreams = []
  for (const failing of FAILING) upstreams.push({ failing, ...(await failing.upstream(t)) })
  const running = await startRunning(t, { hosts: upstreams.map(({ url }) => url), settings: SETTINGS })

  // All at once, because each time-out costs a second.
  const cases = await Promise.all(
    upstreams.map(async ({ failing, url, count }, at) => {
      await running.lead(`wati-${at}`, url)
      const methods = ['GET', 'POST']
      const answers = await Promise.all(methods.map((method) => ask(running, `wati-${at}`, method)))
      return { failing, count, answers }
    }),
  )
  for (const { failing, count, answers } of cases) {
    const [status, problem, proxyError, outcome] = failing.gets
    t.test(`${failing.when}: ${status} ${problem}, sent once`, async (t) => {
      for (const [at, seen] of answers.entries()) {
        isProblem(t, seen, status, problem, at === 0 ? undefined : outcome)
        t.equal(seen.headers['proxy-status'], `wati-gateway; error=${proxyError}`)
        t.notMatch(seen.headers, { 'wati-gateway-outcome': /./ })
        t.notMatch(seen.headers, { location: /./ })
        t.notMatch(seen.text, /127\.0\.0\.1|\bat .*\.(?:js|ts)/, 'no address, no stack')
      }
      if (count !== undefined) t.equal(count(), 2, 'each request was sent once')
    })
  }

  t.test('the gateway still carries requests to an account that is well', async (t) => {
    t.equal((await running.call('GET', '/channels/sales/api/v1/getContacts')).status, 200)
  })
})

t.test('an answer that is passed on', async (t) => {
  const upstreams = {
    down: await startHttpUpstream(t, (response) => json(response, '{"down":true}', 503)),
    limited: await startHttpUpstream(t, (response) => response.writeHead(429, { 'retry-after': '3' }).end()),
  }
  const running = await startRunning(t, { hosts: [upstreams.down.url, upstreams.limited.url] })
  await running.lead('down', upstreams.down.url)
  await running.lead('limited', upstreams.limited.url)

  t.test('a 503 passes with the outcome unknown, and is asked for once', async (t) => {
    for (const method of ['GET', 'POST']) {
      const seen = await ask(running, 'down', method)
      t.equal(seen.status, 503)
      t.equal(seen.text, '{"down":true}')
      t.equal(seen.headers['wati-gateway-outcome'], 'unknown')
    }
    t.strictSame(
      upstreams.down.requests.map(({ method }) => method),
      ['GET', 'POST'],
    )
  })

  t.test('a 429 passes with its Retry-After, and is asked for once', async (t) => {
    for (const method of ['GET', 'POST']) {
      const seen = await ask(running, 'limited', method)
      t.equal(seen.status, 429)
      t.equal(seen.headers['retry-after'], '3')
      t.equal(seen.headers['wati-gateway-outcome'], 'refused')
    }
    t.equal(upstreams.limited.requests.length, 2)
  })
})

t.test('a redirect is never followed', async (t) => {
  const trap = await startTcpUpstream(t)
  const upstream = await startHttpUpstream(t, (response) =>
    response.writeHead(307, { location: `${trap.url}/388428` }).end(),
  )
  const running = await startRunning(t, { hosts: [upstream.url, trap.url] })
  await running.lead('fake', upstream.url)
  for (const method of ['GET', 'POST']) t.equal((await ask(running, 'fake', method)).status, 502)
  t.equal(trap.connections(), 0)
  t.equal(upstream.requests.length, 2)
})

t.test('a large answer that breaks off breaks the connection of the caller, never ends it', async (t) => {
  const some = 'x'.repeat(200_000)
  const long = `${JSON_HEAD}Content-Length: 900000\r\n\r\n{"a":"${some}`
  const chunked = `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n${some.length.toString(16)}\r\n${some}\r\n`
  const binary = `HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 900000\r\n\r\n${some}`
  const noLength = `HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`
  const upstreams = []
  for (const answer of [long, chunked, binary, noLength]) {
    for (const end of ['end', 'stay'] as const) upstreams.push(await raw(answer, end)(t))
  }
  const running = await startRunning(t, { hosts: upstreams.map(({ url }) => url), settings: SETTINGS })
  const broken = upstreams.map(async ({ url, count }, at) => {
    await running.lead(`wati-${at}`, url)
    const answers = await Promise.all(['GET', 'POST'].map((method) => ask(running, `wati-${at}`, method)))
    for (const seen of answers) {
      t.equal(seen.status, 200)
      t.notOk(seen.complete, 'the caller can tell that something is missing')
    }
    t.equal(count(), 2, 'each request was sent once')
  })
  await Promise.all(broken)
})

t.test('an upstream whose certificate does not hold gets not one byte', async (t) => {
  const upstream = await startTlsUpstream(t, SELF_SIGNED, (socket) => socket.end(`${JSON_HEAD}\r\n{}`))
  const urls = { address: upstream.url, name: onLocalhost(upstream).url }
  const running = await startRunning(t, { hosts: Object.values(urls) })
  await running.lead('address', urls.address)
  await running.lead('name', urls.name)

  const bothRefused = async (t: Test): Promise<void> => {
    for (const alias of ['address', 'name']) {
      isProblem(t, await ask(running, alias, 'POST'), 502, 'wati-tls-failure', 'not_sent')
      isProblem(t, await ask(running, alias, 'GET'), 502, 'wati-tls-failure')
    }
    t.ok(upstream.connections() > 0, 'it was asked for its certificate')
    t.equal(upstream.received().length, 0, 'and got nothing')
  }
  t.test('whatever the request', bothRefused)

  t.test('also where the environment says not to verify', async (t) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    t.teardown(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    })
    await bothRefused(t)
  })
})

t.test('an account whose host is no longer allowed gets nothing', async (t) => {
  const upstream = await startTcpUpstream(t)
  const dataDir = folderOf(t)
  const first = await startBare(t, { DATA_DIR: dataDir, WATI_HOSTS: upstream.url })
  const account = { tenantId: '388428', baseUrl: upstream.url, token: WATI_TOKEN }
  t.equal((await first.admin('PUT', '/v1/accounts/acme', { json: account })).status, 201)
  t.equal(
    (await first.admin('PUT', '/v1/channels/sales', { json: { account: 'acme', number: '85264318722' } }))
      .status,
    201,
  )
  await first.gateway.close()

  const second = await startBare(t, { DATA_DIR: dataDir, WATI_HOSTS: '*.wati.io' })
  const path = '/channels/sales/api/v1/updateChatStatus'
  isProblem(t, await second.call('POST', path, { json: {} }), 502, 'wati-unreachable', 'not_sent')
  isProblem(t, await second.call('GET', '/channels/sales/api/v1/getContacts'), 502, 'wati-unreachable')
  t.equal(upstream.connections(), 0)
})

t.test("the stand-in's own faults", async (t) => {
  const running = await startRunning(t, { settings: SETTINGS })
  const faults: [order: Record<string, unknown>, status: number, problem: ProblemName, outcome: string][] = [
    [{ kind: 'silence', accepted: true }, 504, 'wati-timeout', 'unknown'],
    [{ kind: 'delay', delayMs: 10_000 }, 504, 'wati-timeout', 'unknown'],
    [{ kind: 'reset', accepted: true }, 502, 'wati-unreachable', 'unknown'],
    [{ kind: 'truncate' }, 502, 'wati-bad-answer', 'unknown'],
    [{ kind: 'garbage', accepted: true }, 502, 'wati-bad-answer', 'unknown'],
    [{ kind: 'html' }, 502, 'wati-bad-answer', 'unknown'],
    [{ kind: 'redirect' }, 502, 'wati-bad-answer', 'unknown'],
    [{ kind: 'unauthorized' }, 502, 'wati-credential-rejected', 'refused'],
  ]
  for (const [order, status, problem, outcome] of faults) {
    t.test(`${JSON.stringify(order)}: ${status} ${problem}, and no second request`, async (t) => {
      await running.fault(order)
      const reached = await running.reachedDuring(async () => {
        isProblem(t, await ask(running, 'sales', 'POST'), status, problem, outcome)
      })
      t.equal(reached.length, 1)
    })
  }

  t.test('an expired session passes as Wati says it, refused', async (t) => {
    await running.fault({ kind: 'session-expired' })
    const seen = await running.call(
      'POST',
      `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`,
    )
    t.equal(seen.status, 200)
    t.match(seen.body, { result: false, message: 'Ticket has been expired.' })
    t.equal(seen.headers['wati-gateway-outcome'], 'refused')
  })
})

t.test('a stand-in with TLS of its own gets nothing', async (t) => {
  const running = await startRunning(t, { sandbox: { https: SELF_SIGNED } })
  isProblem(t, await ask(running, 'sales', 'POST'), 502, 'wati-tls-failure', 'not_sent')
  t.strictSame(running.sandbox.requests(), [])
})

t.test('a caller that hangs up', async (t) => {
  t.test('ends its read at Wati', async (t) => {
    let closed: () => void
    const gone = new Promise<void>((resolve) => (closed = resolve))
    let arrived: () => void
    const asked = new Promise<void>((resolve) => (arrived = resolve))
    const upstream = await startHttpUpstream(t, (_response, request) => {
      request.socket.once('close', () => closed())
      arrived()
    })
    const running = await startRunning(t, { hosts: [upstream.url] })
    await running.lead('fake', upstream.url)
    const hangUp = startAndKeep(running, 'GET')
    await asked
    hangUp()
    await gone
    t.pass('the connection to Wati was closed')
  })
})

/** Sends a request whose answer nobody waits for; gives the way to hang up. */
function startAndKeep(running: Running, method: string): () => void {
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(
    `${method} /channels/fake/api/v1/getContacts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${callerToken({ channels: ['fake'] })}\r\n\r\n`,
  )
  return () => socket.destroy()
}

async function ask(running: Running, alias: string, method: string): Promise<Seen> {
  const claims = { channels: [alias] }
  if (method === 'GET') return await running.call('GET', `/channels/${alias}/api/v1/getContacts`, { claims })
  return await running.call('POST', `/channels/${alias}/api/v1/updateChatStatus`, { claims, json: {} })
}

function json(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

function requestsIn(received: Buffer): number {
  return received.toString('latin1').split(/(?:GET|POST) \/388428\//).length - 1
}

function onLocalhost({ url }: { url: string }): { url: string } {
  return { url: url.replace('127.0.0.1', 'localhost') }
}

async function silentTls(t: Test): Promise<{ url: string }> {
  const { url } = await startTcpUpstream(t)
  return { url: url.replace('http:', 'https:') }
}

async function plainForTls(t: Test): Promise<{ url: string }> {
  const { url } = await startTcpUpstream(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  return { url: url.replace('http:', 'https:') }
}

async function selfSigned(t: Test): Promise<{ url: string }> {
  return await startTlsUpstream(t, SELF_SIGNED)
}
