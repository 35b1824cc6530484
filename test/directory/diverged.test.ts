import { Redis } from 'ioredis'
import t from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { change, follow, pictureOf } from './store-suite.ts'

t.test('a change that a failover lost, and whose number went to another, is noticed', async (t) => {
  const server = await startRedis(t)
  const address = readRedisAddress({ REDIS_URL: server.url, REDIS_SENTINEL_NAME: 'mymaster' })!
  const options = { address, commandTimeoutMs: 5_000, changesKept: 100, replicaForgottenMs: 60_000 }
  const [ours, theirs] = [openRedisStore(options), openRedisStore(options)]
  t.teardown(async () => await Promise.all([ours.close(), theirs.close()]))
  const { epoch } = await pictureOf(ours)
  await ours.commit(epoch, change(1, 'channel:sales', 'first'))
  await ours.commit(epoch, change(2, 'channel:sales', 'lost'))
  const follower = follow(t, ours, { epoch, revision: 0 })
  await follower.reaches(2)
  follower.stop()
  await follower.ended

  const client = new Redis(server.url)
  t.teardown(() => client.disconnect())
  await client.xdel(REDIS_KEYS.changes, '2-0')
  await client.call('XSETID', REDIS_KEYS.changes, '1-0')
  await client.hset(REDIS_KEYS.head, 'revision', '1')
  t.equal(await theirs.commit(epoch, change(2, 'channel:sales', 'other')), 'committed')
  t.equal(await theirs.commit(epoch, change(3, 'channel:support', 'next')), 'committed')

  await t.rejects(follow(t, ours, { epoch, revision: 2 }).ended, {
    name: 'StoreLost',
    reason: 'replaced',
    message: /another change 2/,
  })
  const life = { epoch: 'new', revision: 2, lost: epoch, deed: 'x' }
  t.equal(
    await ours.reseed(life, [[change(2, 'channel:sales', 'lost')]]),
    'occupied',
    'their changes would be lost',
  )
  await t.resolves(pictureOf(ours), 'a replica that starts anew follows the store')
})
