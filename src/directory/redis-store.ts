import { randomUUID } from 'node:crypto'
import { RedisConnection, type RedisConnectionOptions } from './redis-connection.ts'
import { followStream } from './redis-follow.ts'
import { COMMIT, PREPARE } from './redis-scripts.ts'
import {
  type DirectoryStore,
  type SealedChange,
  type StoredPicture,
  StoreLost,
  type StorePosition,
} from './store.ts'

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with user, password, host, port and database number. */
  readonly url: string
  /** The longest wait for a ready connection, and again for an answer. */
  readonly commandTimeoutMs: number
  /** Default: as `commandTimeoutMs`. */
  readonly connectTimeoutMs?: number
  /** How many changes the stream keeps: how far a replica may fall behind without loading anew. */
  readonly changesKept: number
  /** Hears why the connection failed, at every try; for the log, no password in it. */
  readonly onError?: (error: Error) => void
}

/** The braces make all three live in one slot of a Redis Cluster. */
const PREFIX = 'wati-gateway:{directory}'
export const REDIS_KEYS = {
  /** Hash: epoch, revision, records (how many). */
  head: `${PREFIX}:head`,
  /** Hash: target → `<revision> <sealed>`. */
  records: `${PREFIX}:records`,
  /** Stream: id `<revision>-0`; target, deleted, sealed. */
  changes: `${PREFIX}:changes`,
}
const ALL_KEYS = [REDIS_KEYS.head, REDIS_KEYS.records, REDIS_KEYS.changes]

const BLOCK_MS = 1000
const SCAN_COUNT = 1000

/**
 * A store in one Redis server, shared by all replicas. Connects on the first use.
 * Throws when the address is not one; its methods throw a plain `Error` when Redis is away or too slow.
 * After such an error of `commit` the change may yet have been made: `follow` shows it.
 */
export function openRedisStore(options: RedisStoreOptions): DirectoryStore {
  return new RedisStore(options)
}

class RedisStore implements DirectoryStore {
  readonly #options: RedisStoreOptions
  readonly #connection: RedisConnection
  readonly #followers = new Set<RedisConnection>()
  #closed = false

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#connection = this.#connect({})
  }

  async load(): Promise<StoredPicture> {
    const [epoch, revision] = await this.#connection.run(
      (redis) => redis.eval(PREPARE, ALL_KEYS.length, ...ALL_KEYS, randomUUID()) as Promise<string[]>,
    )
    if (epoch === undefined || !/^\d{1,15}$/.test(revision ?? '')) {
      throw new StoreLost('replaced', 'Redis holds only a part of the directory: restore it from a back-up.')
    }
    const records = await this.#scan()
    const epochAfter = await this.#connection.run((redis) => redis.hget(REDIS_KEYS.head, 'epoch'))
    if (epochAfter !== epoch) {
      throw new StoreLost('replaced', 'The directory in Redis was replaced while it was read.')
    }
    return { epoch, revision: Number(revision), records }
  }

  async follow(
    position: StorePosition,
    onChanges: (changes: readonly SealedChange[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const isStopped = (): boolean => signal.aborted
    if (isStopped()) return
    if (this.#closed) throw new Error('The store is closed.')
    // A blocked read holds up its connection, so it has its own.
    const connection = this.#connect({
      commandTimeoutMs: BLOCK_MS + this.#options.commandTimeoutMs,
      onError: () => {},
    })
    const stop = () => {
      connection.close()
    }
    this.#followers.add(connection)
    signal.addEventListener('abort', stop)
    try {
      await followStream({ connection, keys: REDIS_KEYS, blockMs: BLOCK_MS }, position, onChanges, signal)
    } catch (error) {
      if (!isStopped()) throw error
    } finally {
      signal.removeEventListener('abort', stop)
      this.#followers.delete(connection)
      connection.close()
    }
  }

  async commit(epoch: string, change: SealedChange): Promise<'committed' | 'moved'> {
    const { revision, target, deleted, sealed } = change
    const answer = await this.#connection.run((redis) =>
      redis.eval(
        COMMIT,
        ALL_KEYS.length,
        ...ALL_KEYS,
        ...[epoch, revision, target, deleted ? '1' : '0', sealed, this.#options.changesKept],
      ),
    )
    if (answer === 'committed' || answer === 'moved') return answer
    throw new StoreLost('replaced', 'The directory in Redis is not the one that was read.')
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const connection of [this.#connection, ...this.#followers]) connection.close()
  }

  async #scan(): Promise<SealedChange[]> {
    const records = new Map<string, SealedChange>()
    let cursor = '0'
    do {
      const [next, fields] = await this.#connection.run((redis) =>
        redis.hscan(REDIS_KEYS.records, cursor, 'COUNT', SCAN_COUNT),
      )
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const record = readRecord(fields[i] ?? '', fields[i + 1] ?? '')
        // HSCAN may give a field twice, the second time with a newer value.
        if (record.revision >= (records.get(record.target)?.revision ?? 0)) records.set(record.target, record)
      }
      cursor = next
    } while (cursor !== '0')
    return [...records.values()]
  }

  #connect(changed: Partial<RedisConnectionOptions>): RedisConnection {
    const { url, commandTimeoutMs, connectTimeoutMs = commandTimeoutMs, onError = () => {} } = this.#options
    return new RedisConnection({ url, commandTimeoutMs, connectTimeoutMs, onError, ...changed })
  }
}

/** A value that somebody damaged is passed on as it is: its seal fails, and no other record with it. */
function readRecord(target: string, value: string): SealedChange {
  const [, revision = '0', sealed = value] = /^(\d{1,15}) (.*)$/s.exec(value) ?? []
  return { revision: Number(revision), target, deleted: false, sealed }
}
