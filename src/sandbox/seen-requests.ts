import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Received } from './body.ts'
import { Shelf } from './shelf.ts'
import type { Part } from './upload.ts'

/** A request that reached the stand-in Wati, byte for byte but for its token. */
export interface SeenRequest {
  readonly id: number
  /** RFC 3339. */
  readonly at: string
  readonly method: string
  /** The request target as it was received: path and query, nothing decoded. */
  readonly url: string
  /** By lower-case name; a list when sent more than once; `authorization` only as right or wrong. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The body read as UTF-8; what is not UTF-8 shows as U+FFFD. */
  readonly body: string
  readonly bodyBase64: string
  /** The parts of a multipart body, in order. */
  readonly parts?: readonly Part[]
  /** True when `body` and `bodyBase64` are only the first MiB of a multipart body. */
  readonly truncated?: boolean
}

const MAX_REQUESTS = 1000
const MAX_BYTES = 64 * 1024 * 1024

/** The last 1000 requests, fewer when their bodies are large. */
export class SeenRequests {
  readonly #token: string
  readonly #now: () => number
  readonly #shelf = new Shelf<SeenRequest>(MAX_REQUESTS, MAX_BYTES)
  #count = 0

  constructor(token: string, now: () => number) {
    this.#token = token
    this.#now = now
  }

  add(raw: IncomingMessage, received: Received): void {
    const body = Buffer.isBuffer(received) ? received : received.head
    const seen: SeenRequest = {
      id: ++this.#count,
      at: new Date(this.#now()).toISOString(),
      method: raw.method ?? '',
      url: raw.url ?? '',
      headers: this.#headersOf(raw.rawHeaders),
      body: body.toString('utf8'),
      bodyBase64: body.toString('base64'),
      ...(!Buffer.isBuffer(received) && {
        parts: received.parts,
        ...(received.truncated && { truncated: true }),
      }),
    }
    this.#shelf.add(seen, JSON.stringify(seen).length)
  }

  /** Is this the account's token? */
  isRight(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? '')
    const wanted = Buffer.from(`Bearer ${this.#token}`)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }

  /** Oldest first. */
  list(): SeenRequest[] {
    return this.#shelf.items()
  }

  clear(): void {
    this.#shelf.clear()
  }

  #headersOf(rawHeaders: readonly string[]): Record<string, string | string[]> {
    const headers = new Map<string, string | string[]>()
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] ?? '').toLowerCase()
      const value = this.#mask(name, rawHeaders[at + 1] ?? '')
      const before = headers.get(name)
      headers.set(name, before === undefined ? value : [before, value].flat())
    }
    return Object.fromEntries(headers)
  }

  #mask(name: string, value: string): string {
    if (name !== 'authorization') return value
    return this.isRight(value) ? '[right]' : '[wrong]'
  }
}
