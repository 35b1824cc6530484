import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

/** What a far end may do with a request. */
export const DEEDS = [
  'answer',
  'answer-late',
  'fail',
  'unavailable',
  'reset',
  'reset-inside',
  'cut-short',
  'silence',
  'too-many',
  'no-token',
] as const
export type Deed = (typeof DEEDS)[number]

/** A request that was whole when it reached Wati. */
export interface Arrival {
  /** The key in its body, by which it is known. */
  readonly key: string
  /** Which try of its caller it was (`traceparent`). */
  readonly tryId: string
  readonly deed: Deed
  /** The body of the answer; empty where none was given. */
  readonly answer: string
}

export interface CountingWati {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  /** Resolves with the next arrival of this key. */
  arrived(key: string): Promise<Arrival>
}

/** Was the request surely not carried out? Then it may come again. */
export const isRefused = ({ deed }: Arrival): boolean => deed === 'too-many' || deed === 'no-token'

const LATE_MS = 250

/** A far end that remembers whatever reached it, and does with each what `choose` says. */
export async function startCountingWati(t: Test, choose: (key: string) => Deed): Promise<CountingWati> {
  const arrivals: Arrival[] = []
  const waiting: { key: string; resolve: (arrival: Arrival) => void }[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { key } = JSON.parse(Buffer.concat(chunks).toString()) as { key: string }
      const deed = choose(key)
      const tryId = String(request.headers['traceparent'] ?? '').split('-')[1] ?? ''
      const answer = JSON.stringify({ result: true, key, number: arrivals.length })
      const arrival = { key, tryId, deed, answer }
      arrivals.push(arrival)
      for (const one of waiting) if (one.key === key) one.resolve(arrival)
      await act(deed, answer, request, response)
    })().catch(() => undefined)
  })
  // Whoever keeps a connection closes it first: what happens when the far end does is another test's.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    arrived: (key) => new Promise((resolve) => waiting.push({ key, resolve })),
  }
}

/** Does it, with a request that has come whole. */
export async function act(
  deed: Deed,
  answer: string,
  { socket }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const json = { 'content-type': 'application/json' }
  switch (deed) {
    case 'answer-late':
      await sleep(LATE_MS)
      response.writeHead(200, json).end(answer)
      return
    case 'answer':
      response.writeHead(200, json).end(answer)
      return
    case 'fail':
      response.writeHead(500, json).end(answer)
      return
    case 'unavailable':
      response.writeHead(503, json).end(answer)
      return
    case 'reset':
      socket.resetAndDestroy()
      return
    case 'reset-inside':
      response.writeHead(200, { ...json, 'content-length': answer.length })
      response.write(answer.slice(0, answer.length / 2), () => socket.resetAndDestroy())
      return
    case 'cut-short':
      response.writeHead(200, { ...json, 'content-length': answer.length + 1 })
      response.write(answer, () => socket.destroy())
      return
    case 'silence':
      return
    case 'too-many':
      response.writeHead(429, { 'retry-after': '0' }).end()
      return
    case 'no-token':
      response.writeHead(401).end()
  }
}
