import type { Logger } from 'pino'
import { readRedisAddress } from '../directory/redis-address.ts'
import type { Seal } from '../directory/seal.ts'
import type { Settings } from '../settings-schema.ts'
import { openFileIdempotencyStore } from './file-store.ts'
import { Idempotency } from './idempotency.ts'
import { RedisIdempotencyStore } from './redis-store.ts'
import type { IdempotencyStore } from './store.ts'

const HOUR_MS = 3_600_000

/** Keys in Redis when one of its settings is set, else in `DATA_DIR`, which the directory's store has locked. */
export async function openIdempotency(settings: Settings, seal: Seal, log: Logger): Promise<Idempotency> {
  return new Idempotency({
    store: await openStore(settings, log),
    seal,
    log,
    leaseMs: settings.IDEMPOTENCY_LEASE_MS,
    answerLimitBytes: settings.IDEMPOTENCY_ANSWER_LIMIT_BYTES,
  })
}

async function openStore(settings: Settings, log: Logger): Promise<IdempotencyStore> {
  const { IDEMPOTENCY_KEPT_HOURS, IDEMPOTENCY_LEASE_MS: leaseMs, REDIS_TIMEOUT_MS, DATA_DIR } = settings
  const times = { leaseMs, keptMs: IDEMPOTENCY_KEPT_HOURS * HOUR_MS }
  const address = readRedisAddress(settings)
  if (address === undefined) return await openFileIdempotencyStore({ folder: DATA_DIR, ...times })
  return new RedisIdempotencyStore({
    ...times,
    address,
    commandTimeoutMs: REDIS_TIMEOUT_MS,
    onError: (error) => log.debug({ err: error }, 'the connection to Redis failed'),
  })
}
