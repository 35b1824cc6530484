import type { RedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import { CLAIM, KEEP, RELEASE, RENEW, SEND } from './redis-scripts.ts'
import type { Found, IdempotencyStore, NewClaim, NewOutcome, StoreTimes } from './store.ts'

export interface RedisIdempotencyOptions extends StoreTimes {
  readonly address: RedisAddress
  /** The longest wait for a ready connection, and again for an answer. */
  readonly commandTimeoutMs: number
  /** Hears why the connection failed, at every try; for the log, no password in it. */
  readonly onError?: (error: Error) => void
}

/** Without braces: the records spread over the nodes of a Cluster. */
const PREFIX = 'wati-gateway:idempotency:'

/** Records in Redis, shared by all replicas. Connects on the first use. */
export class RedisIdempotencyStore implements IdempotencyStore {
  readonly #connection: RedisConnection
  readonly #times: StoreTimes

  constructor({ address, commandTimeoutMs, onError = () => {}, leaseMs, keptMs }: RedisIdempotencyOptions) {
    const connectTimeoutMs = commandTimeoutMs
    this.#connection = new RedisConnection({ address, commandTimeoutMs, connectTimeoutMs, onError })
    this.#times = { leaseMs, keptMs }
  }

  async claim(name: string, { token, head, body }: NewClaim): Promise<Found> {
    const answer = await this.#run(CLAIM, name, token, head, body, this.#times.leaseMs)
    const [state, firstHead = '', firstBody = '', sealed = ''] = answer as readonly string[]
    const first = { head: firstHead, body: firstBody }
    switch (state) {
      case 'claimed':
        return { state }
      case 'running':
      case 'unknown':
        return { state, ...first }
      case 'kept':
        return { state, ...first, sealed }
      default:
        throw new Error(`Redis gave a record in the state ${String(state)}.`)
    }
  }

  async send(name: string, token: string): Promise<boolean> {
    return (await this.#run(SEND, name, token, this.#times.leaseMs, this.#times.keptMs)) === 1
  }

  async renew(name: string, token: string): Promise<boolean> {
    return (await this.#run(RENEW, name, token, this.#times.leaseMs)) === 1
  }

  async keep(name: string, token: string, { head, body, sealed }: NewOutcome): Promise<boolean> {
    return (await this.#run(KEEP, name, token, head, body, sealed, this.#times.keptMs)) === 1
  }

  async release(name: string, token: string): Promise<void> {
    await this.#run(RELEASE, name, token)
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  async #run(script: string, name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return await this.#connection.run((redis) => redis.eval(script, 1, PREFIX + name, ...args))
  }
}
