import { once } from 'node:events'
import {
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
  createServer,
  request,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** Multipart forms that flow, from a caller and to a far end that looks at them while they do. */
export const BOUNDARY = 'an-upload-of-a-test-0123456789'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`
export const LAST_LINE = `--${BOUNDARY}--\r\n`

export const partHead = (name: string, filename?: string): string => {
  const file =
    filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`
}

export const field = (name: string, value: string): string => `${partHead(name)}${value}\r\n`

export interface Upload {
  readonly request: ClientRequest
  /** The whole answer; rejects when the connection ends before. */
  readonly answer: Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>
  /** Sends a piece and waits until the connection takes more. */
  write(piece: string | Buffer): Promise<void>
  end(piece?: string): void
}

/** Begins a request whose body the test sends piece by piece; `length` unless it is chunked. */
export function beginUpload(url: string, path: string, token: string, length?: number): Upload {
  const { hostname, port } = new URL(url)
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': FORM_TYPE,
    ...(length !== undefined && { 'content-length': length }),
  }
  const outgoing = request({ hostname, port, method: 'POST', path, headers, agent: false })
  outgoing.setTimeout(20_000, () => outgoing.destroy(new Error('nothing moved for twenty seconds')))
  const answer = readAnswer(outgoing)
  // Whoever does not wait for the answer does not want its failure either.
  answer.catch(() => undefined)
  return {
    request: outgoing,
    answer,
    async write(piece) {
      if (outgoing.destroyed || outgoing.write(piece)) return
      await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')]).catch(() => undefined)
    },
    end: (piece = '') => void outgoing.end(piece),
  }
}

async function readAnswer(outgoing: ClientRequest): ReturnType<() => Upload['answer']> {
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  outgoing.on('error', () => undefined)
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  }
}

export interface Flowing {
  readonly url: string
  readonly contentType: string
  readonly bytes: Buffer
  /** Did the body end as its framing says? */
  readonly complete: boolean
  /** Settles when the request is over, one way or the other. */
  readonly closed: Promise<void>
}

/** What divides the parts of a form with this type. */
export function boundaryOf(contentType: string): string {
  return /boundary="([^"]+)"/.exec(contentType)?.[1] ?? ''
}

/** Has the form reached Wati with its end? Neither the gateway's nor the caller's last boundary may stand there. */
export function looksWhole({ complete, contentType, bytes }: Flowing): boolean {
  const ends = [boundaryOf(contentType), BOUNDARY].map((boundary) => `--${boundary}--`)
  return complete || ends.some((end) => bytes.includes(end))
}

export interface FlowUpstream {
  readonly url: string
  readonly requests: readonly Flowing[]
  /** The next request, from now on, as soon as its header is there. */
  next(): Promise<Flowing>
}

type Act = (request: IncomingMessage, response: ServerResponse) => void

/** Answers 200 when the form is whole. */
export const answerAtTheEnd: Act = (request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
  })
}

/** A far end that sees requests while they flow; `act` reads them, answers them, or does not. */
export async function startFlowUpstream(t: Test, act: Act = answerAtTheEnd): Promise<FlowUpstream> {
  const requests: Flowing[] = []
  const waiting: ((flowing: Flowing) => void)[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    const flowing: Flowing = {
      url: incoming.url ?? '',
      contentType: incoming.headers['content-type'] ?? '',
      get bytes() {
        return Buffer.concat(chunks)
      },
      get complete() {
        return incoming.complete
      },
      closed: new Promise((resolve) => incoming.once('close', resolve)),
    }
    requests.push(flowing)
    waiting.splice(0).forEach((resolve) => resolve(flowing))
    // Only a far end that reads sees bytes: whether it does is for `act` to say.
    const push = incoming.emit.bind(incoming)
    incoming.emit = (event: string | symbol, ...args: unknown[]) => {
      if (event === 'data') chunks.push(args[0] as Buffer)
      return push(event, ...args)
    }
    incoming.on('error', () => undefined)
    act(incoming, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  t.teardown(() => server.closeAllConnections())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
