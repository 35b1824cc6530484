import t from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { openClient } from './redis-opening.ts'
import { testStore } from './store-suite.ts'

t.test('the store in a Redis Cluster does what every store does', async (t) => {
  const group = await startCluster(t)
  const address = readRedisAddress({ REDIS_SENTINEL_NAME: 'mymaster', ...group.settings })!
  const client = openClient(t, (await group.master()).url)
  testStore(t, async (t, changesKept) => {
    await client.flushall()
    const open = () => {
      const store = openRedisStore({
        address,
        commandTimeoutMs: 5_000,
        changesKept,
        replicaForgottenMs: 60_000,
      })
      t.teardown(() => store.close())
      return store
    }
    const store = open()
    const reopen = async () => {
      await store.close()
      return open()
    }
    return { store, reopen }
  })
})
