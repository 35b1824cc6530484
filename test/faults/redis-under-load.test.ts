import { Redis } from 'ioredis'
import t from 'tap'
import { freePort } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { startTcpProxy } from '../helpers/tcp-proxy.ts'
import { type Answer, ask, read, until } from './replicas.ts'
import { type Fault, holds, startLoadedPair } from './redis-load.ts'

t.test('whatever becomes of Redis under load, no request for a known alias fails', async (t) => {
  const server = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const proxy = await startTcpProxy(t, server.port)
  // Another way in, for what is done to Redis itself.
  const redis = new Redis(server.port, { retryStrategy: () => 50 }).on('error', () => undefined)
  t.teardown(() => redis.disconnect())
  const pair = await startLoadedPair(t, { REDIS_URL: `redis://127.0.0.1:${proxy.port}` })
  const nowhere = String(await freePort())
  const faults: readonly Fault[] = [
    { name: 'killed', state: 'blind', begin: server.kill, end: server.restart },
    { name: 'frozen', state: 'blind', begin: server.freeze, end: server.thaw },
    { name: 'slow', state: 'blind', begin: () => proxy.delay(800), end: proxy.heal },
    { name: 'out of reach', state: 'blind', begin: proxy.blackHole, end: proxy.heal },
    {
      ...{ name: 'a replica of nobody', state: 'current' },
      begin: () => redis.replicaof('127.0.0.1', nowhere),
      end: () => redis.replicaof('NO', 'ONE'),
    },
    {
      ...{ name: 'without the replicas it needs', state: 'current' },
      begin: () => redis.config('SET', 'min-replicas-to-write', '1'),
      end: () => redis.config('SET', 'min-replicas-to-write', '0'),
    },
    {
      ...{ name: 'out of memory', state: 'current' },
      begin: () => redis.config('SET', 'maxmemory', '1mb'),
      end: () => redis.config('SET', 'maxmemory', '0'),
    },
  ]
  await t.test('Redis is slow, and within its time', async (t) => {
    // Every turn at Wati's limits would be over before it has come.
    proxy.delay(120)
    const [a] = pair.gateways
    const write = (): Promise<Answer> => ask(a, 'PATCH', '/v1/channels/support', { description: 'slowly' })
    await until(({ status }) => status === 200, write)
    t.ok(await a.line(/"alarm":"pacing-alone"/), 'turns are kept alone meanwhile')
    await until(
      ({ status }) => status === 404,
      () => read(a, 'nobody'),
    )
    proxy.heal()
  })
  for (const fault of faults)
    await t.test(`Redis is ${fault.name}`, async (t) => {
      await holds(t, pair, fault)
    })
  await pair.allServed(t)
})
