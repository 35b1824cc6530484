import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { damage } from '../helpers/damaged-journal.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type Bare, TENANT, WATI_TOKEN, startBare, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const ACCOUNT = { tenantId: TENANT, baseUrl: 'https://live-mt-server.wati.io', token: WATI_TOKEN }
const SALES = { account: 'acme', number: '85264318722' }
const REPLICAS = 'wati-gateway:{directory}:replicas'
const APPLIED = 'wati-gateway-applied'

/** Every write that can wait, on a directory with the account `acme` and the channel `sales`. */
const WRITES: readonly (readonly [method: string, path: string, json?: object])[] = [
  ['PUT', 'accounts/other', ACCOUNT],
  ['PUT', 'accounts/other', { ...ACCOUNT, plan: 'pro' }],
  ['PUT', 'accounts/acme/token', { token: 'wati_another-token' }],
  ['DELETE', 'accounts/other'],
  ['PUT', 'channels/support', SALES],
  ['PATCH', 'channels/support', { weight: 2 }],
  ['DELETE', 'channels/support'],
  ['POST', 'tokens', { sub: 'shop', channels: ['sales'], scope: 'messages:send', expiresIn: 60 }],
  ['DELETE', 'tokens/foreign'],
]

type Environment = Readonly<Record<string, string>>

async function startTwo(t: Test, settings: Environment = {}): Promise<[Bare, Bare, RedisServer]> {
  const redis = await startRedis(t)
  const shared = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    // Two gateways that start in one process keep each other waiting.
    REDIS_TIMEOUT_MS: '3000',
    ...settings,
  }
  const one = await startBare(t, shared)
  const two = await startBare(t, shared)
  for (const replica of [one, two]) await untilState(replica, 'current')
  await one.admin('PUT', '/v1/accounts/acme', { json: ACCOUNT })
  await one.admin('PUT', '/v1/channels/sales?wait=all', { json: SALES })
  return [one, two, redis]
}

function write({ admin }: Bare, [method, path, json]: (typeof WRITES)[number], query: string): Promise<Seen> {
  const verify = path.endsWith('/token') ? '&verify=false' : ''
  return admin(method, `/v1/${path}?${query}${verify}`, json && { json })
}

t.test('two replicas on one Redis', async (t) => {
  const [one, two, redis] = await startTwo(t, { REPLICAS_WAIT_MS: '300' })

  t.test('are listed, each with the revision that is in force there', async (t) => {
    for (const { admin } of [one, two]) {
      const { status, body } = await admin('GET', '/v1/replicas')
      t.equal(status, 200)
      t.equal(body['head'], 2)
      t.match(body['items'], [
        { id: /^[0-9a-f-]{36}$/, revision: 2, appliedAt: /Z$/, seenAt: /Z$/, address: /:\d+$/ },
        { id: /^[0-9a-f-]{36}$/, revision: 2, appliedAt: /Z$/, seenAt: /Z$/, address: /:\d+$/ },
      ])
      const [first] = body['items'] as object[]
      t.strictSame(Object.keys(first ?? {}).sort(), ['address', 'appliedAt', 'id', 'revision', 'seenAt'])
    }
  })

  for (const asked of WRITES) {
    t.test(`${asked[0]} ${asked[1]} with ?wait=all is in force on both when it is answered`, async (t) => {
      const seen = await write(one, asked, 'wait=all')
      t.match(String(seen.status), /^20[014]$/)
      t.equal(seen.headers[APPLIED], 'all')
      const [here, there] = await Promise.all([one, two].map(({ admin }) => admin('GET', '/v1/directory')))
      t.equal(there?.body['revision'], here?.body['revision'])
    })
  }

  t.test('a write that does not wait says nothing of the others', async (t) => {
    const seen = await one.admin('PATCH', '/v1/channels/sales', { json: { weight: 3 } })
    t.notOk(APPLIED in seen.headers)
  })

  t.test('of writers on both that decided on the same revision, exactly one wins', async (t) => {
    await one.admin('PATCH', '/v1/channels/sales?wait=all', { json: { weight: 4 } })
    const { headers } = await two.admin('GET', '/v1/channels/sales')
    const guarded = { headers: { 'if-match': headers.etag }, json: { weight: 5 } }
    const race = [one, two, one, two].map(({ admin }) => admin('PATCH', '/v1/channels/sales', guarded))
    const statuses = (await Promise.all(race)).map(({ status }) => status)
    t.strictSame(statuses.sort(), [200, 412, 412, 412])
  })

  t.test('a replica that lags does not undo the change: the header counts', async (t) => {
    await addLaggard(redis)
    const before = Date.now()
    const seen = await one.admin('PATCH', '/v1/channels/sales?wait=all', { json: { weight: 6 } })
    t.equal(seen.status, 200)
    t.equal(seen.headers[APPLIED], '2 of 3')
    t.ok(Date.now() - before >= 300, 'it waited as long as the setting says')
    t.equal((await two.admin('GET', '/v1/channels/sales')).body['weight'], 6)
  })
})

t.test('a store that goes away while a write waits does not undo the write', async (t) => {
  const [one, , redis] = await startTwo(t, { REPLICAS_WAIT_MS: '1500' })
  await addLaggard(redis)
  const pending = one.admin('PATCH', '/v1/channels/sales?wait=all', { json: { weight: 7 } })
  const written = async (): Promise<boolean> =>
    (await one.admin('GET', '/v1/channels/sales')).body['weight'] === 7
  for (let tries = 0; tries < 50 && !(await written()); tries++) await sleep(10)
  await redis.kill()
  const seen = await pending
  t.equal(seen.status, 200)
  t.match(seen.headers[APPLIED], /^(?:[12] of 3|unknown)$/)
  t.equal(seen.body['weight'], 7)
})

t.test('while the store is away', async (t) => {
  const [one, , redis] = await startTwo(t)
  await redis.kill()
  await untilState(one, 'blind')

  t.test('the directory says so, and what is in force', async (t) => {
    const { body } = await one.admin('GET', '/v1/directory')
    t.strictSame(body, { state: 'blind', revision: 2, accounts: 1, channels: 1, tokens: 0, unreadable: [] })
  })

  t.test('what is known is read all the same', async (t) => {
    t.equal((await one.admin('GET', '/v1/channels/sales')).status, 200)
    t.equal((await one.admin('GET', '/v1/accounts')).status, 200)
  })

  for (const asked of WRITES) {
    t.test(`${asked[0]} ${asked[1]} is 503 and changes nothing`, async (t) => {
      const seen = await write(one, asked, 'wait=all')
      isProblem(t, seen, 503, 'store-unavailable')
      t.match(seen.headers['retry-after'], /^\d+$/)
      t.equal((await one.admin('GET', '/v1/directory')).body['revision'], 2)
    })
  }

  t.test('what cannot be known is 503, not 404 and not an empty list', async (t) => {
    for (const path of ['channels/none', 'accounts/none', 'replicas', 'audit', 'keys']) {
      isProblem(t, await one.admin('GET', `/v1/${path}`), 503, 'store-unavailable')
    }
  })
})

t.test('a store that was emptied', async (t) => {
  const [one, two, redis] = await startTwo(t)
  isProblem(t, await one.admin('POST', '/v1/directory/reseed'), 409, 'conflict')
  const client = new Redis(redis.url)
  await client.flushall()
  client.disconnect()
  for (const replica of [one, two]) await untilState(replica, 'lost')

  t.test('takes no change, and the refusal says what to do', async (t) => {
    const seen = await one.admin('PATCH', '/v1/channels/sales', { json: { weight: 9 } })
    isProblem(t, seen, 503, 'store-unavailable')
    t.match(seen.body['detail'], /POST \/v1\/directory\/reseed/)
  })

  t.test('is written back, which the audit tells', async (t) => {
    const claims = { sub: 'ana', scope: 'admin:read admin:write' }
    const seen = await one.admin('POST', '/v1/directory/reseed', { claims })
    t.equal(seen.status, 200)
    t.match(seen.body, { records: 2 })
    for (const replica of [one, two]) {
      await untilState(replica, 'current')
      t.equal((await replica.admin('GET', '/v1/channels/sales')).status, 200)
    }
    const { body } = await one.admin('GET', '/v1/audit?action=directory.reseed&kind=directory')
    t.match(body['items'], [{ actor: { sub: 'ana' }, changes: [{ field: 'records', to: 2 }] }])
    t.equal((await two.admin('PATCH', '/v1/channels/sales', { json: { weight: 9 } })).status, 200)
    isProblem(t, await one.admin('POST', '/v1/directory/reseed'), 409, 'conflict')
  })
})

t.test('the embedded store has one replica: this one', async (t) => {
  const { admin } = await startRunning(t)
  const { body } = await admin('GET', '/v1/replicas')
  t.equal((body['items'] as unknown[]).length, 1)
  t.match(body, { head: 3, items: [{ revision: 3 }] })
  const seen = await admin('DELETE', '/v1/channels/sales?wait=all')
  t.equal(seen.headers[APPLIED], 'all')
  isProblem(t, await admin('POST', '/v1/directory/reseed'), 409, 'conflict')
})

t.test('records whose seal does not hold', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startRunning(t, { settings })
  const other = { tenantId: TENANT, baseUrl: first.sandbox.url, token: WATI_TOKEN }
  await first.admin('PUT', '/v1/accounts/other', { json: other })
  await first.gateway.close()
  await damage(first.dataDir, 'channel:support')
  await damage(first.dataDir, 'account:other')
  const { admin } = await startBare(t, { ...settings, WATI_HOSTS: first.sandbox.url })

  t.test('are named by the directory and counted by the metrics', async (t) => {
    const { body } = await admin('GET', '/v1/directory')
    t.match(body, { state: 'current', accounts: 1, channels: 1 })
    t.strictSame([...(body['unreadable'] as string[])].sort(), ['account:other', 'channel:support'])
    const { text } = await admin('GET', '/metrics', { claims: null })
    t.match(text, /^wati_gateway_unreadable_records 2$/m)
  })

  t.test('are 503, not 404: they exist', async (t) => {
    for (const [method, path] of [
      ['GET', 'channels/support'],
      ['PATCH', 'channels/support'],
      ['DELETE', 'channels/support'],
      ['GET', 'accounts/other'],
      ['DELETE', 'accounts/other'],
    ] as const) {
      const seen = await admin(method, `/v1/${path}`, method === 'PATCH' ? { json: { weight: 1 } } : {})
      isProblem(t, seen, 503, 'store-unavailable')
      t.match(seen.body['detail'], /seal does not hold/)
    }
    isProblem(t, await admin('GET', '/v1/channels/none'), 404, 'not-found')
  })

  t.test('are made good by writing them anew', async (t) => {
    t.equal((await admin('PUT', '/v1/channels/support', { json: SALES })).status, 201)
    t.equal((await admin('GET', '/v1/channels/support')).status, 200)
    t.equal((await admin('PUT', '/v1/accounts/other', { json: other })).status, 201)
    t.strictSame((await admin('GET', '/v1/directory')).body['unreadable'], [])
  })
})

async function untilState({ admin }: Bare, state: string): Promise<void> {
  let seen: unknown
  for (let tries = 0; tries < 250; tries++) {
    seen = (await admin('GET', '/v1/directory')).body['state']
    if (seen === state) return
    await sleep(20)
  }
  throw new Error(`the directory is ${String(seen)}, not ${state}`)
}

/** A replica that announced itself and does not move: as one would that hangs. */
async function addLaggard({ url }: RedisServer): Promise<void> {
  const client = new Redis(url)
  const [announced = ''] = Object.values(await client.hgetall(REPLICAS))
  const [seenAt = '', ...rest] = announced.split(' ')
  const laggard = { ...(JSON.parse(rest.join(' ')) as object), revision: 0 }
  await client.hset(REPLICAS, 'laggard', `${seenAt} ${JSON.stringify(laggard)}`)
  client.disconnect()
}
