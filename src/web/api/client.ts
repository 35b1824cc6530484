import createClient from 'openapi-fetch'
import type { paths } from './openapi.ts'
import { readProblem, toProblem } from './problem.ts'

/** The longest wait for an answer: longer than any that the control plane itself sets. */
const LONGEST_WAIT_MS = 30_000

/** Sent when the gateway no longer knows who calls. */
export const SIGNED_OUT = 'signed-out'

/** The control plane, typed from its own description. The session's cookie goes along by itself. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) =>
    fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(LONGEST_WAIT_MS)]) }),
})

/** An answer of the control plane. */
export interface Answer<T> {
  readonly body: T
  readonly status: number
  /** The record's revision, for `If-Match`. */
  readonly etag: string | undefined
  /** After `?wait=all`: `all`, `1 of 2` or `unknown`. */
  readonly applied: string | undefined
}

/** What a request of `api` was answered with. Throws a `Problem`. */
export async function answer<T>(
  request: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Answer<T>> {
  const { data, error, response } = await request.catch((cause: unknown) => {
    throw toProblem(cause)
  })
  if (!response.ok) {
    const problem = readProblem(response.status, error)
    if (response.status === 401) window.dispatchEvent(new CustomEvent(SIGNED_OUT))
    throw problem
  }
  return {
    // An answer without a body (204) has a type without one.
    body: data as T,
    status: response.status,
    etag: response.headers.get('etag') ?? undefined,
    applied: response.headers.get('wati-gateway-applied') ?? undefined,
  }
}
