import t, { type Test } from 'tap'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type GatewayProgram, askAdmin, setUp, startGateway, startSandbox, token } from './processes.ts'

const KEY = `k1:${Buffer.alloc(32, 9).toString('base64')}`
const caller = token({ sub: 'shop', channels: ['*'], scope: 'messages:read' })

async function read(gateway: GatewayProgram, alias: string): Promise<{ status: number; type: string }> {
  const answer = await fetch(`${gateway.data}/channels/${alias}/api/v1/getMessages/5521988887777`, {
    headers: { authorization: `Bearer ${caller}` },
  })
  const { type = '' } = (await answer.json()) as { type?: string }
  return { status: answer.status, type: type.replace('urn:wati-gateway:problem:', '') }
}

/** Asks `readyz` until its body says so, for at most 5 s. */
async function untilReadyz(gateway: GatewayProgram, wanted: RegExp): Promise<string> {
  const until = Date.now() + 5_000
  for (;;) {
    const answer = await fetch(`${gateway.data}/readyz`)
    const body = `${answer.status} ${await answer.text()}`
    if (wanted.test(body) || Date.now() > until) return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function serveWithoutStore(
  t: Test,
  { gateway, redis }: { gateway: GatewayProgram; redis: RedisServer },
  leave: () => unknown,
  comeBack: () => unknown,
): Promise<void> {
  await leave()
  t.match(await untilReadyz(gateway, /degraded/), /^200 .*degraded/, 'readyz stays 200 and says degraded')
  t.same(await read(gateway, 'sales'), { status: 200, type: '' }, 'a known alias is served')
  t.same(
    await read(gateway, 'nobody'),
    { status: 503, type: 'store-unavailable' },
    'an unknown alias is 503, never 404',
  )
  const startedAt = Date.now()
  const write = await askAdmin(gateway, 'PUT', '/v1/channels/new', {
    account: 'acme',
    number: '5511999990001',
  })
  t.equal(write.status, 503, 'a change is refused')
  t.ok(Date.now() - startedAt < 1_000, 'and soon')
  await comeBack()
  t.match(
    await untilReadyz(gateway, /"ready"/),
    /^200 \{"status":"ready"\}/,
    'when the store is back, so is the gateway',
  )
  t.same(await read(gateway, 'nobody'), { status: 404, type: 'unknown-channel' })
  const again = await askAdmin(gateway, 'PUT', '/v1/channels/new', {
    account: 'acme',
    number: '5511999990001',
  })
  t.equal(again.status, 201)
  t.same(await read(gateway, 'new'), { status: 200, type: '' })
  t.ok(redis.pid() > 0)
}

t.test('a request for a known alias never fails because Redis is away', async (t) => {
  const wati = await startSandbox(t)
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: KEY, WATI_HOSTS: wati }
  const gateway = await startGateway(t, settings)
  await setUp(gateway, wati)

  await t.test('killed and started again', async (t) => {
    await serveWithoutStore(t, { gateway, redis }, redis.kill, redis.restart)
    await askAdmin(gateway, 'DELETE', '/v1/channels/new')
  })

  await t.test('frozen and thawed', async (t) => {
    await serveWithoutStore(t, { gateway, redis }, redis.freeze, redis.thaw)
    await askAdmin(gateway, 'DELETE', '/v1/channels/new')
  })
})

t.test(
  'a gateway that starts while Redis is away listens, and is ready soon after Redis is there',
  async (t) => {
    const wati = await startSandbox(t)
    const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
    const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: KEY, WATI_HOSTS: wati }
    const first = await startGateway(t, settings)
    await setUp(first, wati)
    await first.stop()
    await redis.kill()

    const gateway = await startGateway(t, settings)
    t.equal((await fetch(`${gateway.data}/healthz`)).status, 200)
    t.match(await untilReadyz(gateway, /store-unavailable/), /^503 .*store-unavailable/)
    const refused = await fetch(`${gateway.data}/channels/sales/api/v1/getMessages/1`, {
      headers: { authorization: `Bearer ${caller}` },
    })
    t.equal(refused.status, 503)
    t.ok(refused.headers.get('retry-after'))
    await redis.restart()
    const startedAt = Date.now()
    t.match(await untilReadyz(gateway, /"ready"/), /^200/)
    t.ok(Date.now() - startedAt < 2_000, 'within 2 s')
    t.same(await read(gateway, 'sales'), { status: 200, type: '' })
  },
)

t.test('a store that comes back empty does not empty the directory', async (t) => {
  const wati = await startSandbox(t)
  const redis = await startRedis(t)
  const gateway = await startGateway(t, { REDIS_URL: redis.url, ENCRYPTION_KEYS: KEY, WATI_HOSTS: wati })
  await setUp(gateway, wati)
  await redis.kill()
  await redis.restart()
  t.match(await untilReadyz(gateway, /lost/), /^200 .*degraded.*lost/)
  t.same(await read(gateway, 'sales'), { status: 200, type: '' })
  const write = await askAdmin(gateway, 'PUT', '/v1/channels/new', {
    account: 'acme',
    number: '5511999990001',
  })
  t.equal(write.status, 503)
  t.match(write.body, { detail: /lost the directory/ })
  t.match(await gateway.line(/"state":"lost"/), /"alarm":"store-away"/)
})
