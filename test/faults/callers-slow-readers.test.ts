import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Bare, callerToken, startBefore } from '../helpers/running-gateway.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'

/** Callers that ask and do not take the answer. */

const MIB = 1024 * 1024
const CONTACTS = '/channels/sales/api/v1/getContacts'
const LIMIT_MS = 1_000
const PIECE = Buffer.alloc(64 * 1024, 'x')

/** A far end whose answer has no end; counts what was taken of it. */
async function startEndless(t: Test) {
  let sent = 0
  const closed: Promise<unknown>[] = []
  const upstream = await startHttpUpstream(t, (response) => {
    closed.push(once(response, 'close'))
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    const push = (): void => {
      while (!response.destroyed) {
        sent += PIECE.length
        if (!response.write(PIECE)) {
          response.once('drain', push)
          return
        }
      }
    }
    push()
  })
  return { url: upstream.url, sent: () => sent, closed }
}

function ask({ gateway }: Bare, requestId: string): Socket {
  const { hostname, port } = new URL(gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  const head = [`GET ${CONTACTS} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${callerToken()}`]
  socket.write([...head, `X-Request-Id: ${requestId}`, '', ''].join('\r\n'))
  return socket
}

t.test('a caller that takes nothing is cut off after ANSWER_TIMEOUT_MS, and Wati with it', async (t) => {
  const upstream = await startEndless(t)
  const bare = await startBefore(t, upstream.url, { ANSWER_TIMEOUT_MS: String(LIMIT_MS) })
  const startedAt = performance.now()
  const socket = ask(bare, 'takes-nothing')
  await sleep(LIMIT_MS / 2)
  const before = upstream.sent()
  t.ok(before < 24 * MIB, `${Math.round(before / MIB)} MiB have left Wati, most of them held by the system`)
  const line = await bare.log.lineOf('takes-nothing')
  const tookMs = performance.now() - startedAt
  t.ok(tookMs > LIMIT_MS * 0.9 && tookMs < LIMIT_MS + 1_500, `cut after ${Math.round(tookMs)} ms`)
  t.equal(line['hungUp'], true)
  await Promise.all(upstream.closed)
  t.equal(upstream.sent(), before, 'nothing more was taken from Wati meanwhile')
  socket.destroy()
  const cut = bare.log.lines.filter(({ msg }) => /did not take its answer/.test(String(msg)))
  t.match(cut, [{ level: 'warn', requestId: 'takes-nothing' }])
  const { text } = await bare.admin('GET', '/metrics')
  t.match(text, 'wati_gateway_slow_readers_cut_total{plane="data"} 1')
})

t.test('a caller that takes a little now and then is cut off, too', async (t) => {
  const upstream = await startEndless(t)
  const bare = await startBefore(t, upstream.url, { ANSWER_TIMEOUT_MS: String(LIMIT_MS) })
  const socket = ask(bare, 'trickles')
  socket.pause()
  const sip = setInterval(() => void socket.read(1_000), 50)
  t.teardown(() => clearInterval(sip))
  const startedAt = performance.now()
  await bare.log.lineOf('trickles')
  t.ok(performance.now() - startedAt < LIMIT_MS + 1_500)
  socket.destroy()
})

t.test('a caller that takes what there is is not cut off because Wati is slow', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.write('a')
    let pieces = 0
    const drip = setInterval(() => {
      response.write('b')
      if (++pieces < 8) return
      clearInterval(drip)
      response.end('c')
    }, LIMIT_MS / 5)
  })
  const bare = await startBefore(t, upstream.url, { ANSWER_TIMEOUT_MS: String(LIMIT_MS) })
  t.match(await bare.call('GET', CONTACTS), { status: 200, text: 'abbbbbbbbc', complete: true })
})

t.test('a hundred callers that take nothing hold little, and others are served', async (t) => {
  const upstream = await startEndless(t)
  const bare = await startBefore(t, upstream.url, { ANSWER_TIMEOUT_MS: '20000' })
  const sockets = Array.from({ length: 100 }, (_, n) => ask(bare, `many-${n}`))
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  while (upstream.closed.length < sockets.length) await sleep(20)
  let before = -1
  while (before !== upstream.sent()) {
    before = upstream.sent()
    await sleep(200)
  }
  const held = process.memoryUsage().arrayBuffers
  t.ok(held < 64 * MIB, `${Math.round(held / MIB)} MiB of buffers, of all three ends together`)
  t.equal((await bare.call('GET', '/healthz')).status, 200)
  t.match(await bare.call('GET', '/channels/nobody/api/v1/getContacts'), { status: 403 })
})
