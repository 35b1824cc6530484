import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import t from 'tap'
import { readUpload } from '../../src/sandbox/upload.ts'
import { CONTACT, DEFAULT_NUMBER, matchAll, SECOND_NUMBER, startClient, TENANT, TOKEN } from './client.ts'

const TEXT = `/api/v1/sendSessionMessage/${CONTACT}`
const FILE = `/api/v1/sendSessionFile/${CONTACT}`
const V3_FILE = '/conversations/messages/file'
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=b' }

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A part as it is written: its header lines, then its content. */
const part = (header: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; ${header}\r\n\r\n${content}\r\n`

const field = (name: string, value: string) => part(`name="${name}"`, value)
const PNG = part('name="file"; filename="a.png"\r\nContent-Type: image/png', 'PNG bytes\r\n--c')
const END = '--b--\r\n'

t.test('text may come in a form with parts, which hides the query', async (t) => {
  const { call, sandbox } = await startClient(t)
  const body = field('messageText', 'olá') + field('channelPhoneNumber', SECOND_NUMBER) + END
  const answer = await call('POST', `${TEXT}?channelPhoneNumber=${DEFAULT_NUMBER}`, {
    headers: MULTIPART,
    body,
  })
  t.match(answer.body, { ok: true, message: { text: 'olá' } })
  const empty = field('messageText', 'hi') + field('channel_phone_number', '') + END
  await call('POST', `${TEXT}?channelPhoneNumber=${SECOND_NUMBER}`, { headers: MULTIPART, body: empty })
  matchAll(t, sandbox.messages(), [
    { from: SECOND_NUMBER, fromDefault: false, text: 'olá' },
    { from: DEFAULT_NUMBER, fromDefault: true, text: 'hi' },
  ])
})

t.test('a file goes out from the number in the query, with its name, type, size and hash', async (t) => {
  const { call, sandbox } = await startClient(t)
  const form = new FormData()
  form.set('file', new Blob(['%PDF-'], { type: 'application/pdf' }), 'invoice.pdf')
  form.set('caption', 'Invoice')
  const answer = await call('POST', `${FILE}?channelPhoneNumber=${SECOND_NUMBER}`, { body: form })
  t.match(answer.body, { ok: true, result: 'success', message: { type: 'document', text: 'Invoice' } })
  await call('POST', `${FILE}?caption=hi`, { headers: MULTIPART, body: PNG + END })
  const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: 5, sha256: sha256('%PDF-') }
  const sent = { operation: 'sendSessionFile', to: CONTACT }
  matchAll(t, sandbox.messages(), [
    { ...sent, from: SECOND_NUMBER, fromDefault: false, text: 'Invoice', file },
    {
      ...sent,
      from: DEFAULT_NUMBER,
      fromDefault: true,
      text: 'hi',
      file: { name: 'a.png', contentType: 'image/png' },
    },
  ])
})

t.test('in v3 the target may stand before the file or behind it', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const target = field('target', `${SECOND_NUMBER}:${CONTACT}`)
  const caption = field('caption', 'A picture')
  for (const body of [target + caption + PNG + END, PNG + caption + target + END]) {
    const answer = await v3('POST', V3_FILE, { headers: MULTIPART, body })
    t.match(answer.body, { message: { type: 'image', text: 'A picture' } })
  }
  await v3('POST', V3_FILE, { headers: MULTIPART, body: PNG + field('target', CONTACT) + END })
  const file = { name: 'a.png', size: 14, sha256: sha256('PNG bytes\r\n--c') }
  const sent = { operation: 'sendFile', to: CONTACT, file }
  matchAll(t, sandbox.messages(), [
    { ...sent, from: SECOND_NUMBER, fromDefault: false },
    { ...sent, from: SECOND_NUMBER, fromDefault: false },
    { ...sent, from: DEFAULT_NUMBER, fromDefault: true },
  ])
})

const READ = [
  {
    when: 'the first of two counts',
    fields: field('TARGET', `${SECOND_NUMBER}:1234567`) + field('target', 'x'),
  },
  {
    when: 'a part with an empty file name is a field, as in ASP.NET',
    fields: part('name="target"; filename=""', `${SECOND_NUMBER}:1234567`),
  },
  {
    when: 'a part of type octet-stream without a file name is a field, as in ASP.NET',
    fields: part('name="target"\r\nContent-Type: application/octet-stream', `${SECOND_NUMBER}:1234567`),
  },
  {
    when: 'a part with a file name is none',
    fields: part('name="target"; filename="x"', 'x') + field('target', `${SECOND_NUMBER}:1234567`),
  },
]

for (const { when, fields } of READ) {
  t.test(`of the fields of a form ${when}`, async (t) => {
    const { v3, sandbox } = await startClient(t)
    const answer = await v3('POST', V3_FILE, { headers: MULTIPART, body: fields + PNG + END })
    t.equal(answer.status, 200)
    matchAll(t, sandbox.messages(), [{ from: SECOND_NUMBER, to: '1234567', file: { name: 'a.png' } }])
  })
}

t.test('a form is shown with its parts in order', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const body = field('caption', 'é') + PNG + field('target', CONTACT) + END
  await v3('POST', V3_FILE, { headers: { 'content-type': 'Multipart/Form-Data; Boundary="b"' }, body })
  const [seen] = sandbox.requests()
  t.equal(seen?.body, body)
  t.notOk(seen?.truncated)
  const text = { contentType: 'text/plain' }
  t.same(seen?.parts, [
    { name: 'caption', ...text, size: 2, sha256: sha256('é'), value: 'é' },
    {
      name: 'file',
      filename: 'a.png',
      contentType: 'image/png',
      size: 14,
      sha256: sha256('PNG bytes\r\n--c'),
    },
    { name: 'target', ...text, size: CONTACT.length, sha256: sha256(CONTACT), value: CONTACT },
  ])
})

t.test(
  'a form reads the same however its bytes are split, and what follows its end is nothing',
  async (t) => {
    const body = Buffer.from(field('target', CONTACT) + PNG + END + field('target', 'late').repeat(100))
    const whole = await readUpload(Readable.from([body]), MULTIPART['content-type'])
    t.match(whole, {
      parts: [{ name: 'target' }, { name: 'file', size: 14 }],
      head: body,
      mistake: undefined,
    })
    const cuts = fc.array(fc.nat(body.length), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cuts, async (unordered) => {
        const at = [0, ...unordered.toSorted((a, b) => a - b), body.length]
        const chunks = at.slice(1).map((end, index) => body.subarray(at[index], end))
        const split = await readUpload(Readable.from(chunks), MULTIPART['content-type'])
        t.same(split, whole)
      }),
    )
  },
)

t.test('a body that is cut off anywhere before its last boundary is a 400 and sends nothing', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const whole = field('target', CONTACT) + PNG + '--b--'
  for (let length = 0; length < whole.length; length++) {
    const answer = await v3('POST', V3_FILE, { headers: MULTIPART, body: whole.slice(0, length) })
    if (answer.status !== 400 && !(length === 0 && answer.status === 415)) t.fail(`cut at ${length}`)
  }
  t.same(sandbox.messages(), [])
  t.equal(
    (await v3('POST', V3_FILE, { headers: MULTIPART, body: whole })).status,
    200,
    'the whole one is sent',
  )
})

t.test('a body whose sender goes away is seen as far as it came, and sends nothing', async (t) => {
  const { sandbox } = await startClient(t)
  const begin = field('target', CONTACT) + PNG.slice(0, -10)
  const head = [
    `POST /api/ext/v3${V3_FILE} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${TOKEN}`,
    'Content-Type: multipart/form-data; boundary=b',
    'Content-Length: 100000',
  ]
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${begin}`)
  socket.resume()
  await once(socket, 'close')
  matchAll(t, sandbox.requests(), [
    { body: begin, parts: [{ name: 'target' }, { name: 'file', sha256: '' }] },
  ])
  t.same(sandbox.messages(), [])
})

const REFUSED = [
  { when: 'without a boundary', type: 'multipart/form-data', body: PNG + END, status: 400 },
  { when: 'with another boundary', type: 'multipart/form-data; boundary=c', body: PNG + END, status: 400 },
  {
    when: 'without the file',
    type: MULTIPART['content-type'],
    body: field('target', CONTACT) + END,
    status: 400,
  },
  { when: 'without the target', type: MULTIPART['content-type'], body: PNG + END, status: 400 },
  {
    when: 'with more than 1000 parts',
    type: MULTIPART['content-type'],
    body: field('target', CONTACT) + PNG + field('x', '').repeat(1000) + END,
    status: 400,
  },
  {
    when: 'with a field of more than 1 MiB',
    type: MULTIPART['content-type'],
    body: field('target', CONTACT) + PNG + field('x', 'x'.repeat(1024 * 1024 + 1)) + END,
    status: 400,
  },
  { when: 'of another multipart type', type: 'multipart/mixed; boundary=b', body: PNG + END, status: 415 },
  { when: 'that is JSON', type: 'application/json', body: '{}', status: 415 },
]

for (const { when, type, body, status } of REFUSED) {
  t.test(`a body ${when} is a ${status} where Wati reads a file, and sends nothing`, async (t) => {
    const { v3, sandbox } = await startClient(t)
    const answer = await v3('POST', V3_FILE, { headers: { 'content-type': type }, body })
    t.match(answer, { status, body: { code: status, message: String } })
    t.same(sandbox.messages(), [])
    t.equal(sandbox.requests().length, 1)
  })
}

t.test('of a large upload only the first MiB is shown, and the hash of the whole', async (t) => {
  const { sandbox } = await startClient(t)
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const chunks = 24
  const begin = part('name="file"; filename="big.bin"\r\nContent-Type: application/octet-stream', '').slice(
    0,
    -2,
  )
  const sending = request(`${sandbox.url}/${TENANT}${FILE}?channelPhoneNumber=${SECOND_NUMBER}`, {
    method: 'POST',
    headers: { ...MULTIPART, authorization: `Bearer ${TOKEN}` },
  })
  const answered = once(sending, 'response')
  async function* form() {
    yield begin
    for (let count = 0; count < chunks; count++) yield chunk
    yield `\r\n${END}`
  }
  await pipeline(Readable.from(form()), sending)
  const [response] = (await answered) as [NodeJS.ReadableStream & { statusCode: number }]
  t.equal(response.statusCode, 200)
  response.resume()

  const whole = createHash('sha256')
  for (let count = 0; count < chunks; count++) whole.update(chunk)
  const file = { size: chunks * chunk.length, sha256: whole.digest('hex') }
  matchAll(t, sandbox.messages(), [{ from: SECOND_NUMBER, file: { name: 'big.bin', ...file } }])
  const [seen] = sandbox.requests()
  t.equal(seen?.truncated, true)
  t.equal(seen?.body.length, 1024 * 1024)
  t.match(seen?.parts, [{ name: 'file', ...file }])
})
