import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { makeLogger } from '../../src/logging.ts'
import { RedisLook } from '../../src/troubles/redis-look.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { startRedis } from '../helpers/redis-server.ts'

function open(t: Test, url: string | undefined): { look: RedisLook; log: CapturedLog } {
  const log = new CapturedLog()
  const settings = { REDIS_SENTINEL_NAME: 'mymaster', ...(url !== undefined && { REDIS_URL: url }) }
  const look = new RedisLook({
    address: readRedisAddress(settings),
    timeoutMs: 3_000,
    log: makeLogger('info', log),
  })
  t.teardown(() => look.close())
  return { look, log }
}

/** Waits for something that happens in the background. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 250 && !isSo(); tries++) await sleep(20)
}

t.test('everything that is not well is one warning', async (t) => {
  const redis = await startRedis(
    t,
    '--maxmemory-policy',
    'allkeys-lru',
    '--maxmemory',
    '100mb',
    '--appendonly',
    'no',
  )
  const { look, log } = open(t, redis.url)
  look.warn()
  await until(() => log.lines.length === 2)
  t.match(log.lines, [
    {
      level: 'warn',
      alarm: 'redis-settings',
      msg: 'Redis may lose what it is given',
      finding:
        'Redis has the maxmemory-policy allkeys-lru; set maxmemory-policy to noeviction: full memory must refuse a write, never drop a channel.',
    },
    {
      level: 'warn',
      alarm: 'redis-settings',
      finding: 'Redis keeps nothing on the disk: a restart would lose every channel; set appendonly to yes.',
    },
  ])
  t.equal(log.lines.length, 2)
  t.match(look.findings, [{ level: 'ok' }, { level: 'fail' }, { level: 'fail' }, { level: 'ok' }])
})

t.test('a Redis that is well is not warned of', async (t) => {
  const redis = await startRedis(t, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction')
  const { look, log } = open(t, redis.url)
  look.warn()
  await until(() => look.findings.length > 0)
  t.equal(look.findings.length, 4)
  t.same(log.lines, [])
})

t.test('it looks when it is asked, never waits, and not again within a minute', async (t) => {
  const redis = await startRedis(t)
  const { look, log } = open(t, redis.url)
  t.same(look.findings, [], 'the first look is under way')
  await until(() => look.findings.length > 0)
  t.match(look.findings, [{ level: 'ok' }, { level: 'ok' }, { level: 'fail' }, { level: 'ok' }])
  for (let times = 0; times < 50; times++) t.equal(look.findings.length, 4)
  await sleep(100)
  const client = new Redis(redis.url)
  t.match(await client.info('commandstats'), /cmdstat_config\|get:calls=1,/)
  t.match(await client.client('LIST'), /^[^\n]*\n$/, 'and leaves no connection behind')
  client.disconnect()
  t.same(log.lines, [], 'the log is for the start')
})

t.test(
  'a Redis that is away is found to be nothing, and nobody is warned of what is not known',
  async (t) => {
    const redis = await startRedis(t)
    await redis.kill()
    const { look, log } = open(t, redis.url)
    look.warn()
    await sleep(200)
    t.same(look.findings, [])
    t.same(log.lines, [])
  },
)

t.test('a look that is under way ends with the process', async (t) => {
  const redis = await startRedis(t)
  redis.freeze()
  const { look, log } = open(t, redis.url)
  look.warn()
  await sleep(50)
  const before = performance.now()
  await look.close()
  t.ok(performance.now() - before < 1_000)
  redis.thaw()
  look.warn()
  t.same(look.findings, [])
  t.same(log.lines, [])
})

t.test('with the embedded store there is nothing to look at', async (t) => {
  const { look, log } = open(t, undefined)
  look.warn()
  t.same(look.findings, [])
  await sleep(20)
  t.same(log.lines, [])
})
