import { connect } from 'node:net'
import { once } from 'node:events'
import type { Haystack } from './planted.ts'

/** A program that is asked, and whose answers are kept. */
export class Driver {
  readonly answers: Haystack[] = []
  /** `GET /v1/channels`, … as they were asked, without queries. */
  readonly asked: string[] = []
  readonly #base: string
  readonly #bearer: string

  constructor(base: string, bearer: string) {
    this.#base = base
    this.#bearer = bearer
  }

  /** Sends a request; keeps the answer as it came, and gives it. */
  async ask(
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${this.#bearer}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text().catch((error: unknown) => String(error))
    this.asked.push(`${method} ${path.split('?')[0] ?? ''}`)
    const head = JSON.stringify([...answer.headers])
    this.answers.push({
      where: `the answer ${answer.status} to ${method} ${path}`,
      bytes: Buffer.from(`${head}\n${text}`),
    })
    return { status: answer.status, body: parse(text) }
  }

  /** Writes bytes that are no request, and keeps what comes back. */
  async write(bytes: string): Promise<void> {
    const { hostname, port } = new URL(this.#base)
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
    socket.end(bytes)
    await once(socket, 'close')
    this.answers.push({ where: 'the answer to a broken request', bytes: Buffer.concat(chunks) })
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
