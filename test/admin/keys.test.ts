import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { isProblem } from '../helpers/problem.ts'
import { type Bare, startBare, startRunning } from '../helpers/running-gateway.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { folderOf } from '../helpers/folder.ts'

const CONTACTS = '/channels/sales/api/v1/getContacts'
const [K1, K2, K3] = ['k1', 'k2', 'k3'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [
  string,
  string,
  string,
]

t.test('the keys of the embedded store', async (t) => {
  const { admin } = await startRunning(t)
  const { status, body } = await admin('GET', '/v1/keys')
  t.equal(status, 200)
  t.match(body, { first: 'embedded', ring: ['embedded'], running: false, complete: true })
  t.strictSame(body['sealedWith'], [{ key: 'embedded', records: 3, changes: 3 }])
})

t.test('keys are exchanged by two restarts and a rotation between them', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startRunning(t, { settings: { ...settings, ENCRYPTION_KEYS: K1 } })
  await first.admin('DELETE', '/v1/channels/support')
  await first.gateway.close()
  const wati = { WATI_HOSTS: first.sandbox.url }
  const second = await startBare(t, { ...settings, ...wati, ENCRYPTION_KEYS: `${K2},${K1}` })

  t.test('after the first, everything opens, and nothing is complete', async (t) => {
    t.equal((await second.call('GET', CONTACTS)).status, 200)
    t.strictSame((await second.admin('GET', '/v1/keys')).body, {
      first: 'k2',
      ring: ['k2', 'k1'],
      running: false,
      sealedWith: [{ key: 'k1', records: 2, changes: 4 }],
      complete: false,
    })
  })

  t.test('what is written is sealed with the first key', async (t) => {
    await second.admin('PATCH', '/v1/channels/sales', { json: { weight: 2 } })
    const { body } = await second.admin('GET', '/v1/keys')
    t.same(
      new Set(body['sealedWith'] as object[]),
      new Set([
        { key: 'k1', records: 1, changes: 4 },
        { key: 'k2', records: 1, changes: 1 },
      ]),
    )
  })

  t.test('POST …/rotate is 202, and GET /v1/keys tells how far it is', async (t) => {
    const { status, body } = await second.admin('POST', '/v1/keys/rotate')
    t.equal(status, 202)
    t.match(body, { first: 'k2', ring: ['k2', 'k1'], startedAt: /Z$/, running: true })
    const done = await finished(second)
    t.match(done, { finishedAt: /Z$/, complete: true, sealedWith: [{ key: 'k2', records: 2, changes: 6 }] })
    t.notOk('error' in done)
    t.equal((await second.call('GET', CONTACTS)).status, 200)
  })

  t.test('again is no harm', async (t) => {
    t.equal((await second.admin('POST', '/v1/keys/rotate')).status, 202)
    t.match(await finished(second), { complete: true })
  })

  t.test('the audit of before is still read', async (t) => {
    const { body } = await second.admin('GET', '/v1/audit')
    const actions = (body['items'] as { action: string }[]).map(({ action }) => action)
    t.strictSame(actions, [
      ...['account.create', 'channel.create', 'channel.create', 'channel.delete', 'channel.update'],
      ...['keys.rotate', 'keys.rotate'],
    ])
  })

  t.test('after the second, the old key is gone and everything opens', async (t) => {
    await second.gateway.close()
    const third = await startBare(t, { ...settings, ...wati, ENCRYPTION_KEYS: K2 })
    t.equal((await third.call('GET', CONTACTS)).status, 200)
    t.match((await third.admin('GET', '/v1/keys')).body, { first: 'k2', ring: ['k2'], complete: true })
    t.strictSame((await third.admin('GET', '/v1/directory')).body['unreadable'], [])
    t.notMatch((await third.admin('GET', '/v1/audit')).text, /unreadable/)
  })
})

t.test('no key was ever shown or logged', async (t) => {
  const { admin, log } = await startBare(t, { ENCRYPTION_KEYS: `${K1},${K2}` })
  const seen = [await admin('POST', '/v1/keys/rotate'), await admin('GET', '/v1/keys')]
  const text = [log.text, ...seen.map((one) => one.text)].join('\n')
  for (const key of [K1, K2]) t.notMatch(text, key.split(':')[1] ?? key)
})

t.test('with a replica that seals with another key', async (t) => {
  const redis = await startRedis(t)
  const settings = { REDIS_URL: redis.url, REPLICA_FORGOTTEN_MS: '60000' }
  const old = await startBare(t, { ...settings, ENCRYPTION_KEYS: `${K1},${K3}` })
  const anew = await startBare(t, { ...settings, ENCRYPTION_KEYS: `${K3},${K1}` })

  t.test('a rotation is 409, names it, and leaves no trace', async (t) => {
    for (const { admin } of [old, anew]) {
      const seen = await admin('POST', '/v1/keys/rotate')
      isProblem(t, seen, 409, 'conflict')
      t.match(seen.body['detail'], /ENCRYPTION_KEYS/)
    }
    t.strictSame((await anew.admin('GET', '/v1/audit')).body['items'], [])
  })

  t.test('once that one is gone, it is done', async (t) => {
    await old.gateway.close()
    t.equal((await anew.admin('POST', '/v1/keys/rotate')).status, 202)
    t.match(await finished(anew), { complete: true })
  })

  t.test('while the store is away, nothing of it is known', async (t) => {
    await redis.kill()
    isProblem(t, await anew.admin('GET', '/v1/keys'), 503, 'store-unavailable')
    isProblem(t, await anew.admin('POST', '/v1/keys/rotate'), 503, 'store-unavailable')
  })
})

async function finished({ admin }: Bare): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 250; tries++) {
    const { body } = await admin('GET', '/v1/keys')
    if (body['running'] === false) return body
    await sleep(20)
  }
  throw new Error('the rotation did not end')
}
