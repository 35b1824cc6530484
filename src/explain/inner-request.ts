import { once } from 'node:events'
import { type IncomingMessage, type Server, request } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'

/** One request, as its bytes are to arrive. */
export interface InnerRequest {
  readonly method: string
  /** Goes out as it stands here: nothing is normalized. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: string
}

export interface InnerAnswer {
  readonly status: number
  readonly text: string
  /** The server's end of the connection, by which its request is known. */
  readonly socket: Duplex
}

/** Nothing leaves the process, so only a mistake of ours takes longer. */
const LONGEST_MS = 10_000

/**
 * Sends a request to a server that never listens, over a connection in memory: so it goes through Node's own
 * HTTP parser, and its URL arrives as it was written. (`inject` would resolve `..` and encode quotes.)
 * Throws what `http.request` throws for a request that HTTP cannot carry.
 */
export async function sendInside(server: Server, { body, ...rest }: InnerRequest): Promise<InnerAnswer> {
  const [near, far] = duplexPair()
  // Either end fails when the other is gone; what came of the request says its answer.
  for (const end of [near, far]) end.on('error', () => undefined)
  const signal = AbortSignal.timeout(LONGEST_MS)
  try {
    const outgoing = request({ ...rest, createConnection: () => near, signal })
    server.emit('connection', far)
    outgoing.end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    outgoing.on('error', () => undefined)
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    return { status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), socket: far }
  } finally {
    near.destroy()
    far.destroy()
  }
}
