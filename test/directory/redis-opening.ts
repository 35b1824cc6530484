import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore, type RedisStoreOptions } from '../../src/directory/redis-store.ts'
import type { DirectoryStore } from '../../src/directory/store.ts'

/** Patient, where time is not the subject: the machine may be busy. */
const PATIENCE_MS = 5_000

/** A store in the Redis server at `url`; closed on teardown. */
export function openRedis(t: Test, url: string, options: Partial<RedisStoreOptions> = {}): DirectoryStore {
  const address = readRedisAddress({ REDIS_URL: url, REDIS_SENTINEL_NAME: 'mymaster' })
  if (address === undefined) throw new Error('no address of Redis')
  const usual = { commandTimeoutMs: PATIENCE_MS, changesKept: 100, replicaForgottenMs: 60_000 }
  const store = openRedisStore({ address, ...usual, ...options })
  t.teardown(() => store.close())
  return store
}

/** A client that does to the server what the store would not. */
export function openClient(t: Test, url: string): Redis {
  const client = new Redis(url)
  t.teardown(() => client.disconnect())
  return client
}
