import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { CONTACT, type Running, callerToken, startBefore, startRunning } from '../helpers/running-gateway.ts'
import {
  FORM_TYPE,
  LAST_LINE,
  type Flowing,
  type Upload,
  beginUpload,
  looksWhole,
  partHead,
  startFlowUpstream,
} from '../helpers/uploading.ts'

/** Callers that hang up inside an upload. Its request to Wati ends within half a second, and never whole. */

const V1_FILE = `/channels/sales/api/v1/sendSessionFile/${CONTACT}`
const MIB = 1024 * 1024
const WITHIN_MS = 500
const SOME_BYTES = 12 * MIB

type Gateway = Pick<Running, 'gateway' | 'log'>

const begin = ({ gateway }: Gateway, requestId: string): Upload => {
  const upload = beginUpload(gateway.dataUrl, V1_FILE, callerToken(), 90 * MIB)
  upload.request.setHeader('x-request-id', requestId)
  upload.request.on('error', () => undefined)
  return upload
}

/** Sends the beginning of a file: more than the system holds of it, less than the gateway reads ahead. */
async function sendSome(upload: Upload): Promise<void> {
  await upload.write(partHead('file', 'a.bin'))
  // Its end leaves this process only once the gateway reads ahead, because nobody has taken anything for a while.
  await new Promise<void>((resolve, reject) => {
    const piece = Buffer.alloc(SOME_BYTES, 'x\r\n-')
    upload.request.write(piece, (error) => (error ? reject(error) : resolve()))
  })
}

/** How long after the hang-up the gateway had done with the request. */
async function hangUp({ log }: Gateway, { request }: Upload, how: 'end' | 'reset'): Promise<number> {
  const startedAt = performance.now()
  if (how === 'reset') request.socket?.resetAndDestroy()
  else request.destroy()
  await log.lineOf(String(request.getHeader('x-request-id')))
  return performance.now() - startedAt
}

for (const how of ['end', 'reset'] as const) {
  t.test(`while Wati takes nothing, a connection that ends (${how}) is noticed`, async (t) => {
    let goOn = (): void => undefined
    const upstream = await startFlowUpstream(t, (request) => {
      request.pause()
      goOn = () => void request.resume()
    })
    const running = await startBefore(t, upstream.url)
    const arriving = upstream.next()
    const upload = begin(running, `stuck-${how}`)
    await sendSome(upload)
    const flowing = await arriving
    within(t, await hangUp(running, upload, how))
    // Only now Wati looks: what it finds is the end.
    goOn()
    await isCut(t, flowing)
  })
}

t.test('an upload that is not complete when Wati answers slowly is cut, too', async (t) => {
  const upstream = await startFlowUpstream(t, (request) => void request.resume())
  const running = await startBefore(t, upstream.url)
  const arriving = upstream.next()
  const upload = begin(running, 'flowing')
  await upload.write(partHead('file', 'a.bin'))
  await upload.write(Buffer.alloc(MIB))
  const flowing = await arriving
  within(t, await hangUp(running, upload, 'end'))
  await isCut(t, flowing)
})

t.test(
  'uploads that were read ahead up to UPLOAD_READ_AHEAD_BYTES go on when Wati does, and come whole',
  async (t) => {
    const paused: (() => void)[] = []
    const upstream = await startFlowUpstream(t, (request, response) => {
      request.pause()
      paused.push(() => request.resume())
      request.on('end', () =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
      )
    })
    const running = await startBefore(t, upstream.url, { UPLOAD_READ_AHEAD_BYTES: String(2 * MIB) })
    const file = Buffer.alloc(SOME_BYTES, 'abcdefg')
    const uploads = ['a', 'b', 'c', 'd'].map(() =>
      beginUpload(running.gateway.dataUrl, V1_FILE, callerToken()),
    )
    for (const upload of uploads) {
      void upload.write(partHead('file', 'a.bin'))
      void upload.write(file)
      upload.end(`\r\n${LAST_LINE}`)
    }
    await until(() => paused.length === uploads.length)
    // Long enough for two looks.
    await sleep(400)
    for (const goOn of paused) goOn()
    const statuses = (await Promise.all(uploads.map(({ answer }) => answer))).map(({ status }) => status)
    t.strictSame(statuses, [200, 200, 200, 200])
    for (const { bytes } of upstream.requests) t.ok(bytes.includes(file), 'every byte has come')
  },
)

t.test('a caller that hangs up while its upload waits for its turn takes no turn', async (t) => {
  const running = await startRunning(t, { limits: 'of-the-plan' })
  const limits = { sendSessionFile: { max: 1, windowSeconds: 2 } }
  const account = { tenantId: '388428', baseUrl: running.sandbox.url, limits }
  t.equal((await running.admin('PUT', '/v1/accounts/acme', { json: account })).status, 200)
  const form = `${partHead('file', 'a.bin')}x\r\n${LAST_LINE}`
  const send = () => running.call('POST', V1_FILE, { headers: { 'content-type': FORM_TYPE }, body: form })
  t.equal((await send()).status, 200)
  const upload = beginUpload(running.gateway.dataUrl, V1_FILE, callerToken())
  upload.request.setHeader('x-request-id', 'waiting')
  upload.request.setHeader('prefer', 'wait=10')
  upload.request.on('error', () => undefined)
  await sendSome(upload)
  within(t, await hangUp(running, upload, 'end'))
  const before = running.sandbox.requests().length
  const next = await running.call('POST', V1_FILE, {
    headers: { 'content-type': FORM_TYPE, prefer: 'wait=5' },
    body: form,
  })
  t.equal(next.status, 200, 'the turn is there for the next')
  t.equal(running.sandbox.requests().length, before + 1)
})

t.test(
  'an upload whose bytes trickle is ended after REQUEST_TIMEOUT_MS, and Wati never has it whole',
  async (t) => {
    const upstream = await startFlowUpstream(t, (request) => void request.resume())
    const running = await startBefore(t, upstream.url, {
      REQUEST_TIMEOUT_MS: '1000',
      REQUEST_HEADERS_TIMEOUT_MS: '1000',
    })
    const { hostname, port } = new URL(running.gateway.dataUrl)
    const socket = connect(Number(port), hostname)
    const arriving = upstream.next()
    socket.on('error', () => undefined)
    const head = [`POST ${V1_FILE} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${callerToken()}`]
    socket.write([...head, `Content-Type: ${FORM_TYPE}`, 'Content-Length: 5000000', '', ''].join('\r\n'))
    socket.write(partHead('file', 'a.bin'))
    const drip = setInterval(() => socket.write('x'), 50)
    t.teardown(() => clearInterval(drip))
    const flowing = await arriving
    const startedAt = performance.now()
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    await once(socket, 'close')
    t.ok(performance.now() - startedAt < 4_000)
    t.match(answer, /^HTTP\/1\.1 4\d\d /)
    await isCut(t, flowing)
  },
)

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

function within(t: Test, tookMs: number): void {
  t.ok(tookMs < WITHIN_MS, `noticed after ${Math.round(tookMs)} ms`)
}

async function isCut(t: Test, flowing: Flowing): Promise<void> {
  await flowing.closed
  t.notOk(looksWhole(flowing), 'Wati sees a request that broke off')
}
