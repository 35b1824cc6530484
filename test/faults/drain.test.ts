import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  type GatewayProgram,
  TENANT,
  WATI_TOKEN,
  askAdmin,
  setUp,
  startGateway,
  token,
} from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { FORM_TYPE, LAST_LINE, partHead } from '../helpers/uploading.ts'
import { type HttpUpstream, startHttpUpstream } from '../helpers/upstream.ts'

/** From the signal to the end of the process, sentence by sentence. */

const CONTACT = '5521988887777'
const SCOPES = 'messages:send messages:read chats:write contacts:read templates:read'
const CALLER = token({ sub: 'shop', channels: ['*'], scope: SCOPES })
const JSON_TYPE = { 'content-type': 'application/json' }
const DELAY_MS = 700
const LAST_MS = 400

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/** A request of a caller that would keep its connection. */
class Call {
  readonly answer: Promise<Answer>
  readonly #outgoing
  constructor(url: string, method: string, path: string, headers: Record<string, string> = {}) {
    const agent = new Agent({ keepAlive: true })
    const all = { authorization: `Bearer ${CALLER}`, ...headers }
    this.#outgoing = request(`${url}${path}`, { method, agent, headers: all })
    this.answer = this.#read(agent)
    this.answer.catch(() => undefined)
  }

  write(bytes: string): this {
    this.#outgoing.write(bytes)
    return this
  }

  end(bytes = ''): this {
    this.#outgoing.end(bytes)
    return this
  }

  hangUp(): void {
    this.#outgoing.destroy()
  }

  async #read(agent: Agent): Promise<Answer> {
    const [incoming] = (await once(this.#outgoing, 'response')) as [IncomingMessage]
    incoming.resume()
    await once(incoming, 'end')
    agent.destroy()
    return { status: incoming.statusCode ?? 0, headers: incoming.headers }
  }
}

const CHATS = '/channels/sales/api/v1/updateChatStatus'
const SESSION = `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?messageText=oi`
const FILE = `/channels/sales/api/v1/sendSessionFile/${CONTACT}`
const TEMPLATES = '/channels/sales/api/v1/getMessageTemplates'
const MESSAGES = `/channels/sales/api/v1/getMessages/${CONTACT}`

/** A Wati that answers when it is told to; templates, messages and files at once. */
async function startSlowWati(t: Test): Promise<HttpUpstream & { answer: () => void }> {
  let answer = (): void => undefined
  const told = new Promise<void>((resolve) => (answer = resolve))
  const upstream = await startHttpUpstream(t, (response, { url = '' }) => {
    const give = (): void => void response.writeHead(200, JSON_TYPE).end('{"result":true}')
    if (url.includes('updateChatStatus')) void told.then(give)
    // After everybody whose caller is still there.
    else if (url.includes('sendSessionMessage')) void told.then(() => setTimeout(give, LAST_MS))
    else give()
  })
  return { ...upstream, answer }
}

async function start(t: Test, wati: string, settings: Record<string, string> = {}): Promise<GatewayProgram> {
  const gateway = await startGateway(t, { DATA_DIR: folderOf(t), WATI_HOSTS: wati, ...settings })
  await setUp(gateway, wati)
  return gateway
}

/** A connection on which only these bytes come. */
async function hold(t: Test, url: string, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  if (bytes !== '') socket.write(bytes)
  return socket
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10)
}

t.test('what is under way is finished, and everybody else is told to go elsewhere', async (t) => {
  const wati = await startSlowWati(t)
  const folder = folderOf(t)
  const settings = { DATA_DIR: folder, WATI_HOSTS: wati.url }
  const gateway = await start(t, wati.url, {
    ...settings,
    SHUTDOWN_DELAY_MS: String(DELAY_MS),
    // None of the last counts may be written by the clock.
    USAGE_FLUSH_MS: '60000',
  })
  const account = { tenantId: TENANT, baseUrl: wati.url, token: WATI_TOKEN }
  const limits = { getMessages: { max: 1, windowSeconds: 3 } }
  await askAdmin(gateway, 'PUT', '/v1/accounts/acme', { ...account, limits })
  const call = (...[method, path, headers]: [string, string, Record<string, string>?]) =>
    new Call(gateway.data, method, path, headers)

  t.equal((await call('GET', MESSAGES).end().answer).status, 200)
  const waiting = call('GET', MESSAGES, { prefer: 'wait=20' }).end()
  const upload = call('POST', FILE, { 'content-type': FORM_TYPE }).write(`${partHead('file', 'a.bin')}half`)
  const slow = call('POST', CHATS, JSON_TYPE).end('{}')
  const left = call('POST', SESSION, { 'x-request-id': 'left' }).end()
  await until(() => wati.requests.length === 3)
  left.hangUp()

  const exited = gateway.stop('SIGTERM')
  await gateway.line(/the gateway stops/)
  const signalledAt = performance.now()
  for (const url of [gateway.data, gateway.admin]) {
    const readyz = await new Call(url, 'GET', '/readyz').end().answer
    t.equal(readyz.status, 503, 'readyz turns 503 at once')
    t.equal(readyz.headers.connection, 'close')
  }
  t.equal((await new Call(gateway.data, 'GET', '/healthz').end().answer).status, 200, 'it lives')
  t.match(await call('GET', TEMPLATES).end().answer, { status: 200, headers: { connection: 'close' } })
  t.ok(performance.now() - signalledAt < DELAY_MS, 'all that was before the listeners close')

  await untilRefused(gateway.data)
  const closedAfterMs = performance.now() - signalledAt
  t.ok(closedAfterMs >= DELAY_MS - 50, `the listeners close after ${Math.round(closedAfterMs)} ms`)
  upload.end(`\r\n${LAST_LINE}`)
  t.match(await upload.answer, { status: 200, headers: { connection: 'close' } }, 'an upload')
  t.match(await waiting.answer, { status: 200, headers: { connection: 'close' } }, 'one that waits its turn')
  wati.answer()
  t.match(await slow.answer, { status: 200, headers: { connection: 'close' } }, 'one Wati is slow with')
  t.equal(await exited, 0)
  t.match(JSON.parse(await gateway.line(/"requestId":"left"/)), { outcome: 'accepted', hungUp: true })

  const next = await startGateway(t, settings)
  const { body } = await askAdmin(next, 'GET', '/v1/usage?groupBy=operation,outcome')
  const counts = (body['items'] as { operation: string; outcome: string; count: number }[]).map(
    ({ operation, outcome, count }) => `${operation} ${outcome} ${count}`,
  )
  t.strictSame(counts.sort(), [
    'getMessageTemplates accepted 1',
    'getMessages accepted 2',
    'sendSessionFile accepted 1',
    'sendSessionMessage accepted 1',
    'updateChatStatus accepted 1',
  ])
})

t.test('connections that bring nothing, or half a header, do not hold up the end', async (t) => {
  const wati = await startSlowWati(t)
  const gateway = await start(t, wati.url, { REQUEST_HEADERS_TIMEOUT_MS: '1500' })
  for (const url of [gateway.data, gateway.admin]) {
    await hold(t, url, '')
    await hold(t, url, 'GET /healthz HTTP/1.1\r\nHost:')
    const kept = await hold(t, url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(kept, 'data')
  }
  const startedAt = performance.now()
  t.equal(await gateway.stop('SIGTERM'), 0)
  const tookMs = performance.now() - startedAt
  t.ok(tookMs < 6_000, `it ends after ${Math.round(tookMs)} ms`)
})

t.test('what takes longer than SHUTDOWN_TIMEOUT_MS is cut off, with exit code 1', async (t) => {
  const wati = await startSlowWati(t)
  const gateway = await start(t, wati.url, { SHUTDOWN_TIMEOUT_MS: '1200', SHUTDOWN_DELAY_MS: '1200' })
  await gateway.line(/SHUTDOWN_DELAY_MS is not less than SHUTDOWN_TIMEOUT_MS/)
  const slow = new Call(gateway.data, 'POST', CHATS, JSON_TYPE).end('{}')
  await until(() => wati.requests.length === 1)
  const startedAt = performance.now()
  t.equal(await gateway.stop('SIGTERM'), 1)
  const tookMs = performance.now() - startedAt
  t.ok(tookMs >= 1_150 && tookMs < 4_000, `after ${Math.round(tookMs)} ms`)
  t.match(gateway.lines.at(-1), /the gateway did not stop in time/)
  await t.rejects(slow.answer)
})

t.test('a second signal ends it at once, unless it is the first one told twice', async (t) => {
  const wati = await startSlowWati(t)
  const gateway = await start(t, wati.url)
  const slow = new Call(gateway.data, 'POST', CHATS, JSON_TYPE).end('{}')
  await until(() => wati.requests.length === 1)
  gateway.process.kill('SIGINT')
  gateway.process.kill('SIGTERM')
  await gateway.line(/the gateway stops/)
  await sleep(1_100)
  t.equal(gateway.process.exitCode, null, 'it still waits for what is under way')
  t.equal(await gateway.stop('SIGINT'), 1)
  t.match(gateway.lines.at(-1), /told twice to stop/)
  await t.rejects(slow.answer)
})

/** Asks until nobody listens any more. */
async function untilRefused(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  for (;;) {
    const socket = connect(Number(port), hostname)
    const code = await Promise.race([
      once(socket, 'connect').then(() => 'connected'),
      once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code),
    ]).catch((error: unknown) => (error as NodeJS.ErrnoException).code)
    socket.destroy()
    if (code === 'ECONNREFUSED') return
    await sleep(10)
  }
}
