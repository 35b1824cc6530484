import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Seen } from './helpers/http-client.ts'
import { isProblem } from './helpers/problem.ts'
import { startRedis } from './helpers/redis-server.ts'
import { startBare } from './helpers/running-gateway.ts'

t.test('health', async (t) => {
  const { gateway, call, admin } = await startBare(t)
  const planes = { 'the data plane': call, 'the control plane': admin }

  for (const [plane, ask] of Object.entries(planes)) {
    t.test(`${plane} says without a token that it lives and can serve`, async (t) => {
      for (const path of ['/healthz', '/readyz']) {
        const { status, body } = await ask('GET', path, { claims: null })
        t.equal(status, 200, path)
        t.match(body, { status: /^(?:alive|ready)$/ })
      }
    })
    t.test(`${plane} does not mind a token that is none`, async (t) => {
      const headers = { authorization: 'Bearer x' }
      t.equal((await ask('GET', '/healthz', { claims: null, headers })).status, 200)
    })
    t.test(`${plane} has a request id on its health, too`, async (t) => {
      const headers = { 'x-request-id': 'probe' }
      t.equal((await ask('GET', '/readyz', { claims: null, headers })).headers['x-request-id'], 'probe')
    })
  }

  t.test('once it drains, it is alive but not ready, and still serves', async (t) => {
    gateway.drain()
    for (const ask of Object.values(planes)) {
      const seen = await ask('GET', '/readyz', { claims: null })
      isProblem(t, seen, 503, 'shutting-down')
      t.match(seen.headers['retry-after'], /^[0-9]+$/)
      t.equal((await ask('GET', '/healthz', { claims: null })).status, 200)
    }
    isProblem(t, await call('GET', '/channels/sales/api/v1/getContacts'), 404, 'unknown-channel')
    t.equal((await admin('GET', '/v1/accounts')).status, 200)
  })
})

t.test('while the store is away the gateway is ready, and says that it is degraded', async (t) => {
  const redis = await startRedis(t)
  const { call, admin } = await startBare(t, {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  })
  const until = async (status: string): Promise<Seen> => {
    for (let tries = 0; tries < 250; tries++) {
      const seen = await call('GET', '/readyz', { claims: null })
      if (seen.body['status'] === status) return seen
      await sleep(20)
    }
    throw new Error(`it never said ${status}`)
  }
  t.strictSame((await until('ready')).body, { status: 'ready' })
  await redis.kill()
  const seen = await until('degraded')
  t.equal(seen.status, 200)
  t.strictSame(seen.body, { status: 'degraded', directory: 'blind' })
  t.strictSame((await admin('GET', '/readyz', { claims: null })).body, seen.body)
  await redis.restart()
  // The server has come back empty, and nothing was lost: there was nothing yet.
  t.strictSame((await until('ready')).body, { status: 'ready' })
})
