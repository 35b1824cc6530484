import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type GatewayProgram, setUp, startGateway, token } from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { callerToken, startRunning } from '../helpers/running-gateway.ts'
import { FORM_TYPE, partHead } from '../helpers/uploading.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'

/**
 * Callers that come in crowds. What they take of the memory is bounded, and a caller that behaves is served meanwhile.
 * FLOODS_TIMES: how many times as many of them (1).
 */

const TIMES = Number(process.env['FLOODS_TIMES'] ?? 1)
const MIB = 1024 * 1024
const MORE_BYTES = 96 * MIB
/** A call that waits so long is as good as lost; the machine may be busy, too. */
const LATEST_MS = 2_000
const GOOD_CALLS = 100
const GOOD = '/channels/sales/api/v1/getMessageTemplates'
const LARGE = '/channels/support/api/v1/getContacts'
const FILE = '/channels/support/api/v1/sendSessionFile/5521988887777'
const CHATS = '/channels/support/api/v1/updateChatStatus'
const SCOPES = 'messages:send messages:read chats:write contacts:read templates:read'
const bearer = (sub: string): string =>
  `Authorization: Bearer ${token({ sub, channels: ['*'], scope: SCOPES })}`
const BAD = bearer('flood')

interface Flood {
  readonly what: string
  readonly connections: number
  /** What each writes at first, and then again and again. */
  readonly first: string
  readonly then?: string
}

const head = (method: string, path: string, ...lines: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n')

const FLOODS: readonly Flood[] = [
  { what: 'headers that come byte by byte', connections: 500, first: 'GET /channels/ HT', then: 'x' },
  {
    what: 'headers of 15 KB that never end',
    connections: 300,
    first: `GET / HTTP/1.1\r\nX: ${'x'.repeat(15_000)}`,
  },
  {
    what: 'bodies that come byte by byte',
    connections: 300,
    first: head('POST', CHATS, BAD, 'Content-Type: application/json', 'Content-Length: 100000'),
    then: ' ',
  },
  {
    what: 'uploads that stop half-way',
    connections: 100,
    first:
      head('POST', FILE, BAD, `Content-Type: ${FORM_TYPE}`, 'Content-Length: 9000000') + partHead('f', 'a'),
    then: 'x',
  },
  { what: 'large answers that nobody takes', connections: 100, first: head('GET', LARGE, BAD) },
  {
    what: 'requests without a token, one after the other',
    connections: 50,
    first: head('GET', GOOD),
    then: head('GET', GOOD),
  },
]

t.test(
  'a caller that behaves is served, and memory is bounded, during',
  { skip: existsSync('/proc/self/status') ? false : 'the memory of another process is read from /proc' },
  async (t) => {
    const large = Buffer.alloc(4 * MIB, 'x')
    const wati = await startHttpUpstream(t, (response, { url = '' }) => {
      const isLarge = url.includes('getContacts')
      const type = isLarge ? 'application/octet-stream' : 'application/json'
      response.writeHead(200, { 'content-type': type }).end(isLarge ? large : '{"result":true}')
    })
    const gateway = await startGateway(t, { DATA_DIR: folderOf(t), WATI_HOSTS: wati.url })
    await setUp(gateway, wati.url)
    const calm = await callOften(gateway)
    t.comment(`calm: p99 ${calm.p99} ms, ${mib(residentBytes(gateway))} MiB`)
    for (const flood of FLOODS) {
      await t.test(flood.what, async (t) => {
        const before = residentBytes(gateway)
        const stop = await start(gateway, flood)
        const { statuses, p99 } = await callOften(gateway)
        const more = residentBytes(gateway) - before
        t.comment(`${flood.connections * TIMES} connections: p99 ${p99} ms, ${mib(more)} MiB more`)
        await stop()
        t.strictSame(statuses, [200])
        t.ok(p99 < LATEST_MS, `p99 of the others is ${p99} ms`)
        t.ok(more < MORE_BYTES * TIMES, `${mib(more)} MiB more`)
      })
    }
    t.notOk(
      gateway.lines.some((line) => line.includes('"alarm"')),
      'nothing of it is an overload',
    )
    t.equal(await gateway.stop('SIGTERM'), 0)
  },
)

async function start({ data }: GatewayProgram, flood: Flood): Promise<() => Promise<void>> {
  const { hostname, port } = new URL(data)
  const sockets = Array.from({ length: flood.connections * TIMES }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    // Answers that are taken come from a caller that floods with requests; the others take nothing.
    if (flood.then === flood.first) socket.resume()
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (const socket of sockets) socket.write(flood.first)
  const drip = setInterval(() => {
    if (flood.then !== undefined) for (const socket of sockets) if (socket.writable) socket.write(flood.then)
  }, 100)
  await sleep(300)
  return async () => {
    clearInterval(drip)
    await Promise.all(sockets.map(close))
  }
}

async function close(socket: Socket): Promise<void> {
  if (socket.closed) return
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
}

/** One call after the other, as a caller that behaves makes them. */
async function callOften({ data }: GatewayProgram): Promise<{ statuses: number[]; p99: number }> {
  const agent = new Agent({ keepAlive: true })
  const authorization = bearer('good').slice('Authorization: '.length)
  const times: number[] = []
  const statuses = new Set<number>()
  for (let count = 0; count < GOOD_CALLS; count++) {
    const startedAt = performance.now()
    const outgoing = request(`${data}${GOOD}`, { agent, headers: { authorization } }).end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    incoming.resume()
    await once(incoming, 'end')
    times.push(performance.now() - startedAt)
    statuses.add(incoming.statusCode ?? 0)
  }
  agent.destroy()
  return { statuses: [...statuses], p99: Math.round(times.sort((a, b) => a - b)[GOOD_CALLS - 2] ?? 0) }
}

const mib = (bytes: number): number => Math.round(bytes / MIB)

function residentBytes(gateway: GatewayProgram): number {
  const status = readFileSync(`/proc/${gateway.process.pid ?? 0}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

t.test(
  'more connections than CONNECTION_LIMIT are closed at once, and taken again when others go',
  async (t) => {
    const running = await startRunning(t, { settings: { CONNECTION_LIMIT: '10' } })
    const { hostname, port } = new URL(running.gateway.dataUrl)
    const open = async (): Promise<Socket> => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      t.teardown(() => socket.destroy())
      await once(socket, 'connect')
      return socket
    }
    // The test's own set-up may still have a connection.
    while ((await connections(running)) > 0) await sleep(10)
    const taken = []
    for (let count = 0; count < 10; count++) taken.push(await open())
    while ((await connections(running)) < 10) await sleep(10)
    for (let count = 0; count < 3; count++) {
      const refused = await open()
      if (!refused.closed) await once(refused, 'close')
    }
    t.equal((await running.admin('GET', '/readyz')).status, 200, 'the other plane has its own limit')
    const { text } = await running.admin('GET', '/metrics')
    t.match(text, 'wati_gateway_connections_refused_total{plane="data"} 3')
    t.match(
      running.log.lines.filter(({ alarm }) => alarm === 'connections-full'),
      [{ level: 'error', plane: 'data', limit: 10 }],
      'one line, not three',
    )
    taken.slice(0, 2).forEach((socket) => socket.destroy())
    while ((await connections(running)) > 8) await sleep(10)
    const json = { headers: { authorization: `Bearer ${callerToken()}` } }
    t.equal((await running.call('GET', '/channels/sales/api/v1/getContacts', json)).status, 200)
    t.ok(running.log.lines.some(({ msg }) => /connections are taken again/.test(String(msg))))
  },
)

async function connections({ admin }: Awaited<ReturnType<typeof startRunning>>): Promise<number> {
  const { text } = await admin('GET', '/metrics')
  return Number(/wati_gateway_connections\{plane="data"\} (\d+)/.exec(text)?.[1])
}
