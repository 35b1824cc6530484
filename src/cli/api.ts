import { refusalOf, unreachable } from './api-failure.ts'
import { CommandFailure, failed } from './failure.ts'
import type { Server } from './server.ts'

/** An answer of the control plane, never a refusal. */
export interface Answer<T> {
  readonly status: number
  /** The parsed JSON; `undefined` where there is none (204). */
  readonly body: T
  /** Of `?wait=all`: `all`, or how many of how many replicas have applied the change. */
  readonly applied: string | undefined
}

export interface Asked {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: object
  /** The media type of the body, when it is not plain JSON. */
  readonly type?: string
  /** Change the record only if it still is at this revision. */
  readonly ifRevision?: number | undefined
}

const LARGEST_PAGE = 1_000

/** Asks the control plane. Throws a `CommandFailure` when it refuses, cannot be reached or takes too long. */
export async function ask<T>(
  server: Server,
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Answer<T>> {
  const signal = AbortSignal.timeout(server.timeoutMs)
  const answer = await send(server, method, path, { ...asked, signal })
  const text = await answer.text().catch((error: unknown) => {
    throw unreachable(server, error)
  })
  const body = answer.status === 204 ? undefined : parse(text, answer.status)
  return {
    status: answer.status,
    body: body as T,
    applied: answer.headers.get('wati-gateway-applied') ?? undefined,
  }
}

interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** The pages of a list, one after the other. */
export async function* pages<T>(
  server: Server,
  path: string,
  query: NonNullable<Asked['query']> = {},
): AsyncGenerator<readonly T[]> {
  let cursor: string | undefined
  do {
    const asked = { query: { limit: LARGEST_PAGE, ...query, cursor } }
    const { body } = await ask<Page<T>>(server, 'GET', path, asked)
    yield body.items
    cursor = body.nextCursor ?? undefined
  } while (cursor !== undefined)
}

/** A whole list. */
export async function all<T>(
  server: Server,
  path: string,
  query?: NonNullable<Asked['query']>,
): Promise<T[]> {
  const items: T[] = []
  for await (const page of pages<T>(server, path, query)) items.push(...page)
  return items
}

/** What is not JSON but many lines, as the chunks arrive. Each may take as long as a whole answer elsewhere. */
export async function* lines(
  server: Server,
  path: string,
  query: NonNullable<Asked['query']>,
  accept: string,
): AsyncGenerator<Uint8Array> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new DOMException('', 'TimeoutError')), server.timeoutMs)
  try {
    const answer = await send(server, 'GET', path, { query, signal: silence.signal }, accept)
    const chunks = (answer.body ?? []) as AsyncIterable<Uint8Array>
    for await (const chunk of chunks) {
      timer.refresh()
      yield chunk
    }
  } catch (error) {
    throw error instanceof CommandFailure ? error : unreachable(server, error)
  } finally {
    clearTimeout(timer)
  }
}

/** One request; gives the answer as soon as its header is there. */
async function send(
  server: Server,
  method: string,
  path: string,
  { query = {}, body, type = 'application/json', ifRevision, signal }: Asked & { signal: AbortSignal },
  accept = 'application/json',
): Promise<Response> {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const init: RequestInit = {
    method,
    // A redirect would lead the admin's token to another path or host.
    redirect: 'error',
    signal,
    headers: {
      authorization: `Bearer ${server.token}`,
      accept,
      ...(body !== undefined && { 'content-type': type }),
      ...(ifRevision !== undefined && { 'if-match': `"${ifRevision}"` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }
  const answer = await fetch(
    `${server.url}${path}${search.size === 0 ? '' : `?${search.toString()}`}`,
    init,
  ).catch((error: unknown) => {
    throw unreachable(server, error)
  })
  if (!answer.ok) throw refusalOf(answer.status, await answer.text().catch(() => ''))
  return answer
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw failed(`The answer (${status}) is not JSON: is --url the address of the control plane?`, cause)
  }
}
