import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Arrival, type Deed, act } from '../faults/counting-wati.ts'

/** What callers ask for when they do not mean to take it: more than all buffers on the way hold. */
export const ENDLESS_FILE = 'endless'
const PIECE = Buffer.alloc(64 * 1024, 'x')
const ENDLESS_PIECES = 1_024
const FILE = 'a file '.repeat(40_000)
/** Not every call takes the same time. */
const SLOWEST_MS = 40
const FILE_PATH = '/getMedia'

/** A request that reached Wati, or began to. */
export interface Visit extends Arrival {
  /** Did its body come whole? */
  whole: boolean
}

export interface RecordingWati {
  readonly port: number
  /** All that reached it in the try with this id. */
  visitsOf(tryId: string): readonly Visit[]
  /** All of them, by try. */
  readonly visits: ReadonlyMap<string, readonly Visit[]>
  /** What it does with the next requests. */
  behave(choose: () => Deed): void
}

/** A far end that remembers each try by its `traceparent`, from the first byte of its body on. */
export async function startRecordingWati(
  t: { teardown(done: () => unknown): void },
  random: () => number,
): Promise<RecordingWati> {
  const visits = new Map<string, Visit[]>()
  let choose: () => Deed = () => 'answer'
  const server = createServer((request, response) => {
    const tryId = String(request.headers['traceparent'] ?? '').split('-')[1] ?? ''
    const known = visits.get(tryId) ?? []
    visits.set(tryId, known)
    const number = `${tryId}.${known.length}`
    const answer = isFile(request) ? FILE : JSON.stringify({ result: true, number })
    const visit: Visit = { key: '', tryId, deed: choose(), answer, whole: false }
    known.push(visit)
    request.on('error', () => undefined)
    request.resume()
    void once(request, 'end')
      .then(async () => {
        visit.whole = true
        await sleep(random() * SLOWEST_MS)
        await respond(visit, request, response)
      })
      .catch(() => undefined)
  })
  // Whoever keeps a connection closes it first: what happens when the far end does is another test's.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    visits,
    visitsOf: (tryId) => visits.get(tryId) ?? [],
    behave: (next) => void (choose = next),
  }
}

const isFile = ({ url = '' }: IncomingMessage): boolean => url.includes(FILE_PATH)

async function respond(
  { deed, answer }: Visit,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = { 'content-type': 'application/octet-stream' }
  if (deed === 'too-many') response.writeHead(429, { 'retry-after': '1' }).end()
  else if (deed !== 'answer' || !isFile(request)) await act(deed, answer, request, response)
  else if (request.url?.includes(ENDLESS_FILE) === true) endless().pipe(response.writeHead(200, file))
  else response.writeHead(200, file).end(answer)
}

function endless(): Readable {
  return Readable.from(
    (function* () {
      for (let piece = 0; piece < ENDLESS_PIECES; piece++) yield PIECE
    })(),
  )
}
