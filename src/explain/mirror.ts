import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { Dispatcher } from 'undici'

/** A request as Wati would get it, but for its token and the lines that only frame it on a connection. */
export interface ShownRequest {
  readonly method: string
  readonly url: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty without a body. */
  readonly body: string
  /** Only with bytes that are no text; else `body` is the text itself. */
  readonly bodyEncoding?: 'base64'
}

/** Stands in for the token. */
export const MASKED_AUTHORIZATION = 'Bearer [secret]'

/**
 * Stands where the agent stands on the road, and sends nothing: it answers with what it was given to send.
 * The token comes this far and no further.
 */
export class Mirror extends Dispatcher {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    handler.onRequestStart?.(NOTHING_TO_STOP, {})
    void bytesOf(options.body as Buffer | Readable | null).then(
      (body) => answerWith(describe(options, body), handler),
      // A fault that was found in a form while it flowed; the road knows what it means.
      (error: unknown) => handler.onResponseError?.(NOTHING_TO_STOP, error as Error),
    )
    return true
  }

  override async close(): Promise<void> {}

  override async destroy(): Promise<void> {}
}

/** There is no connection that could be slowed down or cut. */
const NOTHING_TO_STOP: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
}

function answerWith(shown: ShownRequest, handler: Dispatcher.DispatchHandler): void {
  const headers = { 'content-type': 'application/json' }
  handler.onResponseStart?.(NOTHING_TO_STOP, 200, headers, 'OK')
  handler.onResponseData?.(NOTHING_TO_STOP, Buffer.from(JSON.stringify(shown)))
  handler.onResponseEnd?.(NOTHING_TO_STOP, {})
}

async function bytesOf(body: Buffer | Readable | null): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0)
  if (Buffer.isBuffer(body)) return body
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function describe(
  { origin = '', path, method, headers }: Dispatcher.DispatchOptions,
  body: Buffer,
): ShownRequest {
  const isText = isUtf8(body)
  return {
    method,
    url: `${String(origin)}${path}`,
    headers: readHeaders(headers as readonly string[]),
    body: body.toString(isText ? 'utf8' : 'base64'),
    ...(!isText && { bodyEncoding: 'base64' as const }),
  }
}

/** The road writes names and values in turn. */
function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at < lines.length; at += 2) {
    const name = (lines[at] ?? '').toLowerCase()
    headers[name] = name === 'authorization' ? MASKED_AUTHORIZATION : (lines[at + 1] ?? '')
  }
  return headers
}
