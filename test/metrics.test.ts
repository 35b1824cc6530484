import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { isProblem } from './helpers/problem.ts'
import { type Bare, TENANT, WATI_TOKEN, startBare, startRunning } from './helpers/running-gateway.ts'
import { startRedis } from './helpers/redis-server.ts'

type Samples = Readonly<Record<string, number>>

t.test('metrics', async (t) => {
  const running = await startRunning(t)
  const { admin, call, sandbox } = running

  t.test('are read on the control plane, without a token, in the text format of Prometheus', async (t) => {
    const { status, headers, text } = await admin('GET', '/metrics', { claims: null })
    t.equal(status, 200)
    t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
    for (const line of text.trimEnd().split('\n')) {
      t.match(line, /^(?:# (?:HELP|TYPE) wati_gateway_[a-z_]+ \S.*|wati_gateway_[a-z_]+(?:\{[^}]*\})? \S+|)$/)
    }
    t.ok(text.endsWith('\n'))
  })

  t.test('are not on the data plane', async (t) => {
    isProblem(t, await call('GET', '/metrics'), 404, 'unknown-operation')
  })

  t.test('tell how many channels there are, and at which revision', async (t) => {
    const before = await samples(running)
    t.equal(before['wati_gateway_directory_channels'], 2)
    t.equal(before['wati_gateway_directory_revision'], 3)
    t.equal(before['wati_gateway_unreadable_records'], 0)
    await admin('DELETE', '/v1/channels/support')
    const after = await samples(running)
    t.equal(after['wati_gateway_directory_channels'], 1)
    t.equal(after['wati_gateway_directory_revision'], 4)
  })

  t.test('tell the state of the directory: one of four', async (t) => {
    t.strictSame(await states(running), { 'not-loaded': 0, current: 1, blind: 0, lost: 0 })
  })

  t.test('tell when a token ends, for as long as that is known', async (t) => {
    const name = 'wati_gateway_account_token_expiry_timestamp_seconds{account="acme"}'
    t.notOk(name in (await samples(running)))
    const json = { token: WATI_TOKEN, expiresAt: '2030-01-31T12:00:00Z' }
    await admin('PUT', '/v1/accounts/acme/token', { json })
    t.equal((await samples(running))[name], Date.parse(json.expiresAt) / 1_000)
    const account = { tenantId: TENANT, baseUrl: sandbox.url, token: 'wati_another-token' }
    await admin('PUT', '/v1/accounts/acme', { json: account })
    t.notOk(name in (await samples(running)))
  })

  t.test('hold no token and no number', async (t) => {
    const { text } = await admin('GET', '/metrics', { claims: null })
    t.notMatch(text, /85264318722|wati_another/)
    t.notMatch(text, WATI_TOKEN)
  })
})

t.test('metrics of a gateway whose store goes away tell so', async (t) => {
  const redis = await startRedis(t)
  const bare = await startBare(t, {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  })
  await until(bare, 'current')
  await redis.kill()
  await until(bare, 'blind')
  t.strictSame(await states(bare), { 'not-loaded': 0, current: 0, blind: 1, lost: 0 })
})

async function until(bare: Bare, state: string): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    if ((await states(bare))[state] === 1) return
    await sleep(20)
  }
  throw new Error(`the directory is not ${state}`)
}

async function states(bare: Pick<Bare, 'admin'>): Promise<Samples> {
  const found = Object.entries(await samples(bare)).flatMap(([name, value]) => {
    const state = /^wati_gateway_directory_state\{state="([a-z-]+)"\}$/.exec(name)?.[1]
    return state === undefined ? [] : [[state, value] as const]
  })
  return Object.fromEntries(found)
}

async function samples({ admin }: Pick<Bare, 'admin'>): Promise<Samples> {
  const { text } = await admin('GET', '/metrics', { claims: null })
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}
