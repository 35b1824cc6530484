import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { type RedisAddress, readRedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import type { DirectoryStore } from '../directory/store.ts'
import type { Settings } from '../settings-schema.ts'
import { SharedBlocks } from './blocks.ts'
import { FallbackBuckets } from './fallback-buckets.ts'
import { MemoryBuckets } from './memory-buckets.ts'
import { type Pacer, type PacerOptions, makePacer } from './pacer.ts'
import { RedisBuckets } from './redis-buckets.ts'

/** How often the other replicas are counted, for the shares of a time without the store. */
const COUNT_MS = 2_000

export interface OpenedPacing {
  readonly pacer: Pacer
  /** Does this replica keep to its own share, because the store is away? */
  readonly isAlone: () => boolean
  readonly close: () => void
}

/** With Redis the limits are shared by all replicas; with the embedded store there is only this one. */
export function openPacing(
  settings: Settings,
  replicas: Pick<DirectoryStore, 'replicas'>,
  log: Logger,
): OpenedPacing {
  const replica = randomUUID()
  const shared = {
    replica,
    leaveWithinMs: settings.PACE_LEAVE_WITHIN_MS,
    queueLimit: settings.PACE_QUEUE_LIMIT,
  }
  const address = readRedisAddress(settings)
  if (address === undefined) {
    const blocks = new SharedBlocks()
    return {
      pacer: makePacer({ ...shared, blocks, buckets: new MemoryBuckets() }),
      isAlone: () => false,
      close: () => blocks.close(),
    }
  }
  return openSharedPacing(shared, { address, settings, replicas, log })
}

interface SharedParts {
  readonly address: RedisAddress
  readonly settings: Settings
  readonly replicas: Pick<DirectoryStore, 'replicas'>
  readonly log: Logger
}

function openSharedPacing(
  shared: Pick<PacerOptions, 'replica' | 'leaveWithinMs' | 'queueLimit'>,
  { address, settings, replicas, log }: SharedParts,
): OpenedPacing {
  const connection = new RedisConnection({
    address,
    commandTimeoutMs: settings.REDIS_TIMEOUT_MS,
    connectTimeoutMs: settings.REDIS_TIMEOUT_MS,
    onError: (err) => log.debug({ err }, 'the connection to Redis failed'),
  })
  const count = countReplicas(replicas)
  const blocks = new SharedBlocks(connection)
  const buckets = new FallbackBuckets({
    shared: new RedisBuckets(connection, shared.replica),
    replicas: () => count.last,
    log,
  })
  return {
    pacer: makePacer({ ...shared, blocks, buckets }),
    isAlone: () => buckets.isAlone,
    close() {
      blocks.close()
      count.stop()
      connection.close()
    },
  }
}

/** How many replicas there were when that could last be asked. */
function countReplicas(store: Pick<DirectoryStore, 'replicas'>): { readonly last: number; stop(): void } {
  let last = 1
  const look = async (): Promise<void> => {
    const { items } = await store.replicas()
    last = Math.max(1, items.length)
  }
  const timer = setInterval(() => void look().catch(() => undefined), COUNT_MS).unref()
  void look().catch(() => undefined)
  return {
    get last() {
      return last
    },
    stop: () => clearInterval(timer),
  }
}
