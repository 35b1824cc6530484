import { once } from 'node:events'
import { isIP } from 'node:net'
import { Redis, type RedisOptions } from 'ioredis'

/** How to reach Redis, and how long to wait for it. */
export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, with user, password, host, port and database number. */
  readonly url: string
  /** The longest wait for a connection that is ready, and then again for an answer. */
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Hears why a connection failed; for the log, no password in it. */
  readonly onError: (error: Error) => void
}

/**
 * One connection to Redis, made on its first use and made again, for ever, when it was lost.
 * Nothing on it waits without a limit. The only place that creates an ioredis client.
 */
export class RedisConnection {
  readonly #redis: Redis
  readonly #address: string
  readonly #commandTimeoutMs: number
  readonly #closing = new AbortController()

  constructor(options: RedisConnectionOptions) {
    const server = parseRedisUrl(options.url)
    this.#address = `${server.host}:${server.port}`
    this.#commandTimeoutMs = options.commandTimeoutMs
    this.#redis = new Redis({ ...server, ...clientOptions(options) })
    // Every command that waits for the connection listens; many may.
    this.#redis.setMaxListeners(0)
    // Without a listener ioredis prints each error.
    this.#redis.on('error', (error: Error) => {
      options.onError(this.#explain(error))
    })
  }

  /** Sends a command as soon as the connection is ready. Throws an `Error` when Redis fails or is too slow. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      await this.#ready()
      return await command(this.#redis)
    } catch (error) {
      // A server that hangs, or a peer that vanished without a word: TCP alone would notice after minutes.
      if (isTimeout(error)) this.#redis.disconnect(true)
      throw this.#explain(error)
    }
  }

  /** Fails what is under way, and everything after. */
  close(): void {
    this.#closing.abort()
    this.#redis.disconnect()
  }

  async #ready(): Promise<void> {
    this.#closing.signal.throwIfAborted()
    if (this.#redis.status === 'ready') return
    // A failure comes as an 'error' event too, which ends the wait below with its true reason.
    if (this.#redis.status === 'wait') this.#redis.connect().catch(() => {})
    const signal = AbortSignal.any([AbortSignal.timeout(this.#commandTimeoutMs), this.#closing.signal])
    await once(this.#redis, 'ready', { signal })
  }

  /** A new error: those of ioredis carry the command's arguments, so the password (AUTH). */
  #explain(error: unknown): Error {
    return new Error(`Redis (${this.#address}): ${this.#closing.signal.aborted ? 'closed' : reasonOf(error)}`)
  }
}

function clientOptions(options: RedisConnectionOptions): RedisOptions {
  return {
    lazyConnect: true,
    // Default: a command waits for ever on a server that hangs.
    commandTimeout: options.commandTimeoutMs,
    connectTimeout: options.connectTimeoutMs,
    // Default: commands pile up while there is no connection, and run long after their callers gave up.
    enableOfflineQueue: false,
    // Default: a commit that was cut off is sent again, though it may have been carried out.
    autoResendUnfulfilledCommands: false,
    // Default 20. Only 0 fails the commands of a lost connection at once: with more, a quick reconnection
    // forgets them, and their callers wait until the command's timeout.
    maxRetriesPerRequest: 0,
    // Default: up to 2 s between tries. We want to be back within one.
    retryStrategy: (tries) => Math.min(tries * 50, 500),
    // Default: up to 10 s between looks at a server that loads its data.
    maxLoadingRetryTime: 500,
    // Default: 2 s of politeness towards a server that no longer answers.
    disconnectTimeout: 100,
    // Default: two more commands on each connection, unknown to servers before 7.2.
    disableClientInfo: true,
  }
}

/**
 * Reads `redis://user:password@host:6379/0`. Throws an `Error` that says what is wrong without repeating it.
 *
 * ioredis would read the address too, but lets its query set any option, before ours.
 */
export function parseRedisUrl(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const secure = url?.protocol === 'rediss:'
  if (url === undefined || (!secure && url.protocol !== 'redis:') || url.hostname === '') {
    throw new Error(
      'The address of Redis must look like redis://user:password@host:6379/0 (rediss:// for TLS).',
    )
  }
  if (!/^\/?\d{0,3}$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error('After host and port the address of Redis may only have a database number, such as /0.')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return {
    host,
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1)),
    ...(url.username !== '' && { username: decode(url.username) }),
    ...(url.password !== '' && { password: decode(url.password) }),
    ...(secure && { tls: isIP(host) ? {} : { servername: host } }),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('User and password in the address of Redis must be percent-encoded.')
  }
}

const isTimeout = (error: unknown) => error instanceof Error && error.message === 'Command timed out'

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isTimeout(error) || error.name === 'AbortError') return 'no answer in time'
  if (/^Reached the max retries|^Stream isn't writeable|^Connection is closed/.test(error.message)) {
    return 'the connection was lost'
  }
  // An AggregateError (a host with several addresses) has no message, only a code.
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name)
}
