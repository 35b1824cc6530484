import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import {
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  adminToken,
  startGateway,
  startProgram,
  startSandbox,
} from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'
import {
  type Load,
  ask,
  keyOf,
  numberInForce,
  read,
  readyz,
  rounded,
  startReads,
  until,
  setUpUnlimited,
} from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

const CHANNELS = 300

interface Scene {
  readonly a: GatewayProgram
  readonly b: GatewayProgram
  readonly settings: Record<string, string>
  readonly redis: Redis
  readonly wati: string
  /** Two tokens of callers; the second one is revoked. */
  readonly good: string
  readonly revoked: string
  readonly reads: readonly Load[]
}

async function startScene(t: Test): Promise<Scene> {
  const wati = await startSandbox(t)
  const server = await startRedis(t)
  const redis = new Redis(server.port)
  t.teardown(() => redis.disconnect())
  const settings = { REDIS_URL: server.url, ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati }
  const folder = folderOf(t)
  const [a, b] = await Promise.all([
    startGateway(t, { ...settings, DATA_DIR: join(folder, 'a') }),
    startGateway(t, { ...settings, DATA_DIR: join(folder, 'b') }),
  ])
  await setUpUnlimited(a, wati)
  for (let i = 0; i < CHANNELS; i++) {
    await ask(a, 'PUT', `/v1/channels/line-${i}`, {
      account: 'acme',
      number: SALES_NUMBER,
      description: `no. ${i}`,
    })
  }
  const [good, revoked] = await Promise.all([issueToken(a), issueToken(a)])
  await ask(a, 'DELETE', `/v1/tokens/${jtiOf(revoked)}?wait=all`)
  const known = ['sales', 'support', 'line-0', `line-${CHANNELS - 1}`]
  const reads = [startReads(t, a, known), startReads(t, b, known)]
  return { a, b, settings, redis, wati, good, revoked, reads }
}

async function issueToken(gateway: GatewayProgram): Promise<string> {
  const body = { sub: 'shop', channels: ['*'], scope: 'templates:read', expiresIn: 600 }
  return (await ask(gateway, 'POST', '/v1/tokens', body)).body['token'] as string
}

function jtiOf(caller: string): string {
  const claims = Buffer.from(caller.split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(claims) as { jti: string }).jti
}

/** All records as the API shows them. */
async function recordsOf(gateway: GatewayProgram): Promise<Record<string, unknown>> {
  const lists = ['accounts', 'channels', 'tokens'].map(async (kind) => {
    const { body } = await ask(gateway, 'GET', `/v1/${kind}?limit=1000`)
    // What is counted beside a record is no part of it, and goes on under load.
    const records = (body['items'] as object[]).map((item) => ({ ...item, usage: undefined }))
    return [kind, records] as const
  })
  return Object.fromEntries(await Promise.all(lists))
}

const revisionOf = async (gateway: GatewayProgram): Promise<number> =>
  (await ask(gateway, 'GET', '/v1/directory')).body['revision'] as number

async function flushAndLookAt(t: Test, { a, b, redis, good, revoked }: Scene): Promise<void> {
  await redis.flushall()
  for (const gateway of [a, b]) {
    const { value, tookMs } = await until(
      (body) => /lost/.test(body),
      () => readyz(gateway),
    )
    t.match(value, /^200 \{"status":"degraded","directory":"lost"\}/)
    t.comment(`lost after ${rounded(tookMs)} ms`)
    const write = await ask(gateway, 'PUT', '/v1/channels/new', { account: 'acme', number: SALES_NUMBER })
    t.equal(write.status, 503, 'a change is refused')
    t.match(write.body['detail'], /wati-gateway apply \(or POST \/v1\/directory\/reseed\) writes it back/)
    t.match(await gateway.line(/"state":"lost"/), /"alarm":"store-away"/)
    t.equal((await read(gateway, 'sales', { caller: good })).status, 200)
    t.equal((await read(gateway, 'sales', { caller: revoked })).status, 401, 'what was revoked stays so')
    t.same(await read(gateway, 'nobody'), { status: 503, problem: 'store-unavailable' })
  }
}

/** Everything is there again at both, and the road goes on. */
async function lookAtNewLife(
  t: Test,
  scene: Scene,
  before: { records: object; revision: number },
): Promise<void> {
  const { a, b, wati, good, revoked } = scene
  for (const gateway of [a, b]) {
    const { tookMs } = await until(
      (body) => /"ready"/.test(body),
      () => readyz(gateway),
      2_000,
    )
    t.comment(`followed the new life after ${rounded(tookMs)} ms`)
    t.same(await recordsOf(gateway), before.records, 'all records are there, each with its revision')
    t.equal((await read(gateway, 'sales', { caller: good })).status, 200)
    t.equal((await read(gateway, 'sales', { caller: revoked })).status, 401)
    t.same(await read(gateway, 'nobody'), { status: 404, problem: 'unknown-channel' })
  }
  const write = await ask(b, 'PATCH', '/v1/channels/sales?wait=all', { number: SUPPORT_NUMBER })
  t.equal(write.status, 200)
  t.equal(write.headers.get('wati-gateway-applied'), 'all')
  t.ok((write.body['revision'] as number) > before.revision, 'revisions go on')
  t.equal(await numberInForce(a, 'sales', wati), SUPPORT_NUMBER)
  await ask(b, 'PATCH', '/v1/channels/sales?wait=all', { number: SALES_NUMBER })
}

t.test('FLUSHALL under load empties no directory, and the last picture is written back', async (t) => {
  const scene = await startScene(t)
  const { a, b, settings, reads } = scene

  await t.test('by POST /v1/directory/reseed', async (t) => {
    const none = await ask(a, 'POST', '/v1/directory/reseed')
    t.equal(none.status, 409, 'while nothing is lost there is nothing to write back')
    const before = { records: await recordsOf(a), revision: await revisionOf(a) }
    await flushAndLookAt(t, scene)
    const reseeded = await ask(a, 'POST', '/v1/directory/reseed')
    t.equal(reseeded.status, 200)
    t.match(reseeded.body, { records: CHANNELS + 5, revision: Number })
    await lookAtNewLife(t, scene, before)
    const { body } = await ask(b, 'GET', '/v1/audit?action=directory.reseed')
    t.match(body['items'], [{ actor: { sub: 'ops' }, changes: [{ field: 'records', to: CHANNELS + 5 }] }])
    t.equal((await ask(b, 'POST', '/v1/directory/reseed')).status, 409, 'once is enough')
  })

  await t.test('by wati-gateway apply', async (t) => {
    const before = { records: await recordsOf(a), revision: await revisionOf(a) }
    await flushAndLookAt(t, scene)
    const file = join(folderOf(t), 'channels.yaml')
    writeFileSync(file, `channels:\n  sales: { account: acme, number: '${SALES_NUMBER}' }\n`)
    const apply = startProgram(t, ['dist/cli/main.js', 'apply', '-f', file, '--url', b.admin], {
      WATI_GATEWAY_TOKEN: adminToken(),
    })
    t.equal(await apply.ended(), 0)
    t.match(apply.lines[0], /last good picture of 305 records was written back/)
    await lookAtNewLife(t, scene, before)
  })

  await t.test('by two replicas at once: one of them does it', async (t) => {
    const before = { records: await recordsOf(a), revision: await revisionOf(a) }
    await flushAndLookAt(t, scene)
    const both = await Promise.all([a, b].map((one) => ask(one, 'POST', '/v1/directory/reseed')))
    t.same(both.map(({ status }) => status).sort(), [200, 409])
    await lookAtNewLife(t, scene, before)
  })

  for (const load of reads) t.same(Object.keys(await load.stop()), ['200'], 'no request failed meanwhile')

  await t.test('and a replica that starts afterwards reads all of it', async (t) => {
    const records = await recordsOf(a)
    const late = await startGateway(t, { ...settings, DATA_DIR: folderOf(t) })
    await until(
      (body) => /"ready"/.test(body),
      () => readyz(late),
    )
    t.same(await recordsOf(late), records)
    t.equal((await read(late, 'sales', { caller: scene.good })).status, 200)
    t.equal((await read(late, 'sales', { caller: scene.revoked })).status, 401)
  })

  await t.test('also when a replica was started on the empty store meanwhile', async (t) => {
    const records = await recordsOf(a)
    await scene.redis.flushall()
    await until(
      (body) => /lost/.test(body),
      () => readyz(a),
    )
    await b.stop()
    const early = await startGateway(t, { ...settings, DATA_DIR: folderOf(t) })
    t.equal((await ask(a, 'POST', '/v1/directory/reseed')).status, 200)
    await until(
      (found) => found === CHANNELS + 2,
      async () => (await ask(early, 'GET', '/v1/directory')).body['channels'],
    )
    t.same(await recordsOf(early), records)
    t.equal((await read(early, 'sales', { caller: scene.revoked })).status, 401)
  })
})
