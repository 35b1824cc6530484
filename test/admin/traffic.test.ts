import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { folderOf } from '../helpers/folder.ts'
import { isProblem } from '../helpers/problem.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { type Bare, callerToken, startBare, startRunning } from '../helpers/running-gateway.ts'

type Item = Readonly<{ at: string; accepted: number; refused: number; unknown: number; not_sent: number }>

const READ = '/channels/sales/api/v1/getMessageTemplates'
const KEYS = `k:${Buffer.alloc(32, 1).toString('base64')}`

const itemsIn = ({ body }: Seen): Item[] => body['items'] as Item[]

function sumOf(seen: Seen): Omit<Item, 'at'> {
  const sum = { accepted: 0, refused: 0, unknown: 0, not_sent: 0 }
  for (const item of itemsIn(seen))
    for (const outcome of ['accepted', 'refused', 'unknown', 'not_sent'] as const)
      sum[outcome] += item[outcome]
  return sum
}

/** While Redis comes back a replica is still blind for a moment. */
async function untilServed({ admin }: Pick<Bare, 'admin'>, path: string): Promise<Seen> {
  let seen = await admin('GET', path)
  for (let tries = 0; seen.status === 503 && tries < 50; tries++) seen = await admin('GET', path)
  return seen
}

t.test('the traffic', async (t) => {
  const { admin, call, fault, gateway, log } = await startRunning(t)
  const callAndCount = async (path = READ): Promise<void> => {
    const { headers } = await call('GET', path)
    // When its line is there, it was counted.
    await log.lineOf(String(headers['x-request-id']))
  }

  t.test('is that of the calls, by what became of them, up to now', async (t) => {
    await callAndCount()
    await callAndCount()
    for (const status of [400, 503]) {
      await fault({ kind: 'status', status, times: 1 })
      await callAndCount()
    }
    await admin('PATCH', '/v1/channels/support', {
      json: { enabled: false },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    await callAndCount(READ.replace('sales', 'support'))
    await callAndCount(READ.replace('sales', 'nobody'))
    for (const span of ['hour', 'day']) {
      const seen = await admin('GET', `/v1/traffic?span=${span}`)
      t.same(sumOf(seen), { accepted: 2, refused: 1, unknown: 1, not_sent: 1 })
      const { at: _at, ...latest } = itemsIn(seen).at(-1) ?? { at: '' }
      // A step may have ended since the first call.
      t.ok(Object.values(latest).reduce((sum, count) => sum + count, 0) <= 5)
    }
  })

  for (const [span, stepSeconds, steps] of [
    ['hour', 60, 60],
    ['day', 900, 96],
  ] as const) {
    t.test(
      `of ${span === 'hour' ? 'an hour' : 'a day'} has every step, aligned, the running one last`,
      async (t) => {
        const before = Date.now()
        const seen = await admin('GET', `/v1/traffic?span=${span}`)
        t.equal(seen.status, 200)
        t.match(seen.body, { span, stepSeconds })
        const times = itemsIn(seen).map(({ at }) => Date.parse(at))
        t.equal(times.length, steps)
        const last = times.at(-1) ?? 0
        t.ok(last <= Date.now() && last + stepSeconds * 1_000 > before)
        t.equal(last % (stepSeconds * 1_000), 0)
        t.same(
          times,
          times.map((_, at) => last - (steps - 1 - at) * stepSeconds * 1_000),
        )
        t.match(itemsIn(seen)[0]?.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/)
        t.same(Object.keys(itemsIn(seen)[0] ?? {}), ['at', 'accepted', 'refused', 'unknown', 'not_sent'])
      },
    )
  }

  t.test('is of the last hour when nothing is said', async (t) => {
    t.equal((await admin('GET', '/v1/traffic')).body['span'], 'hour')
  })

  for (const query of ['span=', 'span=week', 'span=HOUR', 'span=hour&span=day', 'channel=sales', 'limit=1']) {
    t.test(`refuses ?${query}`, async (t) => {
      isProblem(t, await admin('GET', `/v1/traffic?${query}`), 400, 'invalid-request')
    })
  }

  t.test('is for admins who may read', async (t) => {
    const headers = { authorization: `Bearer ${callerToken({ channels: ['*'] })}` }
    isProblem(t, await admin('GET', '/v1/traffic', { claims: null, headers }), 403, 'scope-missing')
    isProblem(
      t,
      await admin('GET', '/v1/traffic', { claims: { scope: 'admin:write' } }),
      403,
      'scope-missing',
    )
    t.equal((await admin('GET', '/v1/traffic', { claims: { scope: 'admin:read' } })).status, 200)
  })

  t.test('is described by the OpenAPI document', async (t) => {
    const document = (await (await fetch(`${gateway.adminUrl}/openapi.json`)).json()) as {
      paths: Record<string, { get: { parameters: { name: string }[] } }>
    }
    t.same(
      document.paths['/v1/traffic']?.get.parameters.map(({ name }) => name),
      ['span'],
    )
  })
})

t.test('of two replicas the traffic is the sum, and each says so', async (t) => {
  const redis = await startRedis(t)
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: KEYS, REDIS_TIMEOUT_MS: '2000' }
  const one = await startRunning(t, { settings })
  const other = await startBare(t, { ...settings, WATI_HOSTS: one.sandbox.url })
  for (let n = 0; n < 3; n++) await one.call('GET', READ)
  let fromOther = 0
  for (; fromOther < 4;) if ((await other.call('GET', READ)).status === 200) fromOther += 1
  // Asking has it write what it counted.
  await untilServed(one, '/v1/traffic')
  t.equal(sumOf(await untilServed(other, '/v1/traffic')).accepted, 7)
  t.equal(sumOf(await untilServed(one, '/v1/traffic?span=day')).accepted, 7)
})

t.test('while Redis is away the traffic is 503, and what is counted meanwhile is not lost', async (t) => {
  const redis = await startRedis(t, '--appendonly', 'yes')
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: KEYS, REDIS_TIMEOUT_MS: '2000' }
  const running = await startRunning(t, { settings })
  await running.call('GET', READ)
  t.equal(sumOf(await running.admin('GET', '/v1/traffic')).accepted, 1)
  await redis.kill()
  for (let n = 0; n < 5; n++) t.equal((await running.call('GET', READ)).status, 200)
  const away = await running.admin('GET', '/v1/traffic')
  isProblem(t, away, 503, 'store-unavailable')
  t.match(away.body['detail'], /^The store is away/)
  await redis.restart()
  t.equal(sumOf(await untilServed(running, '/v1/traffic')).accepted, 6)
})

t.test('with the embedded store the traffic is still there after a new start', async (t) => {
  const dataDir = folderOf(t)
  const running = await startRunning(t, { settings: { DATA_DIR: dataDir } })
  for (let n = 0; n < 3; n++) await running.call('GET', READ)
  await running.gateway.close()
  const again = await startBare(t, { DATA_DIR: dataDir })
  t.equal(sumOf(await again.admin('GET', '/v1/traffic?span=day')).accepted, 3)
})
