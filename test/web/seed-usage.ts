import { readRedisAddress } from '../../src/directory/redis-address.ts'
import type { MinuteCounts } from '../../src/usage/minutes.ts'
import { RedisUsage } from '../../src/usage/redis-usage.ts'
import type { CountedCall } from '../../src/usage/call.ts'
import { LIMITS, batch } from '../usage/store-suite.ts'

interface Counted {
  readonly day: string
  readonly counts: readonly CountedCall[]
  readonly minutes?: readonly MinuteCounts[]
}

/** Counts of days gone by, as another replica would have written them: no test can wait for a day. */
export async function seedUsage(redisUrl: string, days: readonly Counted[]): Promise<void> {
  const store = new RedisUsage({
    ...LIMITS,
    address: readRedisAddress({ REDIS_SENTINEL_NAME: '', REDIS_URL: redisUrl })!,
    timeoutMs: 5_000,
    onError: () => undefined,
  })
  for (const [at, { day, counts, minutes = [] }] of days.entries())
    await store.add(batch(at + 1, [...counts], { day, minutes: [...minutes], replica: 'seed' }))
  await store.close()
}
