import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { damage } from '../helpers/damaged-journal.ts'
import { folderOf } from '../helpers/folder.ts'
import { isProblem } from '../helpers/problem.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import {
  type Bare,
  type Running,
  TENANT,
  UNLIMITED,
  WATI_TOKEN,
  startBare,
  startRunning,
} from '../helpers/running-gateway.ts'

interface Trouble {
  readonly level: string
  readonly name: string
  readonly text: string
  readonly target?: { readonly kind: string; readonly id: string }
}

const CONTACTS = '/channels/sales/api/v1/getContacts'
const ACCOUNT = '/v1/accounts/acme'
const DAY_MS = 24 * 60 * 60 * 1_000
const ACME = { kind: 'account', id: 'acme' }

async function troublesOf({ admin }: Pick<Bare, 'admin'>): Promise<Trouble[]> {
  const { status, body, text } = await admin('GET', '/v1/troubles')
  if (status !== 200) throw new Error(text)
  return body['items'] as Trouble[]
}

async function namesOf(bare: Pick<Bare, 'admin'>): Promise<string[]> {
  return (await troublesOf(bare)).map(({ name }) => name)
}

/** Asks until it is so, and gives what was answered last. */
async function until(
  bare: Pick<Bare, 'admin'>,
  isSo: (troubles: readonly Trouble[]) => boolean,
): Promise<Trouble[]> {
  let troubles: Trouble[] = []
  for (let tries = 0; tries < 250; tries++) {
    troubles = await troublesOf(bare)
    if (isSo(troubles)) return troubles
    await sleep(20)
  }
  return troubles
}

const has = (name: string) => (troubles: readonly Trouble[]) => troubles.some((one) => one.name === name)

t.test('when all is well the list is empty, and it is for admins who may read', async (t) => {
  const { admin } = await startRunning(t)
  t.same((await admin('GET', '/v1/troubles')).body, { items: [] })
  t.equal((await admin('GET', '/v1/troubles', { claims: { scope: 'admin:read' } })).status, 200)
  isProblem(t, await admin('GET', '/v1/troubles', { claims: { scope: 'admin:write' } }), 403, 'scope-missing')
  isProblem(
    t,
    await admin('GET', '/v1/troubles', { claims: { scope: 'account:read' } }),
    403,
    'scope-missing',
  )
  isProblem(t, await admin('GET', '/v1/troubles', { claims: null }), 401, 'unauthenticated')
  isProblem(t, await admin('GET', '/v1/troubles?limit=1'), 400, 'invalid-request')
})

t.test('a token that Wati rejects is a trouble until it is accepted', async (t) => {
  const running = await startRunning(t)
  const { admin, call, fault } = running
  await fault({ kind: 'unauthorized', times: 2 })
  for (let times = 0; times < 2; times++)
    isProblem(t, await call('GET', CONTACTS), 502, 'wati-credential-rejected')
  t.match(await troublesOf(running), [
    {
      level: 'error',
      name: 'token-rejected',
      target: ACME,
      text: /^Wati has rejected the token of the account acme /,
    },
  ])

  t.test('which explaining a request is not', async (t) => {
    const json = { channel: 'sales', method: 'GET', path: '/api/v1/getContacts' }
    t.equal((await admin('POST', '/v1/explain', { json })).status, 200)
    t.same(await namesOf(running), ['token-rejected'])
  })

  t.test('but the next answer is', async (t) => {
    t.equal((await call('GET', CONTACTS)).status, 200)
    t.same(await namesOf(running), [])
  })
})

t.test('a token that Wati rejected is none of the next one', async (t) => {
  const running = await startRunning(t)
  const { admin, call } = running
  const put = (token: string) => admin('PUT', `${ACCOUNT}/token?verify=false`, { json: { token } })
  await put('wati_planted.rejected')
  isProblem(t, await call('GET', CONTACTS), 502, 'wati-credential-rejected')
  t.same(await namesOf(running), ['token-rejected'])
  await put(WATI_TOKEN)
  t.same(await namesOf(running), [])
  t.notMatch(running.log.text, /planted/)
})

t.test('tokens that end, and tokens that cannot be read', async (t) => {
  const environment: Record<string, string | undefined> = { WATI_ACME: WATI_TOKEN }
  const settings = { TOKEN_FILE_CHECK_MS: '20', TOKEN_EXPIRY_WARNING_DAYS: '3' }
  const running = await startRunning(t, { settings, environment })
  const { admin, sandbox } = running
  const expiring = async (leftMs: number): Promise<Trouble[]> => {
    const expiresAt = new Date(Date.now() + leftMs).toISOString()
    await admin('PUT', `${ACCOUNT}/token`, { json: { token: WATI_TOKEN, expiresAt } })
    return await troublesOf(running)
  }
  t.same(await expiring(4 * DAY_MS), [], 'the setting says how many days before')
  t.match(await expiring(2 * DAY_MS + 60_000), [{ level: 'warning', name: 'token-expires', target: ACME }])
  t.match(await expiring(-1_000), [{ level: 'error', name: 'token-expired', target: ACME }])
  const json = { tenantId: TENANT, baseUrl: sandbox.url, tokenFrom: { env: 'WATI_ACME' } }
  await admin('PUT', ACCOUNT, { json })
  t.same(await troublesOf(running), [])
  environment['WATI_ACME'] = undefined
  t.match(await until(running, has('token-unreadable')), [
    { level: 'warning', target: ACME, text: /WATI_ACME is not set\) and the last one that was read is used/ },
  ])
  environment['WATI_ACME'] = WATI_TOKEN
  t.same(await until(running, ({ length }) => length === 0), [])
})

t.test('the calls of the month', async (t) => {
  const running = await startRunning(t)
  const { admin, sandbox } = running
  const limit = async (monthlyCalls: number | null) => {
    const json = { tenantId: TENANT, baseUrl: sandbox.url, limits: { ...UNLIMITED, monthlyCalls } }
    return (await admin('PUT', ACCOUNT, { json })).body['usage']
  }
  const month = new Date().toISOString().slice(0, 7)
  await admin('PATCH', '/v1/channels/sales', { json: { monthlyCalls: 5 } })
  await sendAndCount(running, 4)

  t.test('are told of an account, with its limit', async (t) => {
    t.same(await limit(100), { month, calls: 4, monthlyCalls: 100 })
    t.same((await admin('GET', ACCOUNT)).body['usage'], { month, calls: 4, monthlyCalls: 100 })
    const { body } = await admin('GET', '/v1/accounts')
    t.match(body['items'], [{ usage: { month, calls: 4, monthlyCalls: 100 } }], 'in the list, too')
    t.same(await limit(null), { month, calls: 4, monthlyCalls: null })
  })

  t.test('are a trouble when most of them are used', async (t) => {
    t.match(await troublesOf(running), [
      { level: 'warning', name: 'channel-quota', target: { kind: 'channel', id: 'sales' } },
    ])
    await limit(5)
    t.match(await troublesOf(running), [
      { level: 'warning', name: 'account-quota', target: ACME, text: /80 % or more of its 5 calls/ },
      { name: 'channel-quota' },
    ])
    await limit(4)
    t.match((await troublesOf(running))[0], { level: 'error', name: 'account-quota', target: ACME })
  })
})

/** Sends, and waits until each is counted. */
async function sendAndCount({ call, log }: Running, count: number): Promise<void> {
  for (let times = 0; times < count; times++) {
    const { headers } = await call('GET', CONTACTS)
    await log.lineOf(String(headers['x-request-id']))
  }
}

t.test('records that do not open are named', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startRunning(t, { settings })
  await first.gateway.close()
  await damage(first.dataDir, 'channel:support')
  const bare = await startBare(t, { ...settings, WATI_HOSTS: first.sandbox.url })
  t.match(await troublesOf(bare), [
    { level: 'error', name: 'record-unreadable', target: { kind: 'channel', id: 'support' } },
  ])
})

const SAFE = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']

async function startOn(t: Test, redis: RedisServer, settings = {}): Promise<Running> {
  return await startRunning(t, {
    settings: {
      REDIS_URL: redis.url,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      REDIS_TIMEOUT_MS: '3000',
      ...settings,
    },
  })
}

t.test('while the store is away it answers all the same, within a second', async (t) => {
  const redis = await startRedis(t, ...SAFE)
  const running = await startOn(t, redis)
  t.same(await until(running, ({ length }) => length === 0), [], 'a Redis that is well is no trouble')

  t.test('also when the store hangs', async (t) => {
    redis.freeze()
    const before = performance.now()
    const troubles = await troublesOf(running)
    const tookMs = performance.now() - before
    t.match(troubles, [{ level: 'error', name: 'store-away', text: /no answer within 0\.5 s/ }])
    t.ok(tookMs < 1_000, `${Math.round(tookMs)} ms`)
    redis.thaw()
    t.same(await until(running, ({ length }) => length === 0), [])
  })

  t.test('and says so, since when, and what it means', async (t) => {
    await redis.kill()
    const troubles = await until(running, has('directory-blind'))
    t.match(troubles, [
      { level: 'error', name: 'directory-blind', text: /cut off from the store since 20\S+Z: / },
      {
        level: 'error',
        name: 'store-away',
        text: /^The store does not answer \(Redis \(127\.0\.0\.1:\d+\): /,
      },
    ])
    await redis.restart()
    t.same(await until(running, ({ length }) => length === 0), [], 'until it is back')
  })

  t.test('also when the store has lost everything', async (t) => {
    const client = new Redis(redis.url)
    await client.flushall()
    client.disconnect()
    t.match(await until(running, has('directory-lost')), [{ level: 'error', name: 'directory-lost' }])
  })
})

t.test('a replica that was killed is a trouble until it is forgotten', async (t) => {
  const redis = await startRedis(t, ...SAFE)
  const running = await startOn(t, redis)
  const client = new Redis(redis.url)
  t.teardown(() => client.disconnect())
  const key = 'wati-gateway:{directory}:replicas'
  await until(running, ({ length }) => length === 0)
  for (let tries = 0; tries < 100 && (await client.hlen(key)) === 0; tries++) await sleep(20)
  const [announced = ''] = await client.hvals(key)
  await client.hset(key, 'killed', announced.replace(/^\d+/, String(Date.now() - 60_000)))
  t.match(await until(running, has('replica-silent')), [
    {
      level: 'warning',
      name: 'replica-silent',
      target: { kind: 'replica', id: 'killed' },
      text: /6\d s ago/,
    },
  ])
  await client.hdel(key, 'killed')
  t.same(await troublesOf(running), [])
})

t.test('a Redis that may lose channels is warned of at the start, and is a trouble', async (t) => {
  const redis = await startRedis(
    t,
    ...['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '100mb', '--appendonly', 'no'],
  )
  const running = await startOn(t, redis)
  t.match(await until(running, has('redis-settings')), [
    { level: 'error', name: 'redis-settings', text: /^Redis has the maxmemory-policy allkeys-lru; set / },
    {
      level: 'error',
      name: 'redis-settings',
      text: /^Redis keeps nothing on the disk: .*; set appendonly to yes\.$/,
    },
  ])
  const warned = running.log.lines.filter(({ alarm }) => alarm === 'redis-settings')
  t.match(warned, [
    { level: 'warn', finding: /maxmemory-policy allkeys-lru/ },
    { level: 'warn', finding: /keeps nothing on the disk/ },
  ])
  t.equal(warned.length, 2, 'once each')
})

t.test(
  'a Redis that hangs is not warned of, and holds up the start no longer than its directory does',
  async (t) => {
    const redis = await startRedis(t)
    redis.freeze()
    const before = performance.now()
    const { gateway, log } = await startBare(t, {
      REDIS_URL: redis.url,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      REDIS_TIMEOUT_MS: '2000',
    })
    const tookMs = performance.now() - before
    t.ok(tookMs < 5_000, `${Math.round(tookMs)} ms`)
    await gateway.close()
    t.same(
      log.lines.filter(({ alarm }) => alarm === 'redis-settings'),
      [],
    )
  },
)
