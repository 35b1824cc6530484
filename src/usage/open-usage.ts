import { join } from 'node:path'
import type { Logger } from 'pino'
import { readRedisAddress } from '../directory/redis-address.ts'
import type { Settings } from '../settings-schema.ts'
import { FileUsage } from './file-usage.ts'
import { type QuotaSource, makeNeededTotals } from './needed-totals.ts'
import { RedisUsage } from './redis-usage.ts'
import type { UsageLimits, UsageStore } from './store.ts'
import { Usage } from './usage.ts'

/**
 * Starts to count, into Redis or into files, wherever the directory is.
 * With the embedded store the lock of `DATA_DIR` must be held until this is closed.
 */
export function openUsage(settings: Settings, log: Logger, directory: QuotaSource): Usage {
  const limits = { keptDays: settings.USAGE_KEPT_DAYS, keysPerDay: settings.USAGE_KEYS_PER_DAY }
  const store = openStore(settings, log, limits)
  const neededTotals = makeNeededTotals(directory)
  return new Usage({ store, log, neededTotals, flushMs: settings.USAGE_FLUSH_MS, ...limits })
}

function openStore(settings: Settings, log: Logger, limits: UsageLimits): UsageStore {
  const address = readRedisAddress(settings)
  if (address === undefined) return new FileUsage({ folder: join(settings.DATA_DIR, 'usage'), ...limits })
  return new RedisUsage({
    address,
    timeoutMs: settings.REDIS_TIMEOUT_MS,
    onError: (err) => log.debug({ err }, 'the connection to Redis failed'),
    ...limits,
  })
}
