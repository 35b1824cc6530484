import { once } from 'node:events'
import { describeAddress, type RedisAddress } from './redis-address.ts'
import { isEndOfList, isTimeout, isVague, reasonOf, whyUnasked } from './redis-reason.ts'
import { openRedis, type OpenedRedis, type RedisClient, type RedisLimits } from './redis-client.ts'

/** How to reach Redis, and how long to wait for it. */
export interface RedisConnectionOptions extends RedisLimits {
  readonly address: RedisAddress
  /** The longest wait for a connection that is ready. */
  readonly connectTimeoutMs: number
  /** Hears why a connection failed; for the log, no password in it. */
  readonly onError: (error: Error) => void
}

/**
 * One connection to Redis, made on its first use and made again, for ever, when it was lost: to the server,
 * to the one that the Sentinels name, or to the node of a Cluster that has the key.
 * Nothing on it waits without a limit, and no command is carried out twice.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions
  readonly #closing = new AbortController()
  #opened: OpenedRedis
  /** What went wrong with a Sentinel or a node since the last command that succeeded. */
  #trouble: string | undefined

  constructor(options: RedisConnectionOptions) {
    this.#options = options
    this.#opened = this.#open()
  }

  /** Sends a command as soon as the connection is ready. Throws an `Error` when Redis fails or is too slow. */
  async run<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    const opened = this.#opened
    const { client } = opened
    try {
      await this.#ready(client)
      const answer = await command(client)
      this.#trouble = undefined
      return answer
    } catch (error) {
      // A server that hangs, or a peer that vanished without a word: TCP alone would notice after minutes.
      if (isTimeout(error) || client.status === 'end') this.#replace(opened)
      throw this.#explain(error)
    }
  }

  /** Fails what is under way, and everything after. */
  close(): void {
    this.#closing.abort()
    this.#opened.close()
  }

  #open(): OpenedRedis {
    const opened = openRedis(this.#options.address, this.#options)
    const { client } = opened
    // Every command that waits for the connection listens; many may.
    client.setMaxListeners(0)
    // Without a listener ioredis prints each error.
    client.on('error', (error: Error) => {
      if (!isEndOfList(error)) this.#options.onError(this.#explain(error))
    })
    const hearTrouble = (error: Error, node?: string) => {
      this.#trouble = node === undefined ? reasonOf(error) : `${node}: ${whyUnasked(error)}`
      this.#options.onError(this.#explain(new Error(this.#trouble)))
    }
    client.on('sentinelError', hearTrouble)
    client.on('node error', hearTrouble)
    return opened
  }

  /**
   * A new client, and not the old one connected again: what the old one still keeps for later must not be sent,
   * and a Cluster that is closed and opened at once takes its new nodes for the old ones.
   */
  #replace(opened: OpenedRedis): void {
    if (opened !== this.#opened || this.#closing.signal.aborted) return
    opened.close()
    this.#opened = this.#open()
  }

  async #ready(client: RedisClient): Promise<void> {
    this.#closing.signal.throwIfAborted()
    if (isReady(client)) return
    // A failure comes as an 'error' event too, which ends the wait below with its true reason.
    if (client.status === 'wait') client.connect().catch(() => {})
    const limit = AbortSignal.timeout(this.#options.connectTimeoutMs)
    const signal = AbortSignal.any([limit, this.#closing.signal])
    while (!isReady(client)) {
      await once(client, 'ready', { signal }).catch((error: unknown) => {
        if (!isEndOfList(error)) throw error
      })
    }
  }

  /** A new error: those of ioredis carry the command's arguments, so the password (AUTH). */
  #explain(error: unknown): Error {
    return new Error(`${describeAddress(this.#options.address)}: ${this.#reasonOf(error)}`)
  }

  #reasonOf(error: unknown): string {
    if (this.#closing.signal.aborted) return 'closed'
    const reason = reasonOf(error)
    return this.#trouble !== undefined && isVague(reason) ? `${reason} (${this.#trouble})` : reason
  }
}

const isReady = (client: RedisClient) => client.status === 'ready'
