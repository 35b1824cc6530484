import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/*
 * A process that stands for Wati and closes idle connections at random, without having said so: by an end, or by a
 * reset, now and then in the very moment in which the next request may come. It counts how often each id reached it,
 * and tells so when its parent asks.
 */

export interface ClosingWatiTold {
  readonly port?: number
  readonly ids?: readonly (readonly [id: string, times: number])[]
  readonly closed?: number
  readonly connections?: number
}

const SOONEST_MS = 3
const LATEST_MS = 60

const seen = new Map<string, number>()
const timers = new WeakMap<Socket, NodeJS.Timeout>()
let closed = 0
let connections = 0

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  clearTimeout(timers.get(request.socket))
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('error', () => undefined)
  request.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string }
    seen.set(id, (seen.get(id) ?? 0) + 1)
    // Node would announce how long it waits.
    response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive' })
    response.end('{"result":true}', () => closeSometime(request.socket))
  })
})

server.on('connection', (socket) => {
  connections += 1
  socket.on('error', () => undefined)
  // The first byte of a request ends the idleness, long before its last.
  socket.on('data', () => clearTimeout(timers.get(socket)))
})

function closeSometime(socket: Socket): void {
  const luck = Math.random()
  if (luck > 0.5) return
  const afterMs = Math.random() * (luck < 0.1 ? SOONEST_MS : LATEST_MS)
  const close = (): void => {
    closed += 1
    if (luck < 0.2) socket.end()
    else if (luck < 0.35) socket.destroy()
    else socket.resetAndDestroy()
  }
  timers.set(socket, setTimeout(close, afterMs))
}

const tell = (told: ClosingWatiTold): void => void process.send?.(told)
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }))
process.on('message', () => tell({ ids: [...seen], closed, connections }))
process.on('disconnect', () => process.exit(0))
