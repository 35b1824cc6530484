import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { startGateway } from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { Driver } from './drive.ts'
import type { Haystack } from './planted.ts'
import { filesIn, lookEverywhere } from './planted-places.ts'
import { ADMIN, CALLER, REDIS_PASSWORD, type Scene, driveAll, startScene } from './planted-scene.ts'
import { monitorRedis } from './redis-monitor.ts'
import { until } from './replicas.ts'

/** Records that somebody edits, swaps and makes up; then Redis that wants another password. */
async function tamper({ gateway, admin, data }: Scene, redis: Redis): Promise<void> {
  const { records } = REDIS_KEYS
  const account = (await redis.hget(records, 'account:acme')) ?? ''
  const channel = (await redis.hget(records, 'channel:line-acme')) ?? ''
  await redis.hset(records, {
    'account:acme': account.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    'account:filed': account,
    'channel:line-filed': channel,
    'channel:made-up': `7 k1.${Buffer.from('{"token":"x"}').toString('base64')}`,
  })
  await redis.config('SET', 'requirepass', 'another')
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await until(
    (text) => /degraded/.test(text),
    async () => JSON.stringify((await admin.ask('GET', '/readyz')).body),
  )
  await admin.ask('PATCH', '/v1/channels/line-acme', { description: 'away' })
  // The connection says why it fails, with all that its library knows of the failed command.
  await gateway.line(/"level":"debug".*(?:WRONGPASS|NOAUTH|password)/)
  await redis.config('SET', 'requirepass', REDIS_PASSWORD)
  await until(
    (text) => /ready"/.test(text),
    async () => JSON.stringify((await admin.ask('GET', '/readyz')).body),
  )
  await data.ask('GET', '/channels/line-acme/api/v1/getMessages/5521988887777')
}

/** All of Redis: each key as it is, each as DUMP gives it, and the whole as SAVE writes it. */
async function contentOf(redis: Redis): Promise<Haystack[]> {
  await redis.config('SET', 'rdbcompression', 'no')
  const found: Haystack[] = []
  for (const key of await redis.keys('*')) {
    found.push({ where: 'the names of keys', bytes: Buffer.from(key) })
    found.push({ where: `DUMP ${key}`, bytes: await redis.dumpBuffer(key) })
  }
  await redis.save()
  const [, folder = ''] = (await redis.config('GET', 'dir')) as string[]
  return [...found, ...filesIn(folder)]
}

t.test('with Redis no secret is anywhere but where it belongs, whatever happens', async (t) => {
  const server = await startRedis(t, '--requirepass', REDIS_PASSWORD)
  const redis = new Redis({ port: server.port, password: REDIS_PASSWORD })
  t.teardown(() => redis.disconnect())
  const monitor = await monitorRedis(t, server, REDIS_PASSWORD)
  const url = `redis://:${REDIS_PASSWORD}@127.0.0.1:${server.port}`
  const scene = await startScene(t, () => ({ REDIS_URL: url }))
  const seen = await driveAll(t, scene)
  await tamper(scene, redis)
  const late = await startGateway(t, { ...scene.settings, DATA_DIR: join(scene.folder, 'late') })
  scene.programs.push(late)
  await late.line(/seal-broken/)
  const second = new Driver(late.data, CALLER)
  for (const id of ['acme', 'filed', 'varied'])
    await second.ask('GET', `/channels/line-${id}/api/v1/getMessages/5521988887777`)
  t.match(second.answers[0]?.where, /503/, 'what was tampered with is not used')
  await new Driver(late.admin, ADMIN).ask('GET', '/v1/directory')
  const content = await contentOf(redis)
  t.ok(
    content.some(({ bytes }) => bytes.includes('line-renewed')),
    'the search sees the records',
  )
  await late.stop()
  await scene.gateway.stop()
  const copies = ['data', 'late'].flatMap((name) => filesIn(join(scene.folder, name, 'copy')))
  t.equal(
    copies.filter(({ bytes }) => bytes.includes('line-renewed')).length,
    2,
    'and their copies on the disk',
  )
  const commands = { where: 'what Redis was sent', bytes: Buffer.from(monitor.lines.join('\n')) }
  lookEverywhere(t, scene, [
    ...seen,
    ...second.answers,
    ...content,
    commands,
    ...copies,
    ...filesIn(scene.settings['DATA_DIR'] ?? ''),
  ])
})
