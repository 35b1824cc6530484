import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  startGateway,
  startSandbox,
} from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { ask, keyOf, numberInForce, read, readyz, rounded, setUpUnlimited, until } from './replicas.ts'

/** It has everything when it was killed. */
const LASTING = ['--appendonly', 'yes', '--appendfsync', 'always']

interface Scene {
  readonly redis: RedisServer
  readonly wati: string
  readonly folder: string
  readonly settings: Record<string, string>
  /** A caller's token that is revoked. */
  readonly revoked: string
}

/** A gateway has served with this Redis and this folder, and is gone. */
async function startScene(
  t: Test,
  more: Record<string, string> = {},
  ...redisArgs: string[]
): Promise<Scene> {
  const wati = await startSandbox(t)
  const redis = await startRedis(t, ...redisArgs)
  const folder = folderOf(t)
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati, DATA_DIR: folder }
  const first = await startGateway(t, { ...settings, ...more })
  await setUpUnlimited(first, wati)
  const wish = { sub: 'shop', channels: ['*'], scope: 'templates:read', expiresIn: 600 }
  const { body } = await ask(first, 'POST', '/v1/tokens', wish)
  await ask(first, 'DELETE', `/v1/tokens/${String(body['jti'])}`)
  await first.stop()
  return { redis, wati, folder, settings: { ...settings, ...more }, revoked: body['token'] as string }
}

async function servesFromCopy(t: Test, gateway: GatewayProgram, { wati, revoked }: Scene): Promise<void> {
  t.equal(await numberInForce(gateway, 'sales', wati), SALES_NUMBER, 'a known alias is served at once')
  t.match(await readyz(gateway), /^200 \{"status":"degraded","directory":"blind"\}/)
  t.same(await read(gateway, 'nobody'), { status: 503, problem: 'store-unavailable' })
  t.equal((await read(gateway, 'sales', { caller: revoked })).status, 401, 'what was revoked stays so')
  const write = await ask(gateway, 'PATCH', '/v1/channels/sales', { number: SUPPORT_NUMBER })
  t.equal(write.status, 503)
  t.ok(write.tookMs < 500, `in ${rounded(write.tookMs)} ms`)
}

async function followsAgain(t: Test, gateway: GatewayProgram, wati: string): Promise<void> {
  const { tookMs } = await until(
    (body) => /"ready"/.test(body),
    () => readyz(gateway),
  )
  t.ok(tookMs < 2_000, `ready ${rounded(tookMs)} ms after Redis was there`)
  await until(
    ({ status }) => status === 200,
    () => ask(gateway, 'PATCH', '/v1/channels/sales', { number: SUPPORT_NUMBER }),
  )
  t.equal(await numberInForce(gateway, 'sales', wati), SUPPORT_NUMBER)
  t.same(await read(gateway, 'nobody'), { status: 404, problem: 'unknown-channel' })
}

for (const [what, leave, comeBack] of [
  ['is down', (redis: RedisServer) => redis.kill(), (redis: RedisServer) => redis.restart()],
  ['hangs', (redis: RedisServer) => redis.freeze(), (redis: RedisServer) => redis.thaw()],
] as const) {
  t.test(`a gateway that starts while Redis ${what} serves from its sealed copy`, async (t) => {
    const scene = await startScene(t, {}, ...LASTING)
    await leave(scene.redis)
    const gateway = await startGateway(t, scene.settings)
    await servesFromCopy(t, gateway, scene)
    t.match(await gateway.line(/"alarm":"store-away"/), /the last picture of the directory stays in force/)
    await comeBack(scene.redis)
    await followsAgain(t, gateway, scene.wati)
  })
}

t.test('without a copy it listens, is unready, and is ready within 2 s once Redis is there', async (t) => {
  const scene = await startScene(t, { DIRECTORY_COPY_MS: '0' }, ...LASTING)
  t.notOk(existsSync(join(scene.folder, 'copy')), 'none is kept where it is switched off')
  await scene.redis.kill()
  const gateway = await startGateway(t, scene.settings)
  t.equal((await fetch(`${gateway.data}/healthz`)).status, 200)
  t.match(await readyz(gateway), /^503/)
  const call = await fetch(`${gateway.data}/channels/sales/api/v1/getMessageTemplates`, {
    headers: { authorization: `Bearer ${scene.revoked}` },
  })
  t.equal(call.status, 503)
  t.ok(call.headers.get('retry-after'))
  await scene.redis.restart()
  await followsAgain(t, gateway, scene.wati)
})

t.test('a start that meets an emptied Redis says so, and the copy is written back', async (t) => {
  const { redis, settings, revoked, wati } = await startScene(t)
  await redis.kill()
  await redis.restart()
  const gateway = await startGateway(t, settings)
  t.match(await readyz(gateway), /^200 \{"status":"degraded","directory":"lost"\}/)
  t.equal((await read(gateway, 'sales')).status, 200)
  const write = await ask(gateway, 'PATCH', '/v1/channels/sales', { number: SUPPORT_NUMBER })
  t.equal(write.status, 503)
  t.match(write.body['detail'], /lost the directory/)
  t.equal((await ask(gateway, 'POST', '/v1/directory/reseed')).status, 200)
  await followsAgain(t, gateway, wati)
  t.equal((await read(gateway, 'sales', { caller: revoked })).status, 401)
})
