import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net'
import { type TlsOptions, createServer as createTlsServer } from 'node:tls'
import type { Test } from 'tap'

/** A far end that does what a test tells it, where the stand-in Wati is too well-behaved. */
export interface Upstream {
  readonly url: string
  /** Each byte that came in, of all connections, in clear. */
  received(): Buffer
  /** How many connections came in. */
  connections(): number
}

export interface HttpUpstream {
  readonly url: string
  readonly requests: readonly { method: string; url: string; rawHeaders: string[]; body: Buffer }[]
}

type Respond = (response: ServerResponse, request: IncomingMessage) => void

/** An HTTP server that answers each request, once it is whole, with `respond`. */
export async function startHttpUpstream(t: Test, respond: Respond): Promise<HttpUpstream> {
  const requests: { method: string; url: string; rawHeaders: string[]; body: Buffer }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request
      requests.push({ method, url, rawHeaders, body: Buffer.concat(chunks) })
      respond(response, request)
    })
  })
  const url = await listen(t, server, 'http')
  // Run before the server is closed, which waits for its connections.
  t.teardown(() => server.closeAllConnections())
  return { url, requests }
}

/** A TCP server; `onData` gets each piece that comes in. */
export async function startTcpUpstream(
  t: Test,
  onData: (socket: Socket) => void = () => undefined,
): Promise<Upstream> {
  const server = createTcpServer()
  return await record(t, server, 'connection', 'http', onData)
}

/** A TLS server; what it records is what it could decrypt. */
export async function startTlsUpstream(
  t: Test,
  options: TlsOptions,
  onData: (socket: Socket) => void = () => undefined,
): Promise<Upstream> {
  const server = createTlsServer(options)
  server.on('tlsClientError', () => undefined)
  return await record(t, server, 'secureConnection', 'https', onData)
}

/** An address where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

async function record(
  t: Test,
  server: Server,
  event: 'connection' | 'secureConnection',
  scheme: 'http' | 'https',
  onData: (socket: Socket) => void,
): Promise<Upstream> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    count++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on(event, (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      onData(socket)
    })
  })
  const url = await listen(t, server, scheme)
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  return { url, received: () => Buffer.concat(chunks), connections: () => count }
}

async function listen(t: Test, server: Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}
