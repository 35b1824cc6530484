import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** What came back, byte for byte. */
export interface Seen {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The parsed body; an empty object when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
  /** False when the connection broke before the answer was whole. */
  readonly complete: boolean
}

export interface Sent {
  readonly method: string
  /** Goes out as it stands here: nothing is normalized, as `fetch` would. */
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Send the body with `transfer-encoding: chunked`. */
  readonly chunked?: boolean
  /** Keeps connections from one request to the next. */
  readonly agent?: Agent
  /** Hangs up. */
  readonly signal?: AbortSignal
  /** How long the answer is not taken. */
  readonly pauseMs?: (status: number) => number
}

const PATIENCE_MS = 10_000

/** One request, on a connection of its own unless an agent has one. Rejects when no answer begins within ten seconds. */
export async function sendTo(
  url: string,
  { method, path, headers = {}, body, chunked, agent, signal, pauseMs }: Sent,
): Promise<Seen> {
  const { hostname, port } = new URL(url)
  const length = body !== undefined && !chunked ? { 'content-length': Buffer.byteLength(body) } : {}
  const framing = chunked ? { 'transfer-encoding': 'chunked' } : length
  return await new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      headers: { ...framing, ...headers },
      agent: agent ?? false,
      ...(signal && { signal }),
    })
    outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)))
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      const { statusCode: status = 0, headers } = incoming
      const take = (): unknown => incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      if (pauseMs === undefined) take()
      else setTimeout(take, pauseMs(status))
      incoming.on('error', () => undefined)
      incoming.on('close', () => {
        const { complete } = incoming
        resolve(describe(status, headers, Buffer.concat(chunks), complete))
      })
    })
    outgoing.end(body)
  })
}

/** Writes bytes to a socket and reads until the other end closes it; for what no HTTP client would send. */
export async function sendBytes(url: string, bytes: string | Buffer): Promise<Seen> {
  const { hostname, port } = new URL(url)
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy()
      reject(
        new Error(`the connection stayed open after ${JSON.stringify(Buffer.concat(chunks).toString())}`),
      )
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
  return readAnswer(answer)
}

/** Reads the first answer of a connection; its body is the rest, or as long as its header says. */
function readAnswer(answer: Buffer): Seen {
  const end = answer.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = answer.toString('latin1', 0, Math.max(end, 0)).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const rest = end === -1 ? Buffer.alloc(0) : answer.subarray(end + 4)
  const bytes = rest.subarray(0, Number(headers['content-length'] ?? rest.length))
  return describe(Number(statusLine.split(' ')[1] ?? 0), headers, bytes, end !== -1)
}

function describe(status: number, headers: IncomingHttpHeaders, bytes: Buffer, complete: boolean): Seen {
  const text = bytes.toString('utf8')
  return { status, headers, bytes, text, body: parse(text), complete }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
