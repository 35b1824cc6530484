import { Client } from 'undici'

const LARGEST_JWKS_BYTES = 1_048_576
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/

/**
 * Reads `JWT_JWKS_URL`. Throws a sentence, which does not show it, when it is not https (over plain http anybody on
 * the way could put in a key of his own), or has parts that do not belong there.
 */
export function readJwksUrl(text: string): URL {
  const url =
    /^https?:\/\/[^/\s\\]+\/[^\s\\#]*$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new Error(
      'it must be an https address with a path, such as https://id.example/keys: no user, no fragment',
    )
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Error('it is plain http, which is allowed only for loopback')
  }
  return url
}

export interface JwksClient {
  /** The text of the answer. Rejects, with a reason for the log, when there is none, none in time, or another than 200. */
  fetch(): Promise<string>
  /** Breaks off what is under way. */
  destroy(): Promise<void>
}

/**
 * Asks for the JWKS at `url` and nothing else: no redirect, retry, cache, cookie or proxy; one fetch at a time.
 * The next fetch is minutes away, so each has a connection of its own, of which nothing is left behind.
 */
export function makeJwksClient(url: URL, timeoutMs: number): JwksClient {
  let client: Client | undefined
  return {
    async fetch() {
      const own = connectTo(url, timeoutMs)
      client = own
      // The client's time-outs each bound one step, or one silence; this one bounds the whole.
      const ending = new AbortController()
      const tooLate = new Error(`no whole answer within ${timeoutMs} ms`)
      const timer = setTimeout(() => ending.abort(tooLate), timeoutMs).unref()
      try {
        return await fetchText(own, url, ending.signal)
      } finally {
        clearTimeout(timer)
        await own.destroy()
      }
    },
    destroy: async () => await client?.destroy(),
  }
}

function connectTo({ origin }: URL, timeoutMs: number): Client {
  return new Client(origin, {
    connect: { timeout: timeoutMs, rejectUnauthorized: true },
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: LARGEST_JWKS_BYTES,
  })
}

async function fetchText(client: Client, url: URL, signal: AbortSignal): Promise<string> {
  const { statusCode, body } = await client.request({
    method: 'GET',
    path: url.pathname + url.search,
    headers: { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity' },
    signal,
  })
  if (statusCode === 200) return await body.text()
  body.on('error', () => undefined)
  throw new Error(`its answer has the status ${statusCode}`)
}
