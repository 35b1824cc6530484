import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { FAULT_KINDS } from '../../src/sandbox/faults.ts'
import { type Client, CONTACT, matchAll, startClient, TENANT, TOKEN } from './client.ts'

const SEND = `/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`

const ANSWERS = [
  {
    fault: { kind: 'status', status: 503, body: '{"down":true}', retryAfterSeconds: 2 },
    seen: { status: 503, text: '{"down":true}' },
    headers: { 'content-type': 'application/json; charset=utf-8', 'retry-after': '2' },
  },
  {
    fault: { kind: 'status', status: 500 },
    seen: { status: 500, text: '' },
    headers: { 'retry-after': null },
  },
  {
    fault: { kind: 'html' },
    seen: { status: 200, text: /^<!DOCTYPE html>/ },
    headers: { 'content-type': 'text/html; charset=utf-8' },
  },
  {
    fault: { kind: 'redirect', location: 'https://elsewhere.example/x?y' },
    seen: { status: 302, text: '' },
    headers: { location: 'https://elsewhere.example/x?y' },
  },
  {
    fault: { kind: 'redirect', status: 308 },
    seen: { status: 308 },
    headers: { location: 'https://login.sandbox.invalid/' },
  },
  { fault: { kind: 'unauthorized' }, seen: { status: 401, text: '' }, headers: { 'content-type': null } },
  { fault: { kind: 'unauthorized', body: 'no' }, seen: { status: 401, text: 'no' }, headers: {} },
  {
    fault: { kind: 'session-expired' },
    seen: {
      status: 200,
      body: { result: false, message: 'Ticket has been expired.', ticketStatus: 'BROADCAST' },
    },
    headers: {},
  },
  {
    fault: { kind: 'rate-limited', retryAfterSeconds: 7, body: 'slow down' },
    seen: { status: 429, text: 'slow down' },
    headers: { 'retry-after': '7' },
  },
  { fault: { kind: 'rate-limited' }, seen: { status: 429, text: '' }, headers: { 'retry-after': null } },
]

for (const { fault, seen, headers } of ANSWERS) {
  t.test(`the fault ${JSON.stringify(fault)} is answered once, and nothing is sent`, async (t) => {
    const client = await startClient(t)
    t.equal((await client.fault(fault)).status, 201)
    const answer = await client.call('POST', SEND)
    t.match(answer, seen)
    for (const [name, value] of Object.entries(headers)) t.equal(answer.headers.get(name), value, name)
    t.same(client.sandbox.messages(), [])
    t.equal((await client.call('POST', SEND)).body['ok'], true, 'the next request is whole again')
  })
}

t.test('plain-text gives the ordinary answer under another type', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'plain-text' })
  const answer = await client.call('POST', SEND)
  t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
  t.equal(answer.body['ok'], true)
  t.equal(client.sandbox.messages().length, 1)
})

t.test('delay lets the request wait, then answers it', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'delay', delayMs: 60 })
  const start = performance.now()
  t.equal((await client.call('POST', SEND)).body['ok'], true)
  t.ok(performance.now() - start >= 55)
})

t.test('reset ends the connection before a byte of the answer', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'reset' })
  const { bytes, error } = await speak(client)
  t.equal(bytes, '')
  t.match(error, { code: 'ECONNRESET' })
  t.same(client.sandbox.messages(), [])
  t.equal(client.sandbox.requests().length, 1, 'the request had arrived')
})

t.test('reset of an accepted request: the message is sent, only the answer is lost', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'reset', accepted: true })
  await t.rejects(client.call('POST', SEND))
  matchAll(t, client.sandbox.messages(), [{ text: 'hi' }])
})

t.test('an accepted request may be answered 500', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'status', status: 500, accepted: true })
  t.equal((await client.call('POST', SEND)).status, 500)
  t.equal(client.sandbox.messages().length, 1)
})

t.test('truncate announces more bytes than it sends', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'truncate' })
  const { bytes } = await speak(client)
  const [head = '', body = ''] = bytes.split('\r\n\r\n')
  t.match(head, /^HTTP\/1.1 200 OK/)
  const announced = Number(/content-length: ([0-9]+)/i.exec(head)?.[1])
  t.ok(body.length > 0)
  t.ok(announced > body.length)
  t.equal(client.sandbox.messages().length, 1)
  await client.fault({ kind: 'truncate', times: 2 })
  await t.rejects(client.call('POST', SEND), 'an HTTP client notices')
  await t.rejects(client.call('POST', SEND, { headers: { authorization: '' } }), 'also of an empty answer')
})

t.test('garbage is not HTTP', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'garbage' })
  t.equal((await speak(client)).bytes, 'This is not HTTP.\r\n\r\n')
  await client.fault({ kind: 'garbage' })
  await t.rejects(client.call('POST', SEND))
})

t.test('silence takes the request and never answers, until the sandbox closes', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'silence' })
  const conversation = speak(client)
  while (client.sandbox.requests().length === 0) await new Promise(setImmediate)
  const start = performance.now()
  await client.sandbox.close()
  t.ok(performance.now() - start < 1000)
  t.equal((await conversation).bytes, '')
})

t.test('a delayed request does not hold up the end either', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'delay', delayMs: 600_000 })
  const conversation = speak(client)
  while (client.sandbox.requests().length === 0) await new Promise(setImmediate)
  await client.sandbox.close()
  t.equal((await conversation).bytes, '')
})

t.test('faults wait for their operation and are used in order, as often as they say', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'status', status: 500, operation: 'getContacts' })
  await client.fault({ kind: 'status', status: 502, times: 2 })
  await client.fault({ kind: 'status', status: 503 })
  const statuses = []
  for (const path of ['getMessages/1', 'getContacts', 'getContacts', 'getContacts', 'getContacts']) {
    statuses.push((await client.call('GET', `/api/v1/${path}`)).status)
  }
  t.same(statuses, [502, 500, 502, 503, 200])
})

t.test('faults are listed with how often they still hit, and are cleared', async (t) => {
  const client = await startClient(t)
  const { body } = await client.fault({ kind: 'html', times: 3 })
  await client.call('POST', SEND)
  const list = await client.raw('GET', '/_sandbox/faults')
  t.same(list.body['items'], [{ kind: 'html', id: body['id'], times: 2 }])
  t.equal((await client.raw('DELETE', '/_sandbox/faults')).status, 204)
  t.same((await client.raw('GET', '/_sandbox/faults')).body['items'], [])
  t.equal((await client.call('POST', SEND)).body['ok'], true)
})

const MISTAKES = [
  { order: {}, says: /kind/ },
  { order: { kind: 'explode' }, says: /must be one of status, delay/ },
  { order: { kind: 'html', colour: 'red' }, says: /unknown field, colour/ },
  { order: { kind: 'status' }, says: /needs status/ },
  { order: { kind: 'status', status: '500' }, says: /body\.status must be integer/ },
  { order: { kind: 'status', status: 99 }, says: /200/ },
  { order: { kind: 'delay' }, says: /needs delayMs/ },
  { order: { kind: 'silence', delayMs: 5 }, says: /has no delayMs/ },
  { order: { kind: 'html', operation: 'rotateToken' }, says: /must be one of sendTemplateMessage/ },
  { order: { kind: 'redirect', location: 'a\r\nb' }, says: /location/ },
  { order: { kind: 'redirect', status: 200 }, says: /300 to 399/ },
  { order: { kind: 'html', times: 0 }, says: /times/ },
]

for (const { order, says } of MISTAKES) {
  t.test(`the fault ${JSON.stringify(order)} is refused with a sentence`, async (t) => {
    const client = await startClient(t)
    const answer = await client.fault(order)
    t.equal(answer.status, 400)
    t.match(answer.body['error'], says)
    t.same((await client.raw('GET', '/_sandbox/faults')).body['items'], [])
  })
}

t.test('the page on the sandbox explains every fault, with a line to paste, and no other', (t) => {
  const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| kind'), page.indexOf('`delay`, `truncate`'))
  const explained = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, kind]) => kind)
  const pasted = [...page.matchAll(/^fault '(.*)'$/gm)].map(
    ([, order = '']) => JSON.parse(order) as { kind: string },
  )
  t.same(explained.toSorted(), FAULT_KINDS.toSorted())
  t.same([...new Set(pasted.map(({ kind }) => kind))].toSorted(), FAULT_KINDS.toSorted())
  t.end()
})

/** One request over a bare socket: every byte that comes back until the end. */
async function speak({ sandbox }: Client): Promise<{ bytes: string; error?: Error }> {
  const { hostname, port } = new URL(sandbox.url)
  const socket = connect(Number(port), hostname)
  let error: Error | undefined
  socket.on('error', (reason) => (error = reason))
  socket.write(
    `POST /${TENANT}${SEND} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 0\r\n\r\n`,
  )
  const bytes = await text(socket).catch(() => '')
  return { bytes, ...(error && { error }) }
}
