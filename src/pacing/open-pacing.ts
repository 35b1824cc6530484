import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { DirectoryReader } from '../directory/directory.ts'
import { type RedisAddress, readRedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import type { DirectoryStore } from '../directory/store.ts'
import type { Account } from '../domain/account.ts'
import type { Settings } from '../settings-schema.ts'
import { SharedBlocks } from './blocks.ts'
import { FallbackBuckets } from './fallback-buckets.ts'
import { MemoryBuckets } from './memory-buckets.ts'
import { type PacerOptions, type WaitingFigures, makePacer } from './pacer.ts'
import type { Pacer } from './turn.ts'
import { RedisBuckets } from './redis-buckets.ts'

/** How often the other replicas are counted, for the shares of a time without the store. */
const COUNT_MS = 2_000

export interface OpenedPacing {
  readonly pacer: Pacer & WaitingFigures
  /** Does this replica keep to its own share, because the store is away? */
  readonly isAlone: () => boolean
  readonly close: () => void
}

/** What pacing needs to know of the directory. */
export interface PacingSources {
  /** Knows the accounts as they are now: the limits of one may change while its calls wait. */
  readonly directory: Pick<DirectoryReader, 'accounts'>
  readonly store: Pick<DirectoryStore, 'replicas'>
}

/** With Redis the limits are shared by all replicas; with the embedded store there is only this one. */
export function openPacing(
  settings: Settings,
  { directory, store }: PacingSources,
  log: Logger,
): OpenedPacing {
  const replica = randomBytes(9).toString('base64url')
  const shared = {
    replica,
    leaveWithinMs: settings.PACE_LEAVE_WITHIN_MS,
    queueLimit: settings.PACE_QUEUE_LIMIT,
    accountNow: (account: Account) => directory.accounts.get(account.id) ?? account,
  }
  const address = readRedisAddress(settings)
  if (address === undefined) {
    const blocks = new SharedBlocks()
    return {
      pacer: makePacer({ ...shared, isShared: false, blocks, buckets: new MemoryBuckets() }),
      isAlone: () => false,
      close: () => blocks.close(),
    }
  }
  return openSharedPacing(shared, { address, settings, store, log })
}

interface SharedParts {
  readonly address: RedisAddress
  readonly settings: Settings
  readonly store: PacingSources['store']
  readonly log: Logger
}

function openSharedPacing(
  shared: Omit<PacerOptions, 'buckets' | 'blocks' | 'isShared'>,
  { address, settings, store, log }: SharedParts,
): OpenedPacing {
  const connection = new RedisConnection({
    address,
    commandTimeoutMs: settings.REDIS_TIMEOUT_MS,
    connectTimeoutMs: settings.REDIS_TIMEOUT_MS,
    onError: (err) => log.debug({ err }, 'the connection to Redis failed'),
  })
  const count = countReplicas(store)
  const blocks = new SharedBlocks(connection)
  const buckets = new FallbackBuckets({
    shared: new RedisBuckets(connection, shared.replica),
    replicas: () => count.last,
    log,
  })
  return {
    pacer: makePacer({ ...shared, isShared: true, blocks, buckets }),
    isAlone: () => buckets.isAlone,
    close() {
      blocks.close()
      buckets.close()
      count.stop()
      connection.close()
    },
  }
}

/** The replicas of a store that comes back announce themselves one by one: so many looks are remembered. */
const LOOKS = 5

/** How many replicas there were when that could last be asked. */
function countReplicas(store: PacingSources['store']): { readonly last: number; stop(): void } {
  let seen: readonly number[] = []
  const look = async (): Promise<void> => {
    const { items } = await store.replicas()
    seen = [...seen.slice(1 - LOOKS), items.length]
  }
  const timer = setInterval(() => void look().catch(() => undefined), COUNT_MS).unref()
  void look().catch(() => undefined)
  return {
    get last() {
      return Math.max(1, ...seen)
    },
    stop: () => clearInterval(timer),
  }
}
