import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventEmitter, once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import type { Test } from 'tap'

/** A span as OTLP/JSON writes it, its attributes as plain values. */
export interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly status: { readonly code?: number }
  readonly ms: number
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Collector {
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** Everything that came in, as it was written. */
  text(): string
  readonly headers: readonly IncomingHttpHeaders[]
  readonly resource: Readonly<Record<string, unknown>>
  /** Resolves when so many spans are there; rejects after five seconds. */
  have(count: number): Promise<void>
}

type Respond = (response: ServerResponse) => void

const CLOSE_MS = 5_000

/** A stand-in for an OpenTelemetry collector (OTLP over HTTP, JSON). */
export async function startCollector(
  t: Test,
  respond: Respond = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const headers: IncomingHttpHeaders[] = []
  const resource: Record<string, unknown> = {}
  const changed = new EventEmitter()
  let text = ''
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      text += `${request.url ?? ''}\n${body}\n`
      headers.push(request.headers)
      for (const group of (JSON.parse(body) as Export).resourceSpans) {
        Object.assign(resource, plain(group.resource.attributes))
        for (const { spans: some } of group.scopeSpans) spans.push(...some.map(read))
      }
      changed.emit('spans')
      respond(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  t.teardown(() => server.closeAllConnections())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, headers, resource },
    text: () => text,
    async have(count) {
      const signal = AbortSignal.timeout(CLOSE_MS)
      while (spans.length < count) await once(changed, 'spans', { signal })
    },
  }
}

interface Pair {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Written extends Omit<CollectedSpan, 'attributes' | 'ms'> {
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Pair[]
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] }
    readonly scopeSpans: readonly { readonly spans: readonly Written[] }[]
  }[]
}

function read({ attributes, startTimeUnixNano, endTimeUnixNano, ...span }: Written): CollectedSpan {
  const ms = Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6
  return { ...span, ms, attributes: plain(attributes) }
}

function plain(attributes: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
