import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisConnection } from '../../src/directory/redis-connection.ts'
import { checkRedis } from '../../src/directory/redis-health.ts'
import type { Finding } from '../../src/finding.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { startOddRedis } from './odd-redis.ts'

type Settings = Parameters<typeof readRedisAddress>[0]

async function check(t: Test, settings: Partial<Settings>, timeoutMs = 3_000): Promise<Finding[]> {
  const address = readRedisAddress({ REDIS_SENTINEL_NAME: 'mymaster', ...settings })
  if (address === undefined) throw new Error('no address')
  const limits = { commandTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs }
  const connection = new RedisConnection({ address, ...limits, onError: () => undefined })
  t.teardown(() => connection.close())
  return await checkRedis(connection)
}

/** The findings as one text, a line each. */
async function linesOf(t: Test, url: string): Promise<string> {
  return (await check(t, { REDIS_URL: url })).map(({ level, what }) => `${level} ${what}`).join('\n')
}

t.test('a Redis as config/redis.conf has it is well in every respect', async (t) => {
  const redis = await startRedis(
    t,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--maxmemory-policy',
    'noeviction',
  )
  const findings = await check(t, { REDIS_URL: redis.url })
  t.same(
    findings.map(({ level }) => level),
    ['ok', 'ok', 'ok', 'ok'],
  )
  t.match(
    findings.map(({ what }) => what).join('\n'),
    /^Redis answers, version [0-9.]+\nRedis evicts nothing\n/,
  )
})

t.test('a Redis that drops keys when it is full fails', async (t) => {
  for (const policy of ['allkeys-lru', 'volatile-ttl']) {
    const redis = await startRedis(t, '--appendonly', 'yes', '--maxmemory-policy', policy)
    t.match(await linesOf(t, redis.url), `fail Redis has the maxmemory-policy ${policy}`)
  }
})

t.test('a Redis that keeps nothing fails; one that only makes snapshots is warned of', async (t) => {
  const none = await startRedis(t)
  t.match(await linesOf(t, none.url), /^fail Redis keeps nothing on the disk/m)
  const snapshots = await startRedis(t, '--save', '3600', '1')
  t.match(await linesOf(t, snapshots.url), /^warn Redis only makes snapshots \(save 3600 1\)/m)
  const lazy = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'no')
  t.match(await linesOf(t, lazy.url), /^warn Redis leaves it to the system when the disk is written/m)
})

t.test('a Redis that forbids CONFIG, as managed ones do, is judged by what it does tell', async (t) => {
  const user = ['--user', 'gateway', 'on', '>secret', '~*', '&*', '+@all', '-config']
  const redis = await startRedis(t, '--appendonly', 'yes', ...user)
  const findings = await check(t, { REDIS_URL: redis.url.replace('redis://', 'redis://gateway:secret@') })
  t.same(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  const bare = await startRedis(t, ...user)
  const lines = await linesOf(t, bare.url.replace('redis://', 'redis://gateway:secret@'))
  t.match(lines, /^warn Redis has no append-only file, and does not tell of snapshots$/m)
})

t.test('a Redis that is away, hangs or wants another password is a finding, not an exception', async (t) => {
  const redis = await startRedis(t, '--requirepass', 'right')
  const wrong = await check(t, { REDIS_URL: redis.url.replace('redis://', 'redis://:wrong@') })
  t.match(wrong, [{ level: 'fail', advice: /password/ }])
  t.notMatch(JSON.stringify(wrong), 'wrong@')
  redis.freeze()
  t.match(await check(t, { REDIS_URL: redis.url }, 300), [{ level: 'fail', what: /no answer in time/ }])
  await redis.kill()
  t.match(await check(t, { REDIS_URL: redis.url }, 300), [{ level: 'fail', what: /ECONNREFUSED/ }])
})

t.test('a replica, an old version and another clock are found', async (t) => {
  t.match(
    await linesOf(t, await startOddRedis(t, { info: { role: 'slave' } })),
    /^fail Redis is a read-only replica$/m,
  )
  const old = await startOddRedis(t, { info: { redis_version: '6.2.14' } })
  t.match(await linesOf(t, old), /^fail Redis is version 6\.2\.14$/m)
  const broken = await startOddRedis(t, { info: { aof_last_write_status: 'err' } })
  t.match(await linesOf(t, broken), /^fail Redis fails to write its append-only file$/m)
  const clocks = [
    [0, /^ok the clock agrees with Redis$/m],
    [3_000, /^warn the clock is [23]\.[0-9] s behind Redis$/m],
    [-3_000, /^warn the clock is [23]\.[0-9] s ahead of Redis$/m],
    [60_000, /^fail the clock is (?:59|60)\.[0-9] s behind Redis$/m],
  ] as const
  for (const [aheadMs, line] of clocks) t.match(await linesOf(t, await startOddRedis(t, { aheadMs })), line)
})

t.test('a master that acknowledges what none of its replicas has is warned of', async (t) => {
  const lineOf = async (config: Record<string, string>, replicas = '2'): Promise<string> =>
    await linesOf(t, await startOddRedis(t, { info: { connected_slaves: replicas }, config }))
  const said =
    /^warn Redis takes changes also while none of its replicas follows: a failover then loses them$/m
  t.match(await lineOf({ 'min-replicas-to-write': '0' }), said)
  t.match(
    await lineOf({ 'min-replicas-to-write': '1' }),
    /^ok Redis takes changes only while it has a replica/m,
  )
  t.notMatch(await lineOf({ 'min-replicas-to-write': '0' }, '0'), /replica/)
  t.notMatch(await lineOf({}), /replica/)
})

t.test('each master of a Cluster is looked at', async (t) => {
  const { settings, nodes } = await startCluster(t)
  const findings = await check(t, settings)
  const masters = new Set(findings.map(({ what }) => /Redis master ([0-9]) of 3/.exec(what)?.[1]))
  t.same([...masters].sort(), ['1', '2', '3'])
  t.ok(nodes.length > 3)
})
