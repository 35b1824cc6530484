import { type Socket, createServer } from 'node:net'
import { listening } from './listening.ts'

/*
 * The instant far end, a process of its own: answers every request at once with the same bytes. Its own parser on raw
 * sockets, because `node:http` would take more of the load's core than the load itself. `GET /last` gives the request
 * before, as it came in.
 */

const BODY = '{"result":true,"info":"the message is on its way"}'
const ANSWER = answerWith(BODY)
const END_OF_HEAD = Buffer.from('\r\n\r\n')
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n')

/** The last request that was not for `/last`. */
let last: Buffer = Buffer.alloc(0)

const server = createServer({ noDelay: true }, (socket) => {
  let held: Buffer = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (let end = endOf(held); end !== undefined; end = endOf(held)) {
      respond(socket, held.subarray(0, end))
      held = held.subarray(end)
    }
  })
})
listening(server)

function respond(socket: Socket, request: Buffer): void {
  if (request.toString('latin1', 0, 10) === 'GET /last ') {
    socket.write(answerWith(last.toString('utf8')))
    return
  }
  last = request
  socket.write(ANSWER)
}

/** Behind the first whole request; `undefined` while there is none. */
function endOf(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(END_OF_HEAD)
  if (headEnd === -1) return undefined
  const start = headEnd + END_OF_HEAD.length
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return within(bytes, start + Number(length))
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return start
  const lastChunk = bytes.indexOf(END_OF_CHUNKS, start)
  return lastChunk === -1 ? undefined : lastChunk + END_OF_CHUNKS.length
}

function within(bytes: Buffer, end: number): number | undefined {
  return bytes.length < end ? undefined : end
}

function answerWith(body: string): Buffer {
  const head = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
