import { Agent, buildConnector, type Dispatcher } from 'undici'
import { KeepAliveTrust } from './keep-alive-trust.ts'

/** Of the settings; both in milliseconds. */
interface Timeouts {
  readonly WATI_CONNECT_TIMEOUT_MS: number
  readonly WATI_TIMEOUT_MS: number
}

/**
 * How long a connection stays open between two requests: less than any usual server waits (Node 5 s, nginx 75 s),
 * and longer for no hint of a server's, because the network in between forgets connections, too.
 */
const IDLE_MS = 4_000
/** So long before the end that a server announces (`Keep-Alive: timeout=`) its connection is left alone. */
const HINT_MARGIN_MS = 2_000
const LARGEST_HEADER_BYTES = 16_384
const CLOSED_BY_PEER = 'UND_ERR_SOCKET'

/** Connections to one server of Wati, and requests on them. */
export interface OriginLoad {
  readonly open: number
  readonly free: number
  readonly running: number
  /** Without a connection yet. */
  readonly pending: number
}

const NO_LOAD: OriginLoad = { open: 0, free: 0, running: 0, pending: 0 }

/**
 * The only way out to Wati: a pool of connections for each origin. Every option that matters is written out,
 * because the defaults of the proxy's own client do not verify TLS (CVE-2026-107318).
 * No interceptor is composed onto it: no redirect, retry, cache or cookie handling.
 */
export function makeWatiAgent(settings: Timeouts): WatiAgent {
  return new WatiAgent({
    connect: connectorOf(settings),
    allowH2: false,
    headersTimeout: settings.WATI_TIMEOUT_MS,
    bodyTimeout: settings.WATI_TIMEOUT_MS,
    maxHeaderSize: LARGEST_HEADER_BYTES,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    keepAliveTimeoutThreshold: HINT_MARGIN_MS,
  })
}

/**
 * Keeps connections open from one request to the next, unless the server is known to close them without a word:
 * a request that is written just then is lost, and nobody may send it again (RFC 9110, 9.2.2). So for a while
 * after each such end every request to that origin gets a connection of its own.
 */
export class WatiAgent extends Agent {
  readonly #fresh: Agent
  readonly #trust = new KeepAliveTrust()

  constructor(options: Agent.Options) {
    // One request at a time on a connection: an answer can never be taken for another's (CVE-2026-6733).
    super({ ...options, pipelining: 1 })
    this.#fresh = new Agent({ ...options, pipelining: 0 })
    this.on('disconnect', ({ origin }: URL, _targets: unknown, { code }: NodeJS.ErrnoException) => {
      if (code === CLOSED_BY_PEER) this.#trust.lose(origin)
    })
  }

  /** What there is now, by origin: on connections that are kept, and on those for one request. */
  get load(): ReadonlyMap<string, OriginLoad> {
    const load = new Map<string, OriginLoad>()
    for (const [origin, pool] of [this.stats, this.#fresh.stats].flatMap((stats) => Object.entries(stats))) {
      const known = load.get(origin) ?? NO_LOAD
      load.set(origin, {
        open: known.open + Number(pool.connected),
        free: known.free + ('free' in pool ? pool.free : 0),
        running: known.running + pool.running,
        pending: known.pending + pool.pending,
      })
    }
    return load
  }

  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.#trust.holds(String(options.origin))) return super.dispatch(options, handler)
    return this.#fresh.dispatch(options, handler)
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | undefined {
    // Undici comes back here with a callback of its own.
    if (callback === undefined) return super.close()
    // The others first: once its own connections are closed undici calls `destroy`.
    const others = this.#fresh.close().catch(() => undefined)
    void others.then(() => super.close(callback))
    return undefined
  }

  override destroy(error?: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  override destroy(first?: Error | null | (() => void), second?: () => void): Promise<void> | undefined {
    const [error, callback] = typeof first === 'function' ? [null, first] : [first ?? null, second]
    // Undici comes back here with a callback of its own.
    if (callback === undefined) return super.destroy(error)
    void this.#fresh.destroy(error).then(() => super.destroy(error, callback))
    return undefined
  }
}

/**
 * Connects as undici does, and gives a connection that breaks later undici's own name for that. Under its own name
 * (`ECONNRESET`) undici would fail the request that waits for an idle connection, of which nothing has left, instead
 * of connecting anew; and it would take the reset for the end of an answer that has neither length nor chunks.
 */
function connectorOf({ WATI_CONNECT_TIMEOUT_MS }: Timeouts): buildConnector.connector {
  const connect = buildConnector({
    timeout: WATI_CONNECT_TIMEOUT_MS,
    rejectUnauthorized: true,
    allowH2: false,
  })
  return function connectToWati(options, callback) {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      socket.on('error', (broken: NodeJS.ErrnoException) => {
        if (BROKEN.has(broken.code ?? '')) broken.code = CLOSED_BY_PEER
      })
      callback(null, socket)
    })
  }
}

const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])
