import type { Socket } from 'node:net'
import t from 'tap'
import type { ProblemName } from '../../src/errors.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Running, startRunning } from '../helpers/running-gateway.ts'
import { startTcpUpstream } from '../helpers/upstream.ts'

/*
 * What Wati, or what stands before it, can do to an answer, beside what test/gateway/egress.test.ts shows:
 * each request is sent once, none is a 500, and what was cut short is never passed on as whole.
 */

const SILENCE_MS = 400
const SETTINGS = {
  WATI_TIMEOUT_MS: String(SILENCE_MS),
  WATI_CONNECT_TIMEOUT_MS: '1000',
  WATI_ANSWER_TIMEOUT_MS: '1000',
  // These accounts fail on purpose.
  WATI_BREAKER_FAILURES: '1000',
}
const OK = 'HTTP/1.1 200 OK\r\n'
const JSON_HEAD = `${OK}Content-Type: application/json\r\n`
const FILE_HEAD = `${OK}Content-Type: image/png\r\n`
const SOME = 'x'.repeat(200_000)
const WHOLE = `${JSON_HEAD}Content-Length: 15\r\n\r\n{"result":true}`

type Act = (socket: Socket) => void
type Problem = readonly [status: number, problem: ProblemName, proxyError: string, outcome: string]

const thenReset =
  (...parts: string[]): Act =>
  (socket) => {
    socket.write(parts.join(''))
    // What has not been read when a reset comes is lost, and with it what the case is about.
    setTimeout(() => socket.resetAndDestroy(), 100).unref()
  }
const thenEnd =
  (...parts: string[]): Act =>
  (socket) =>
    void socket.end(parts.join(''))
/** Says it again and again, sooner than silence would be noticed. */
const forEver =
  (start: string, again: string, everyMs = 100): Act =>
  (socket) => {
    socket.write(start)
    const timer = setInterval(() => socket.write(again), everyMs)
    socket.on('close', () => clearInterval(timer))
  }

const INCOMPLETE: Problem = [502, 'wati-bad-answer', 'http_response_incomplete', 'unknown']
const NO_HTTP: Problem = [502, 'wati-bad-answer', 'http_protocol_error', 'unknown']
const LOST: Problem = [502, 'wati-unreachable', 'connection_terminated', 'unknown']
const TOO_SLOW: Problem = [504, 'wati-timeout', 'http_response_timeout', 'unknown']

const PROBLEMS: Readonly<Record<string, readonly [Act, Problem]>> = {
  'a reset inside an answer with a length': [
    thenReset(JSON_HEAD, 'Content-Length: 15\r\n\r\n{"re'),
    INCOMPLETE,
  ],
  'a reset inside an answer in chunks': [
    thenReset(JSON_HEAD, 'Transfer-Encoding: chunked\r\n\r\n4\r\n{"re\r\n'),
    INCOMPLETE,
  ],
  'a reset inside the header': [thenReset(JSON_HEAD, 'Content-Le'), LOST],
  'an end inside the header': [thenEnd(JSON_HEAD, 'Content-Le'), LOST],
  'an end too soon that was announced': [
    thenEnd(JSON_HEAD, 'Connection: close\r\nContent-Length: 15\r\n\r\n{"re'),
    INCOMPLETE,
  ],
  'an end between chunks that was announced': [
    thenEnd(JSON_HEAD, 'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"re\r\n'),
    INCOMPLETE,
  ],
  'a reset where nothing says how long the answer is': [
    thenReset(JSON_HEAD, 'Connection: close\r\n\r\n{"result":true}'),
    INCOMPLETE,
  ],
  'half a JSON answer that says nothing of its length': [
    thenEnd(JSON_HEAD, 'Connection: close\r\n\r\n{"result":tr'),
    INCOMPLETE,
  ],
  'a reset inside a file that says nothing of its length': [
    thenReset(FILE_HEAD, 'Connection: close\r\n\r\n', SOME),
    INCOMPLETE,
  ],
  'a file that says nothing of its length, whole or not': [
    thenEnd(FILE_HEAD, 'Connection: close\r\n\r\n', SOME),
    INCOMPLETE,
  ],
  'large JSON that says nothing of its length': [
    thenReset(JSON_HEAD, 'Connection: close\r\n\r\n{"a":"', SOME.repeat(10)),
    INCOMPLETE,
  ],
  'a text that says nothing of its length': [
    thenEnd(OK, 'Content-Type: text/plain\r\nConnection: close\r\n\r\nIt is do'),
    INCOMPLETE,
  ],
  'an answer that drips for ever': [
    forEver(`${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
    TOO_SLOW,
  ],
  'a header that drips for ever': [forEver(OK, 'x: y\r\n'), TOO_SLOW],
  'early hints without end': [forEver('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'), TOO_SLOW],
  'a flood of 102 without end': [forEver('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), 5), TOO_SLOW],
  'a 100 that nobody asked for': [thenEnd('HTTP/1.1 100 Continue\r\n\r\n', WHOLE), NO_HTTP],
  'a 101 that nobody asked for': [
    thenEnd('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    NO_HTTP,
  ],
  'a header of many lines': [thenEnd(JSON_HEAD, 'x: y\r\n'.repeat(20_000), '\r\n'), NO_HTTP],
  'two lengths': [thenEnd(JSON_HEAD, 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'), NO_HTTP],
  'the answer of a mail server': [thenEnd('220 mail.example ESMTP\r\n'), NO_HTTP],
  'HTTP/2 where HTTP/1.1 was spoken': [thenEnd('\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64'), NO_HTTP],
}

/** Whose status has been passed on when they break: the caller's connection breaks, too. */
const BROKEN: Readonly<Record<string, Act>> = {
  'a reset inside a file with a length': thenReset(FILE_HEAD, 'Content-Length: 900000\r\n\r\n', SOME),
  'a reset inside a file in chunks': thenReset(
    FILE_HEAD,
    `Transfer-Encoding: chunked\r\n\r\n${SOME.length.toString(16)}\r\n${SOME}\r\n`,
  ),
  'an end too soon of a file, announced': thenEnd(
    FILE_HEAD,
    'Connection: close\r\nContent-Length: 900000\r\n\r\n',
    SOME,
  ),
  'an end between the chunks of a file, announced': thenEnd(
    FILE_HEAD,
    `Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${SOME.length.toString(16)}\r\n${SOME}\r\n`,
  ),
  'large JSON that breaks off': thenReset(JSON_HEAD, `Content-Length: 900000\r\n\r\n{"a":"${SOME}`),
  'a file that drips for ever': forEver(`${FILE_HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
}

/** What is unusual, and an answer all the same. */
const ANSWERS: Readonly<Record<string, Act>> = {
  'a 102 before it': thenEnd('HTTP/1.1 102 Processing\r\n\r\n', WHOLE),
  'several 103 before it': thenEnd('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(5), WHOLE),
  'no length and no chunks': thenEnd(JSON_HEAD, 'Connection: close\r\n\r\n{"result":true}'),
  'HTTP/1.0': thenEnd('HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"result":true}'),
  'bytes behind its end': thenEnd(WHOLE, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
}

interface Case {
  readonly what: string
  readonly seen: readonly [read: Seen, write: Seen]
  readonly requests: number
}

t.test('when Wati breaks its answer', async (t) => {
  const all = Object.entries({ ...BROKEN, ...ANSWERS }).concat(
    Object.entries(PROBLEMS).map(([what, [act]]) => [what, act]),
  )
  const upstreams = await Promise.all(
    all.map(async ([what, act]) => ({ what, upstream: await startTcpUpstream(t, act) })),
  )
  const hosts = upstreams.map(({ upstream }) => upstream.url)
  const running = await startRunning(t, { hosts, settings: SETTINGS })
  for (const [at, { upstream }] of upstreams.entries()) await running.lead(`wati-${at}`, upstream.url)
  // All at once, because most of them wait for something.
  const cases = await Promise.all(
    upstreams.map(async ({ what, upstream }, at): Promise<Case> => {
      const seen = await Promise.all([ask(running, `wati-${at}`, 'GET'), ask(running, `wati-${at}`, 'POST')])
      return { what, seen, requests: requestsIn(upstream.received()) }
    }),
  )
  const of = (what: string): Case => cases.find((one) => one.what === what)!

  for (const [what, [, [status, problem, proxyError, outcome]]] of Object.entries(PROBLEMS)) {
    t.test(`${what}: ${status} ${problem}, ${proxyError}, sent once`, async (t) => {
      const { seen, requests } = of(what)
      for (const [at, answer] of seen.entries()) {
        isProblem(t, answer, status, problem, at === 0 ? undefined : outcome)
        t.equal(answer.headers['proxy-status'], `wati-gateway; error=${proxyError}`)
      }
      t.equal(requests, 2, 'each request was sent once')
    })
  }
  for (const what of Object.keys(BROKEN)) {
    t.test(`${what}: the caller's connection breaks, sent once`, async (t) => {
      const { seen, requests } = of(what)
      for (const answer of seen) {
        t.equal(answer.status, 200)
        t.notOk(answer.complete, 'the caller can tell that something is missing')
      }
      t.equal(requests, 2, 'each request was sent once')
    })
  }
  for (const what of Object.keys(ANSWERS)) {
    t.test(`${what}: an answer like any other, sent once`, async (t) => {
      const { seen, requests } = of(what)
      for (const { status, text, complete } of seen)
        t.match({ status, text, complete }, { status: 200, text: '{"result":true}', complete: true })
      t.equal(requests, 2, 'each request was sent once')
    })
  }

  t.test('and the gateway goes on for an account that is well', async (t) => {
    t.equal((await running.call('GET', '/channels/sales/api/v1/getContacts')).status, 200)
    t.strictSame(
      running.log.lines.filter(({ level }) => level === 'fatal'),
      [],
    )
  })
})

t.test('a TLS connection that is reset before it is safe is not_sent', async (t) => {
  const upstream = await startTcpUpstream(t, (socket) => socket.resetAndDestroy())
  const url = upstream.url.replace('http:', 'https:')
  const running = await startRunning(t, { hosts: [url], settings: SETTINGS })
  await running.lead('fake', url)
  const seen = await ask(running, 'fake', 'POST')
  isProblem(t, seen, 502, 'wati-unreachable', 'not_sent')
  t.equal(seen.headers['proxy-status'], 'wati-gateway; error=connection_terminated')
})

async function ask(running: Running, alias: string, method: 'GET' | 'POST'): Promise<Seen> {
  const claims = { channels: [alias] }
  if (method === 'GET') return await running.call('GET', `/channels/${alias}/api/v1/getContacts`, { claims })
  return await running.call('POST', `/channels/${alias}/api/v1/updateChatStatus`, { claims, json: {} })
}

function requestsIn(received: Buffer): number {
  return received.toString('latin1').split(/(?:GET|POST) \/388428\//).length - 1
}
