import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { CONTACT, type Running, startRunning } from '../helpers/running-gateway.ts'
import { FORM_TYPE, LAST_LINE, field } from '../helpers/uploading.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'

const INSPECT_LIMIT_BYTES = 1024
const JSON_TYPE = 'application/json; charset=utf-8'

interface Said {
  readonly status?: number
  readonly type?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Sent piece by piece without a length. */
  readonly chunked?: boolean
}

t.test("Wati's answer", async (t) => {
  let said: Said = {}
  // A 429 stops its endpoint for a while: here for no time at all.
  const answerOf = ({ headers, ...rest }: Said): Said =>
    rest.status === 429
      ? { ...rest, headers: { ...headers, 'retry-after': '0' } }
      : { ...rest, ...(headers && { headers }) }
  const upstream = await startHttpUpstream(t, (response) => say(response, answerOf(said)))
  const running = await startRunning(t, {
    hosts: [upstream.url],
    settings: { ANSWER_INSPECT_LIMIT_BYTES: String(INSPECT_LIMIT_BYTES) },
  })
  await running.lead('fake', upstream.url)
  const read = async (answer: Said): Promise<Seen> => {
    said = answer
    return await call(running, 'GET', `/channels/fake/api/v1/getMessages/${CONTACT}`)
  }
  const write = async (answer: Said): Promise<Seen> => {
    said = answer
    return await call(running, 'POST', '/channels/fake/api/v1/updateChatStatus', {})
  }

  const bodies: Record<string, Said> = {
    'JSON with odd spaces, big integers and repeated keys': {
      type: JSON_TYPE,
      body: ' {"a":1.0,"a":12345678901234567890,"b":1e400}\r\n',
    },
    'JSON that is not well-formed': { type: JSON_TYPE, body: '{"a":' },
    'JSON under text/plain': { type: 'text/plain', body: '{"result":true}' },
    'JSON in UTF-16': {
      type: 'application/json; charset=utf-16le',
      body: Buffer.from('{"result":true}', 'utf16le'),
    },
    'bytes that are not UTF-8': { type: JSON_TYPE, body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
    'a binary file': { type: 'image/jpeg', body: randomBytes(300_000) },
    'a small binary file': { type: 'application/octet-stream', body: Buffer.from([0, 1, 2, 0xff]) },
    'gzip that nobody asked for': {
      type: JSON_TYPE,
      body: gzipSync('{"result":true}'),
      headers: { 'content-encoding': 'gzip' },
    },
    'JSON over the limit of what is looked into': { type: JSON_TYPE, body: large('{"a":"', 200_000) },
    'JSON over the limit that comes in pieces': {
      type: JSON_TYPE,
      body: large('{"a":"', 200_000),
      chunked: true,
    },
    'JSON exactly at the limit': { type: JSON_TYPE, body: large('{"a":"', INSPECT_LIMIT_BYTES) },
    'JSON one byte over the limit': { type: JSON_TYPE, body: large('{"a":"', INSPECT_LIMIT_BYTES + 1) },
    'a small answer in pieces': { type: JSON_TYPE, body: '{"result":true}', chunked: true },
    'an empty answer': { type: JSON_TYPE, body: '' },
    'an empty answer in no pieces': { type: JSON_TYPE, body: '', chunked: true },
    'an answer without a type': { body: '{"result":true}' },
    'an empty answer without a type': { body: '' },
    'bytes without a type': { body: Buffer.from([0xff, 0, 0xfe]) },
  }
  for (const [what, answer] of Object.entries(bodies)) {
    t.test(`${what} comes back byte for byte`, async (t) => {
      for (const seen of [await read(answer), await write(answer)]) {
        t.equal(seen.status, 200)
        t.ok(seen.complete, 'it is whole')
        t.ok(seen.bytes.equals(Buffer.from(answer.body ?? '')), 'not a byte is different')
        t.equal(seen.headers['content-type'], answer.type, 'its type is the one it had')
        t.equal(seen.headers['content-encoding'], answer.headers?.['content-encoding'])
      }
    })
  }

  for (const status of [200, 201, 202, 206, 400, 402, 403, 404, 409, 422, 429, 500, 502, 503, 504]) {
    t.test(`the status ${status} comes back with its body`, async (t) => {
      for (const seen of [
        await read({ status, type: JSON_TYPE, body: '{"x":1}' }),
        await write({ status, body: 'no', type: 'text/plain' }),
      ]) {
        t.equal(seen.status, status)
        t.match(seen.text, /^\{"x":1\}$|^no$/)
        t.not(seen.headers['content-type'], 'application/problem+json')
      }
    })
  }

  t.test('an answer without content is an answer', async (t) => {
    const seen = await write({ status: 204 })
    t.equal(seen.status, 204)
    t.equal(seen.text, '')
    t.equal(seen.headers['wati-gateway-outcome'], 'accepted')
  })

  t.test('the header of an answer comes back only as far as it is allowed', async (t) => {
    const passed = {
      'content-language': 'pt',
      'content-disposition': 'attachment; filename="a.pdf"',
      'cache-control': 'private',
      etag: '"1"',
      'last-modified': 'Sun, 22 Nov 2026 09:00:00 GMT',
      expires: '0',
      'retry-after': '7',
    }
    const kept = {
      'set-cookie': 'a=b',
      location: 'https://evil.example/',
      server: 'wati',
      'x-powered-by': 'ASP.NET',
      'x-request-id': 'theirs',
      'wati-gateway-outcome': 'accepted',
      'proxy-status': 'theirs',
      'access-control-allow-origin': '*',
      'strict-transport-security': 'max-age=1',
      'www-authenticate': 'Basic',
      'x-secret': 'a',
      connection: 'close, x-secret',
      'keep-alive': 'timeout=77',
      via: '1.1 cdn',
      'alt-svc': 'h3=":443"',
    }
    for (const body of ['{"result":false}', large('{"a":"', 100_000)]) {
      const seen = await write({ type: JSON_TYPE, body, headers: { ...passed, ...kept } })
      t.match(seen.headers, passed)
      const { connection, 'x-request-id': id, 'wati-gateway-outcome': outcome, ...rest } = seen.headers
      t.not(id, 'theirs')
      t.equal(outcome, body.includes('false') ? 'refused' : 'accepted')
      t.notMatch(connection, /x-secret/)
      const ours = ['content-type', 'content-length', 'transfer-encoding', 'date', 'server-timing']
      const allowed = [...Object.keys(passed), ...ours]
      t.strictSame(
        Object.keys(rest).filter((name) => !allowed.includes(name)),
        [],
      )
    }
  })

  t.test('an early hint does not stand for the answer', async (t) => {
    said = { status: 103, type: JSON_TYPE, body: '{"result":true}' }
    const seen = await call(running, 'POST', '/channels/fake/api/v1/updateChatStatus', {})
    t.equal(seen.status, 200)
    t.equal(seen.text, '{"result":true}')
  })

  const outcomes: [outcome: string, status: number, body: string, type?: string][] = [
    ['accepted', 200, '{"result":true}'],
    ['accepted', 200, '{"result":"success"}'],
    ['accepted', 200, '{"ok":true,"result":"success","message":{"result":false}}'],
    ['accepted', 200, '{"success":true}'],
    ['accepted', 200, '{}'],
    ['accepted', 200, '[{"result":false}]'],
    ['accepted', 200, 'null'],
    ['accepted', 200, 'not JSON'],
    ['accepted', 200, '{"items":[{"success":false}]}'],
    ['accepted', 200, ''],
    ['accepted', 201, '{"id":1}'],
    ['refused', 200, '{"result":false,"info":"Invalid"}'],
    ['refused', 200, '{"result":"error"}'],
    ['refused', 200, '{"ok":false}'],
    ['refused', 200, '{"success":false,"error":{}}'],
    ['refused', 200, '{"ok":true,"result":false}'],
    ['refused', 200, '{"result":false}', 'text/plain; charset=utf-8'],
    ['refused', 200, '{"result":false}', 'application/problem+json'],
    ['refused', 201, '{"success":false}'],
    ['refused', 400, '{"result":true}'],
    ['refused', 404, ''],
    ['refused', 429, ''],
    ['unknown', 500, '{"result":false}'],
    ['unknown', 502, ''],
    ['unknown', 503, '{"result":true}'],
  ]
  for (const [outcome, status, body, type = JSON_TYPE] of outcomes) {
    t.test(`${status} ${body} as ${type} is ${outcome}`, async (t) => {
      t.equal((await write({ status, type, body })).headers['wati-gateway-outcome'], outcome)
      t.equal((await read({ status, type, body })).headers['wati-gateway-outcome'], outcome)
    })
  }

  const v3: [outcome: string, status: number, body: string][] = [
    ['accepted', 200, '{"success":true,"message_id":"1"}'],
    ['accepted', 200, '{"result":{"id":1}}'],
    ['accepted', 200, '{"success":"false"}'],
    ['refused', 200, '{"success":false,"error":{"code":400,"message":"no"}}'],
    ['refused', 400, '{"code":400,"message":"no","timestamp":"2026-11-22T09:00:00Z"}'],
    ['refused', 404, '{"code":404,"message":"no","timestamp":"2026-11-22T09:00:00Z"}'],
    ['refused', 429, ''],
    ['unknown', 500, '{"code":500,"message":"no","timestamp":"2026-11-22T09:00:00Z"}'],
  ]
  for (const [outcome, status, body] of v3) {
    t.test(`${status} ${body} of v3 is ${outcome}, of a form as of JSON`, async (t) => {
      said = { status, body, type: JSON_TYPE }
      const front = '/channels/fake/api/ext/v3/conversations/messages'
      const form = { 'content-type': FORM_TYPE }
      const text = `${field('target', CONTACT)}${LAST_LINE}`
      for (const seen of [
        await call(running, 'POST', `${front}/text`, { target: CONTACT }),
        await running.call('POST', `${front}/file`, {
          claims: { channels: ['fake'] },
          headers: form,
          body: text,
        }),
        await call(running, 'GET', '/channels/fake/api/ext/v3/contacts/count'),
      ]) {
        t.equal(seen.status, status)
        t.equal(seen.text, body)
        t.equal(seen.headers['wati-gateway-outcome'], outcome)
      }
    })
  }

  const DOWNLOADS = ['api/v1/getMedia?fileName=a', 'api/ext/v3/conversations/messages/file/1']
  const page = '<!DOCTYPE html><html>\r\n\0</html>'
  for (const path of DOWNLOADS) {
    t.test(`${path} may answer with a page, because that is a file, too`, async (t) => {
      for (const answer of [
        { body: page, type: 'text/html' },
        { body: page, type: 'text/html; charset=utf-16', chunked: true },
        { body: page, type: 'application/octet-stream' },
        { body: page },
        { body: page.padEnd(100_000), type: 'application/xhtml+xml' },
        { body: randomBytes(200_000), type: 'video/mp4', headers: { 'content-disposition': 'attachment' } },
      ]) {
        said = answer
        const seen = await call(running, 'GET', `/channels/fake/${path}`)
        t.equal(seen.status, 200)
        t.ok(seen.bytes.equals(Buffer.from(answer.body)), 'byte for byte')
        t.equal(seen.headers['wati-gateway-outcome'], 'accepted')
      }
      said = { status: 404, body: page, type: 'text/html' }
      const seen = await call(running, 'GET', `/channels/fake/${path}`)
      t.match(seen, { status: 502, body: { type: 'urn:wati-gateway:problem:wati-bad-answer' } })
    })
  }

  t.test('no other operation may answer with a page', async (t) => {
    for (const path of ['api/ext/v3/contacts', 'api/v2/getMessageTemplates', 'api/ext/v3/chatbots']) {
      said = { body: page, type: 'text/html' }
      const seen = await call(running, 'GET', `/channels/fake/${path}`)
      t.match(seen, { status: 502, body: { type: 'urn:wati-gateway:problem:wati-bad-answer' } }, path)
    }
  })

  t.test('a refusal at the limit of what is looked into is seen', async (t) => {
    const body = large('{"result":false,"a":"', INSPECT_LIMIT_BYTES)
    t.equal((await write({ type: JSON_TYPE, body })).headers['wati-gateway-outcome'], 'refused')
    t.equal(
      (await write({ type: JSON_TYPE, body, chunked: true })).headers['wati-gateway-outcome'],
      'refused',
    )
  })

  t.test('a request-id of the caller comes back; one that is not sane is replaced', async (t) => {
    said = { type: JSON_TYPE, body: '{}' }
    const path = '/channels/fake/api/v1/getContacts'
    for (const id of ['a', 'A-Za.z0_9', 'x'.repeat(128)]) {
      t.equal(
        (await running.call('GET', path, { claims: { channels: ['fake'] }, headers: { 'x-request-id': id } }))
          .headers['x-request-id'],
        id,
      )
    }
    for (const id of ['', 'x'.repeat(129), 'a b', 'a"b', 'ü', 'a,b']) {
      const { headers } = await running.call('GET', path, {
        claims: { channels: ['fake'] },
        headers: { 'x-request-id': id },
      })
      t.match(headers['x-request-id'], /^[0-9a-f-]{36}$/, JSON.stringify(id))
    }
  })
})

function say(response: ServerResponse, { status = 200, type, body = '', headers = {}, chunked }: Said): void {
  if (status === 103) response.writeEarlyHints({ link: '</x>; rel=preload' })
  const bytes = Buffer.from(body)
  const length = status === 204 || chunked ? {} : { 'content-length': bytes.length }
  const all = { ...headers, ...(type !== undefined && { 'content-type': type }), ...length }
  response.sendDate = false
  response.writeHead(status === 103 ? 200 : status, all)
  if (!chunked) response.end(bytes)
  else sendInPieces(response, bytes)
}

function sendInPieces(response: ServerResponse, bytes: Buffer): void {
  response.flushHeaders()
  for (let at = 0; at < bytes.length; at += 997) response.write(bytes.subarray(at, at + 997))
  response.end()
}

async function call(running: Running, method: string, path: string, json?: object): Promise<Seen> {
  return await running.call(method, path, {
    claims: { channels: ['fake'] },
    ...(json !== undefined && { json }),
  })
}

/** Valid JSON of so many bytes. */
function large(start: string, bytes: number): string {
  return `${start}${'x'.repeat(bytes - start.length - 2)}"}`
}
