import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { generateKey } from '../../src/directory/seal.ts'
import { EXPIRED } from '../gateway/certificates.ts'
import { JWT_SECRET, adminToken, startRunning } from '../helpers/running-gateway.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { type Ran, run } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'wati-gateway-doctor-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs `doctor` with settings that are good, but for these. */
async function examine(t: Test, settings: Record<string, string>, ...flags: string[]): Promise<Ran> {
  const { url } = await startStandIn(t, (_, response) => answerJson(response, {}, 404))
  const good = { JWT_SECRET, DATA_DIR: join(folderOf(t), 'data'), WATI_HOSTS: url }
  return await run(['doctor', ...flags], { env: { ...good, ...settings } })
}

t.test('where all is well, every line is ok and the exit code 0', async (t) => {
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const keys = `${generateKey('k2')},${generateKey('k1')}`
  const { code, stdout, stderr } = await examine(t, {
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '5000',
    ENCRYPTION_KEYS: keys,
  })
  t.equal(code, 0, stdout + stderr)
  const lines = stdout.trimEnd().split('\n')
  t.ok(lines.every((line) => line.startsWith('ok    ')))
  t.match(stdout, /^ok {4}Redis answers, version [0-9.]+$/m)
  t.match(stdout, /^ok {4}ENCRYPTION_KEYS: k2 seals, k2, k1 open$/m)
  t.match(stdout, /^ok {4}http:\/\/127\.0\.0\.1:[0-9]+ answers \(404\)$/m)
  for (const key of keys.split(',')) t.notMatch(stdout, key.split(':')[1])
  t.notMatch(stdout, JWT_SECRET)
})

t.test('wrong settings are one sentence each and exit code 78', async (t) => {
  const { code, stderr } = await examine(t, { PORT: 'eighty', JWT_SECRET: 'short' })
  t.equal(code, 78)
  t.match(stderr, /^PORT must be .*\nJWT_SECRET must be .*\n$/)
  const json = await examine(t, { PORT: 'eighty' }, '--json')
  t.equal(json.code, 78)
  t.match(JSON.parse(json.stdout), { ok: false, findings: [{ level: 'fail', what: /^PORT/ }] })
})

t.test('a Redis that evicts, keeps nothing or is away fails, with what to do', async (t) => {
  const env = { ENCRYPTION_KEYS: generateKey('k1'), REDIS_TIMEOUT_MS: '5000' }
  const redis = await startRedis(t, '--maxmemory-policy', 'allkeys-lru')
  const bad = await examine(t, { ...env, REDIS_URL: redis.url }, '--json')
  t.equal(bad.code, 1)
  const { ok, findings } = JSON.parse(bad.stdout)
  t.equal(ok, false)
  t.match(
    findings.filter(({ level }: { level: string }) => level === 'fail'),
    [
      { what: 'Redis has the maxmemory-policy allkeys-lru', advice: /noeviction/ },
      { what: /keeps nothing on the disk/, advice: /appendonly/ },
    ],
  )
  await redis.stop()
  const away = await examine(t, { ...env, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '400' })
  t.equal(away.code, 1)
  t.match(away.stdout, /^fail {2}Redis \(127\.0\.0\.1:[0-9]+\): .* — start it/m)
})

t.test('the folder of the embedded store is looked at: place, mode, key', async (t) => {
  const folder = folderOf(t)
  const missing = await examine(t, { DATA_DIR: join(folder, 'a', 'b') })
  t.equal(missing.code, 0, missing.stdout)
  t.match(missing.stdout, /^ok {4}the folder .* is not there yet and can be made$/m)

  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(data, 0o755)
  writeFileSync(join(data, 'encryption.key'), 'x', { mode: 0o644 })
  const open = await examine(t, { DATA_DIR: data })
  t.equal(open.code, 1)
  t.match(open.stdout, /^warn {2}the folder .* is open to every user of the machine {2}— chmod 700 /m)
  t.match(open.stdout, /^fail {2}the key .* can be read by others than its owner {2}— chmod 600 /m)

  chmodSync(data, 0o700)
  chmodSync(join(data, 'encryption.key'), 0o600)
  const closed = await examine(t, { DATA_DIR: data })
  t.equal(closed.code, 0, closed.stdout)
  t.match(closed.stdout, /has [0-9]+ MiB free$/m)

  const file = await examine(t, { DATA_DIR: join(data, 'encryption.key') })
  t.equal(file.code, 1)
  t.match(file.stdout, /^fail {2}the folder .* is no folder/m)
})

t.test('hosts of Wati that are away, or whose certificate does not hold, fail', async (t) => {
  const secure = createServer(EXPIRED, (_, response) => response.end()).listen(0, '127.0.0.1')
  await once(secure, 'listening')
  t.teardown(() => secure.close())
  const { port } = secure.address() as AddressInfo
  const { code, stdout } = await examine(t, { WATI_HOSTS: `localhost:${port},http://127.0.0.1:9,*.wati.io` })
  t.equal(code, 1)
  t.match(
    stdout,
    new RegExp(`^fail {2}https://localhost:${port} cannot be reached .* its certificate does not hold`, 'm'),
  )
  t.match(
    stdout,
    /^fail {2}http:\/\/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\) {2}— let the gateway out/m,
  )
  t.notMatch(stdout, 'Wati was not asked')
})

t.test('a clock that differs from that of Wati is found', async (t) => {
  const shift = async (ms: number): Promise<string> => {
    const server = createPlain((_, response) => {
      response.setHeader('date', new Date(Date.now() + ms).toUTCString())
      response.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const warned = await examine(t, { WATI_HOSTS: await shift(-4_500) })
  t.equal(warned.code, 0)
  t.match(warned.stdout, /^warn {2}the clock is [34]\.[0-9] s ahead of http/m)
  const failing = await examine(t, { WATI_HOSTS: await shift(3_600_000) })
  t.equal(failing.code, 1)
  t.match(failing.stdout, /^fail {2}the clock is 3[56][0-9]{2}\.[0-9] s behind http/m)
})

t.test('where WATI_HOSTS names no host, those of the accounts are asked', async (t) => {
  const { gateway, sandbox } = await startRunning(t)
  const wild = { WATI_HOSTS: '*.wati.io' }
  const alone = await examine(t, wild)
  t.equal(alone.code, 0)
  t.match(alone.stdout, /^warn {2}Wati was not asked: .* — set WATI_GATEWAY_TOKEN/m)
  const env = { ...wild, WATI_GATEWAY_TOKEN: adminToken() }
  const asked = await examine(t, { ...env, WATI_GATEWAY_URL: gateway.adminUrl })
  t.match(asked.stdout, `ok    ${sandbox.url} answers (`)
  const away = await examine(t, { ...env, WATI_GATEWAY_URL: 'http://127.0.0.1:9' })
  t.equal(away.code, 0)
  t.match(away.stdout, /^warn {2}Wati was not asked: the accounts cannot be read\. The control plane at /m)
})

t.test(
  'an identity provider that gives no keys fails, and one without an audience is warned of',
  async (t) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'a' }
    const { url } = await startStandIn(t, ({ url }, response) => {
      if (url === '/keys') answerJson(response, { keys: [key] })
      else answerJson(response, {}, 404)
    })
    const good = await examine(t, { JWT_JWKS_URL: `${url}/keys` })
    t.equal(good.code, 0, good.stdout)
    t.match(good.stdout, /^ok {4}JWT_JWKS_URL answers with 1 key\(s\) that can be used$/m)
    t.match(
      good.stdout,
      /^warn {2}tokens that the identity provider made for other services .* — set JWT_AUDIENCE$/m,
    )
    const bad = await examine(t, { JWT_JWKS_URL: `${url}/elsewhere`, JWT_AUDIENCE: 'gateway' })
    t.equal(bad.code, 1)
    t.match(bad.stdout, /^fail {2}JWT_JWKS_URL gives no keys: its answer has the status 404 /m)
    t.notMatch(bad.stdout, 'JWT_AUDIENCE')
  },
)
