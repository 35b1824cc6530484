import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import t, { type Test } from 'tap'
import { sendBytes } from '../helpers/http-client.ts'
import {
  type Bare,
  CONTACT,
  SALES_NUMBER,
  TENANT,
  callerToken,
  startBefore,
} from '../helpers/running-gateway.ts'
import {
  BOUNDARY,
  FORM_TYPE,
  type FlowUpstream,
  LAST_LINE,
  type Upload,
  answerAtTheEnd,
  beginUpload,
  boundaryOf,
  field,
  looksWhole,
  partHead,
  startFlowUpstream,
} from '../helpers/uploading.ts'

const MIB = 1024 * 1024
const V1_FILE = `/channels/sales/api/v1/sendSessionFile/${CONTACT}`
const V3_FILE = '/channels/sales/api/ext/v3/conversations/messages/file'
const SESSION = `/channels/sales/api/v1/sendSessionMessage/${CONTACT}`
const OTHER_NUMBER = '5511999990001'

const begin = (gateway: Bare, path: string, length?: number): Upload =>
  beginUpload(gateway.gateway.dataUrl, path, callerToken(), length)

/** A file of so many bytes, without holding it: each piece is different. */
function* pieces(bytes: number, pieceBytes = 60_000): Generator<Buffer> {
  for (let at = 0; at < bytes; at += pieceBytes) {
    yield Buffer.alloc(Math.min(pieceBytes, bytes - at), `${at} \r\n--${BOUNDARY.slice(0, -1)}\0`)
  }
}

interface Parsed {
  readonly fields: Record<string, string>
  readonly order: string[]
  readonly sha256: string
}

/** What another reader makes of the form that reaches Wati. */
async function parse(contentType: string, body: Readable): Promise<Parsed> {
  const reader = new Busboy({ headers: { 'content-type': contentType } })
  const fields: Record<string, string> = {}
  const order: string[] = []
  const hash = createHash('sha256')
  reader.on('field', (name: string, value: string) => {
    fields[name] = value
    order.push(name)
  })
  reader.on('file', (name: string, file: Readable) => {
    order.push(name)
    file.on('data', (chunk: Buffer) => hash.update(chunk))
  })
  body.pipe(reader)
  await once(reader, 'finish')
  return { fields, order, sha256: hash.digest('hex') }
}

t.test('a file of 20 MB flows through, and a target behind it gets the channel', async (t) => {
  const arrived: Promise<Parsed>[] = []
  const upstream = await startFlowUpstream(t, (request, response) => {
    arrived.push(parse(request.headers['content-type'] ?? '', request.pipe(new PassThrough())))
    answerAtTheEnd(request, response)
  })
  const gateway = await startBefore(t, upstream.url)
  for (const [path, sent, url] of [
    [V3_FILE, true, '/api/ext/v3/conversations/messages/file'],
    [V1_FILE, false, `/${TENANT}/api/v1/sendSessionFile/${CONTACT}?channelPhoneNumber=${SALES_NUMBER}`],
  ] as const) {
    const upload = begin(gateway, path)
    const hash = createHash('sha256')
    await upload.write(
      field('caption', 'é') + field('Channel_Number[]', OTHER_NUMBER) + partHead('file', 'a.mp4'),
    )
    for (const piece of pieces(20 * MIB)) {
      hash.update(piece)
      await upload.write(piece)
    }
    upload.end(
      `\r\n${field('CHANNEL', OTHER_NUMBER)}${field('target', `${OTHER_NUMBER}:${CONTACT}`)}${LAST_LINE}`,
    )
    t.match(await upload.answer, {
      status: 200,
      text: '{"result":true}',
      headers: { 'wati-gateway-outcome': 'accepted' },
    })
    const { fields, order, sha256 } = (await arrived.pop())!
    t.strictSame(fields, { caption: 'é', target: `${sent ? SALES_NUMBER : OTHER_NUMBER}:${CONTACT}` })
    t.strictSame(order, ['caption', 'file', 'target'], 'the order of the others is kept')
    t.equal(sha256, hash.digest('hex'), 'the file is the same')
    t.equal(upstream.requests.at(-1)?.url, url)
  }
})

t.test('a session message as multipart has the number in its form and in its query', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url)
  const body = field('messageText', 'oi') + field('channelPhoneNumber', OTHER_NUMBER) + LAST_LINE
  const upload = begin(gateway, SESSION, Buffer.byteLength(body))
  upload.end(body)
  t.equal((await upload.answer).status, 200)
  const [seen] = upstream.requests
  t.equal(seen?.url, `/${TENANT}/api/v1/sendSessionMessage/${CONTACT}?channelPhoneNumber=${SALES_NUMBER}`)
  const { fields, order } = await parse(seen!.contentType, flowing(seen!.bytes))
  t.strictSame(fields, { channelPhoneNumber: SALES_NUMBER, messageText: 'oi' })
  t.equal(order.length, 2)
})

t.test('what divides the parts for Wati is made anew for each form, so no part can hold it', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url)
  const hidden = `x\n--${BOUNDARY}\nContent-Disposition: form-data; name="channelPhoneNumber"\n\n${OTHER_NUMBER}`
  for (let turn = 0; turn < 2; turn++) {
    const upload = begin(gateway, SESSION)
    upload.end(field('messageText', hidden) + LAST_LINE)
    t.equal((await upload.answer).status, 200)
  }
  const boundaries = upstream.requests.map(({ contentType }) => boundaryOf(contentType))
  t.equal(new Set([...boundaries, BOUNDARY]).size, 3)
  for (const { bytes, contentType } of upstream.requests) {
    t.ok(bytes.toString('latin1').startsWith(`--${boundaryOf(contentType)}\r\n`))
  }
})

t.test('an upload over the limit', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url, {
    UPLOAD_LIMIT_BYTES: String(100 * 1024),
    BODY_LIMIT_BYTES: '1000',
  })

  t.test('is refused at once when its length is declared', async (t) => {
    const head = [
      `POST ${V1_FILE} HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${callerToken()}`,
      'Connection: close',
    ]
    const lines = [`Content-Type: ${FORM_TYPE}`, `Content-Length: ${100 * 1024 + 1}`, '', '']
    const seen = await sendBytes(gateway.gateway.dataUrl, [...head, ...lines].join('\r\n'))
    t.match(seen, { status: 413, body: { type: 'urn:wati-gateway:problem:body-too-large' } })
    t.equal(upstream.requests.length, 0, 'nothing reached Wati')
  })

  t.test('is refused when it is chunked, and Wati never gets a whole form', async (t) => {
    const upload = begin(gateway, V1_FILE)
    await upload.write(partHead('file', 'a.bin'))
    for (const piece of pieces(300 * 1024, 10_000)) await upload.write(piece)
    upload.end(`\r\n${LAST_LINE}`)
    isRefused(t, await upload.answer, 413, 'body-too-large')
    await neverWhole(t, upstream)
  })

  t.test('is none when it has exactly the limit', async (t) => {
    const front = partHead('file', 'a.bin')
    const end = `\r\n${LAST_LINE}`
    const upload = begin(gateway, V1_FILE, 100 * 1024)
    upload.end(front + 'x'.repeat(100 * 1024 - front.length - end.length) + end)
    t.equal((await upload.answer).status, 200)
  })
})

t.test('a caller that leaves in the middle of an upload cuts the connection to Wati', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url)
  for (const length of [undefined, 50 * MIB]) {
    const upload = begin(gateway, V1_FILE, length)
    const arriving = upstream.next()
    await upload.write(partHead('file', 'a.bin'))
    for (const piece of pieces(MIB)) await upload.write(piece)
    const flowing = await arriving
    upload.request.on('error', () => undefined)
    upload.request.destroy()
    await flowing.closed
    t.notOk(looksWhole(flowing), 'Wati sees a request that broke off')
  }
  t.notOk(gateway.log.lines.some(({ level, problem }) => level === 'error' && problem === 'internal-error'))
})

const FAULTS: readonly (readonly [what: string, path: string, bytes: string])[] = [
  ['a part without a name', V1_FILE, `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx`],
  ['a boundary line that goes on', V1_FILE, `\r\n--${BOUNDARY}x\r\n\r\n`],
  [
    'a part header of another encoding',
    V1_FILE,
    `\r\n--${BOUNDARY}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="a"\r\n\r\n`,
  ],
  ['bytes behind the last boundary', V1_FILE, `\r\n${LAST_LINE}${LAST_LINE}`],
  ['no last boundary', V1_FILE, ''],
  ['no target', V3_FILE, `\r\n${LAST_LINE}`],
  ['two targets', V3_FILE, `\r\n${field('target', CONTACT)}${field('Target', CONTACT)}${LAST_LINE}`],
  ['a target with two colons', V3_FILE, `\r\n${field('target', `1:2:${CONTACT}`)}${LAST_LINE}`],
  ['an empty target', V3_FILE, `\r\n${field('target', '')}${LAST_LINE}`],
]

t.test('a fault in mid-flow is 400, and Wati never gets a whole form:', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url)
  for (const [what, path, bytes] of FAULTS) {
    t.test(what, async (t) => {
      const upload = begin(gateway, path)
      const arriving = upstream.next()
      await upload.write(partHead('file', 'a.bin'))
      for (const piece of pieces(MIB)) await upload.write(piece)
      await arriving
      upload.end(bytes)
      isRefused(t, await upload.answer, 400, 'malformed-request')
      await neverWhole(t, upstream)
    })
  }
})

t.test(
  'with CHANNEL_KEY_CONFLICT=reject another number in mid-flow is 409, and Wati never gets a whole form',
  async (t) => {
    const upstream = await startFlowUpstream(t)
    const gateway = await startBefore(t, upstream.url, { CHANNEL_KEY_CONFLICT: 'reject' })
    for (const [path, tail] of [
      [V1_FILE, field('channel-number', OTHER_NUMBER)],
      [V3_FILE, field('target', `${OTHER_NUMBER}:${CONTACT}`)],
    ] as const) {
      const upload = begin(gateway, path)
      await upload.write(partHead('file', 'a.bin'))
      for (const piece of pieces(MIB)) await upload.write(piece)
      upload.end(`\r\n${tail}${LAST_LINE}`)
      isRefused(t, await upload.answer, 409, 'channel-key-conflict')
      await neverWhole(t, upstream)
    }
    const upload = begin(gateway, V3_FILE)
    upload.end(field('channel', '') + field('target', `+852 6431-8722:${CONTACT}`) + LAST_LINE)
    t.equal((await upload.answer).status, 200, 'the right number, and an empty one, are no conflict')
  },
)

for (const status of [400, 429]) {
  for (const reads of [true, false]) {
    const what = reads ? 'and reads on' : 'and reads no further'
    t.test(
      `when Wati answers ${status} in the middle of an upload ${what}, the caller gets that answer`,
      async (t) => {
        const upstream = await startFlowUpstream(t, (request, response) => {
          request.once('data', () => {
            if (!reads) request.pause()
            response
              .writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' })
              .end('{"result":false}')
          })
        })
        const gateway = await startBefore(t, upstream.url)
        const upload = begin(gateway, V1_FILE)
        upload.request.on('error', () => undefined)
        await upload.write(partHead('file', 'a.bin'))
        await upload.write('x'.repeat(200_000))
        const seen = await upload.answer
        t.equal(seen.status, status)
        t.equal(seen.text, '{"result":false}')
        t.match(seen.headers, { 'retry-after': '7', 'wati-gateway-outcome': 'refused' })
        upload.request.destroy()
      },
    )
  }
}

const EARLY: readonly (readonly [when: string, path: string, front: string])[] = [
  ['the gateway refused it', V1_FILE, `--${BOUNDARY}\r\nX: y\r\n\r\n`],
  ['Wati answered early', SESSION, partHead('file', 'a.bin')],
]

for (const [when, path, front] of EARLY) {
  t.test(`a caller that sends its upload to the end is not left hanging when ${when}`, async (t) => {
    const upstream = await startFlowUpstream(t, (request, response) => {
      request.once('data', () => response.writeHead(400, { connection: 'close' }).end('no'))
    })
    const gateway = await startBefore(t, upstream.url)
    const upload = begin(gateway, path)
    upload.request.on('error', () => undefined)
    const over = Promise.race([once(upload.request, 'finish'), once(upload.request, 'close')])
    await upload.write(front)
    t.equal((await upload.answer).status, 400)
    let left = 20 * MIB
    const flow = (async () => {
      for (const piece of pieces(20 * MIB)) {
        await upload.write(piece)
        left -= piece.length
      }
      upload.end(`\r\n${LAST_LINE}`)
      await over
    })()
    const patience = new AbortController()
    const late = new Promise((resolve) => {
      const timer = setTimeout(resolve, 5_000, 'late')
      patience.signal.addEventListener('abort', () => clearTimeout(timer))
    })
    t.not(
      await Promise.race([flow, late]),
      'late',
      `the rest is read or the connection closed (${left} bytes to go)`,
    )
    patience.abort()
    upload.request.destroy()
  })
}

t.test('an upload waits for a Wati that does not read, instead of filling the memory', async (t) => {
  const upstream = await startFlowUpstream(t, (request) => void request.pause())
  const gateway = await startBefore(t, upstream.url, {
    UPLOAD_LIMIT_BYTES: String(512 * MIB),
    WATI_TIMEOUT_MS: '3000',
  })
  const upload = begin(gateway, V1_FILE)
  upload.request.on('error', () => undefined)
  let accepted = 0
  void (async () => {
    await upload.write(partHead('file', 'a.bin'))
    for (const piece of pieces(256 * MIB, 256 * 1024)) {
      await upload.write(piece)
      accepted += piece.length
    }
  })()
  await upstream.next()
  let before = -1
  while (before !== accepted) {
    before = accepted
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  t.ok(
    accepted < 64 * MIB,
    `it stopped after ${Math.round(accepted / MIB)} MiB, most of them held by the system`,
  )
  upload.request.destroy()
})

function isRefused(t: Test, seen: Awaited<Upload['answer']>, status: number, problem: string): void {
  t.equal(seen.status, status)
  t.equal(seen.headers['content-type'], 'application/problem+json')
  t.match(JSON.parse(seen.text), { type: `urn:wati-gateway:problem:${problem}`, origin: 'gateway' })
}

async function neverWhole(t: Test, { requests }: FlowUpstream): Promise<void> {
  const last = requests.at(-1)
  if (last === undefined) return
  await last.closed
  t.notOk(looksWhole(last), 'the request to Wati broke off before its last boundary')
}

function flowing(bytes: Buffer): Readable {
  const stream = new PassThrough()
  stream.end(bytes)
  return stream
}
