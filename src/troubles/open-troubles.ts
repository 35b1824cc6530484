import type { Logger } from 'pino'
import { readRedisAddress } from '../directory/redis-address.ts'
import type { StartedDirectory } from '../directory/start-directory.ts'
import type { OpenedRoad } from '../open-road.ts'
import type { Settings } from '../settings-schema.ts'
import { findTroubles } from './find-troubles.ts'
import { makeQuotaLook } from './quotas.ts'
import { RedisLook } from './redis-look.ts'
import { StateSince } from './state-since.ts'
import { makeStoreLook } from './store-view.ts'
import type { Trouble } from './trouble.ts'

/** What is wrong must be said at once, above all while the store hangs. */
const STORE_LIMIT_MS = 500

export interface Troubles {
  /** What is wrong now, the worst first. Waits for the store no longer than half a second, and never throws. */
  readonly find: () => Promise<readonly Trouble[]>
  /** At the start: looks at the settings of Redis in the background, and warns in the log. */
  readonly warnOfRedis: () => void
  readonly close: () => Promise<void>
}

/** Begins to watch what can be wrong around the gateway. */
export function openTroubles(
  settings: Settings,
  log: Logger,
  { directory, store, seal, ...started }: StartedDirectory,
  { road, isAlone, rejections }: OpenedRoad,
): Troubles {
  const { usage, gate } = road
  const timeoutMs = settings.REDIS_TIMEOUT_MS
  const redis = new RedisLook({ address: readRedisAddress(settings), timeoutMs, log })
  const state = new StateSince(directory)
  const lookAtStore = makeStoreLook({ store, seal, limitMs: STORE_LIMIT_MS })
  const lookAtQuotas = makeQuotaLook({ directory, callsOf: (...of) => usage.calls(...of) })
  return {
    async find() {
      const view = await lookAtStore()
      const now = new Date()
      return findTroubles({
        ...{ now, directory, store: view },
        tokenTrouble: (account) => started.tokenTrouble(account),
        stateSince: state.since,
        tokenWarningDays: settings.TOKEN_EXPIRY_WARNING_DAYS,
        rejectionOf: (account) => rejections.of(account),
        breakerOf: (account) => gate.breakerOf(account),
        callsOf: (account) => usage.calls(account, '').account,
        channelsNearQuota: lookAtQuotas(now),
        isAlone: isAlone(),
        redis: redis.findings,
      })
    },
    warnOfRedis: () => redis.warn(),
    async close() {
      state.stop()
      await redis.close()
    },
  }
}
