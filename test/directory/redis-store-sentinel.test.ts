import t from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { startSentinel } from '../helpers/redis-sentinel.ts'
import { openClient } from './redis-opening.ts'
import { testStore } from './store-suite.ts'

t.test('the store in a Redis that Sentinels watch does what every store does', async (t) => {
  const group = await startSentinel(t)
  const address = readRedisAddress(group.settings)!
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
