import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { generateKey } from '../../src/directory/seal.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { JWT_SECRET } from '../helpers/running-gateway.ts'
import { examine } from './examine.ts'
import { answerJson, startStandIn } from './stand-in.ts'

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
