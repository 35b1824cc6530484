import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { startRedis } from '../helpers/redis-server.ts'

const CONFIG = fileURLToPath(new URL('../../config/redis.conf', import.meta.url))

t.test('the Redis of the compose file refuses when full, and keeps what it acknowledged', async (t) => {
  // The file itself, but for its addresses: a test listens on the loopback.
  const server = await startRedis(t, '--include', CONFIG, '--bind', '127.0.0.1')
  const redis = await connect(t, server.url)
  const inForce = async (name: string): Promise<unknown> => ((await redis.config('GET', name)) as string[])[1]
  t.equal(await inForce('maxmemory-policy'), 'noeviction')
  t.equal(await inForce('maxmemory'), String(512 * 1024 * 1024))
  t.equal(await inForce('appendonly'), 'yes')
  t.equal(await inForce('appendfsync'), 'always')
  t.equal(await inForce('save'), '')
  await redis.set('acknowledged', 'yes')
  await server.kill()
  await server.restart()
  t.equal(await (await connect(t, server.url)).get('acknowledged'), 'yes')
})

async function connect(t: Test, url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  t.teardown(() => redis.disconnect())
  await redis.connect()
  return redis
}
