import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisAddress } from './redis-address.ts'
import type { RedisClient } from './redis-client.ts'
import { RedisConnection, type RedisConnectionOptions } from './redis-connection.ts'
import { type LastSeen, followStream } from './redis-follow.ts'
import { REDIS_KEYS, readChange } from './redis-keys.ts'
import { announceInRedis, replicasInRedis, withdrawFromRedis } from './redis-replicas.ts'
import { resealRedis, scanRecords } from './redis-reseal.ts'
import { reseedRedis } from './redis-reseed.ts'
import { COMMIT, PREPARE } from './redis-scripts.ts'
import {
  type AnnouncedReplica,
  type Announcement,
  type DirectoryStore,
  type HistoryRange,
  type NewLife,
  type Reseal,
  type SealedChange,
  StoreLost,
  type StorePosition,
} from './store.ts'

export interface RedisStoreOptions {
  readonly address: RedisAddress
  /** The longest wait for a ready connection, and again for an answer. */
  readonly commandTimeoutMs: number
  /** Default: as `commandTimeoutMs`. */
  readonly connectTimeoutMs?: number
  /** How many changes the stream keeps: how far a replica may fall behind without loading anew. */
  readonly changesKept: number
  /** How long a replica is remembered that no longer announces itself. */
  readonly replicaForgottenMs: number
  /** Hears why the connection failed, at every try; for the log, no password in it. */
  readonly onError?: (error: Error) => void
}

const { head, records, changes } = REDIS_KEYS
/** A connection that died without a word is noticed this long and a command's time later: within a second. */
const BLOCK_MS = 300
/** What a commit may take beyond the time of one command. */
const GRACE_MS = 50

/**
 * A store in Redis, shared by all replicas. Connects on the first use.
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
  readonly #lastSeen: LastSeen = { revision: 0, mark: '' }
  #closed = false

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#connection = this.#connect({})
  }

  async load(
    onRecords: (records: readonly SealedChange[]) => void,
    known?: StorePosition,
  ): Promise<StorePosition> {
    const newEpoch = known === undefined ? randomUUID() : ''
    const [epoch, revision, mark = '', deed = '', count] = await this.#connection.run(
      (redis) => redis.eval(PREPARE, 3, head, records, changes, newEpoch) as Promise<string[]>,
    )
    if (known !== undefined && (epoch !== known.epoch || Number(revision) < known.revision)) {
      const isOther = epoch !== undefined && epoch !== known.epoch
      const successor = isOther ? { epoch, deed, hasRecords: Number(count) > 0 } : undefined
      throw new StoreLost(
        'replaced',
        'The directory in Redis is gone or another one took its place.',
        successor,
      )
    }
    if (epoch === undefined || !/^\d{1,15}$/.test(revision ?? '')) {
      throw new StoreLost('replaced', 'Redis holds only a part of the directory: restore it from a back-up.')
    }
    for await (const batch of scanRecords(this.#connection)) onRecords(batch)
    const [epochAfter] = await this.#connection.run(
      (redis) => redis.eval(PREPARE, 3, head, records, changes, '') as Promise<string[]>,
    )
    if (epochAfter !== epoch) {
      throw new StoreLost('replaced', 'The directory in Redis was replaced while it was read.')
    }
    Object.assign(this.#lastSeen, { revision: Number(revision), mark })
    return { epoch, revision: Number(revision) }
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
      const stream = { connection, blockMs: BLOCK_MS, lastSeen: this.#lastSeen }
      await followStream(stream, position, onChanges, signal)
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
    const kept = this.#options.changesKept
    const args = [epoch, revision, target, deleted ? '1' : '0', sealed, kept, randomUUID()]
    const answer = await this.#inTime((redis) => redis.eval(COMMIT, 3, head, records, changes, ...args))
    if (answer === 'committed' || answer === 'moved') return answer
    throw new StoreLost('replaced', 'The directory in Redis is not the one that was read.')
  }

  async history({ from, count, newestFirst }: HistoryRange): Promise<readonly SealedChange[]> {
    // Redis takes no range that ends before its first possible id.
    if (newestFirst && from === 0) return []
    const entries = await this.#connection.run((redis) =>
      newestFirst
        ? redis.xrevrange(changes, from === undefined ? '+' : `(${from}-0`, '-', 'COUNT', count)
        : redis.xrange(changes, `(${from ?? 0}-0`, '+', 'COUNT', count),
    )
    return entries.map(readChange)
  }

  async reseal(reseal: Reseal): Promise<void> {
    await resealRedis(this.#connection, reseal)
  }

  async reseed(life: NewLife, batches: Iterable<readonly SealedChange[]>): Promise<'reseeded' | 'occupied'> {
    return await reseedRedis(this.#connection, life, batches)
  }

  async announce(replica: Announcement): Promise<void> {
    await announceInRedis(this.#connection, replica, this.#options.replicaForgottenMs)
  }

  async withdraw(replicaId: string): Promise<void> {
    await withdrawFromRedis(this.#connection, replicaId)
  }

  async replicas(): Promise<{ head: number; items: readonly AnnouncedReplica[] }> {
    return await replicasInRedis(this.#connection, this.#options.replicaForgottenMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const connection of [this.#connection, ...this.#followers]) connection.close()
  }

  /** An admin waits for it: with a connection to be made first, it would be twice the time of a command. */
  async #inTime<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    const limit = new AbortController()
    const tooLong = sleep(this.#options.commandTimeoutMs + GRACE_MS, undefined, limit).then(() => {
      throw new Error('Redis gave no answer in time')
    })
    // Aborted, it fails without anybody who waits for it.
    tooLong.catch(() => undefined)
    try {
      return await Promise.race([this.#connection.run(command), tooLong])
    } finally {
      limit.abort()
    }
  }

  #connect(changed: Partial<RedisConnectionOptions>): RedisConnection {
    const {
      address,
      commandTimeoutMs,
      connectTimeoutMs = commandTimeoutMs,
      onError = () => {},
    } = this.#options
    return new RedisConnection({ address, commandTimeoutMs, connectTimeoutMs, onError, ...changed })
  }
}
