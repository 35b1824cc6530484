import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t from 'tap'
import { generateKey } from '../../src/directory/seal.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { SALES_NUMBER, SUPPORT_NUMBER, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

t.test('apply makes it so, once; prune removes the rest only when it is told to', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const stdin = [
    'accounts:',
    `  acme: {tenantId: 388428, baseUrl: "${sandbox.url}", description: shops}`,
    `  globex: {tenantId: 388428, baseUrl: "${sandbox.url}", tokenFrom: {env: PATH}}`,
    'channels:',
    `  sales: {account: globex, number: ${SALES_NUMBER}}`,
  ].join('\n')
  const fingerprint = (await api('GET', '/v1/accounts/acme')).body['token']

  const applied = await admin('apply -f - --wait-all', { stdin })
  t.equal(applied.code, 0, applied.stderr)
  t.match(
    applied.stdout,
    /^~ account acme description: - → shops\n\+ account globex .*\n~ channel sales account: acme → globex\n/,
  )
  t.match(applied.stdout, /\n1 created, 2 changed, 0 removed, 0 already as in the file\.\napplied: all\n$/)
  t.same((await api('GET', '/v1/accounts/acme')).body['token'], fingerprint, 'the account keeps its token')

  const again = await admin('apply -f - --json', { stdin })
  t.match(JSON.parse(again.stdout), {
    summary: { created: 0, updated: 0, deleted: 0, unchanged: 3 },
    done: [],
  })

  const asking = await admin('apply -f - --prune', { stdin })
  t.equal(asking.code, 64, 'there is nobody to ask')
  t.match(asking.stderr, /add --yes/)
  t.equal((await api('GET', '/v1/channels/support')).status, 200)

  const pruned = await admin('apply -f - --prune --yes', { stdin })
  t.equal(pruned.stdout, '- channel support\n0 created, 0 changed, 1 removed, 3 already as in the file.\n')
  t.match(await admin('diff -f -', { stdin }), { code: 0, stdout: 'There is no difference.\n' })
})

t.test('prune removes channels before the accounts they use', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const { code, stdout, stderr } = await asAdmin(gateway.adminUrl)('apply -f - --prune --yes', {
    stdin: 'accounts: {}\nchannels: {}',
  })
  t.equal(code, 0, stderr)
  t.match(stdout, /^- channel sales\n- channel support\n- account acme\n0 created/)
  t.match((await api('GET', '/v1/accounts')).body, { items: [] })
})

t.test('what cannot succeed as a whole is refused before anything is written', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const account = `{tenantId: 1, baseUrl: "${sandbox.url}"}`
  const cases = [
    {
      file: `accounts: {new: ${account}}\nchannels: {a: {account: acme, number: ${SALES_NUMBER}}}`,
      says: /^Nothing was changed\. The account new is new, so it needs "tokenFrom"/,
    },
    {
      file: `channels: {a: {account: acme, number: ${SALES_NUMBER}}, b: {account: nobody, number: ${SALES_NUMBER}}}`,
      says: /^Nothing was changed\. The channel b names the account nobody, which is not there/,
    },
    {
      file: `accounts: {}\nchannels: {a: {account: acme, number: ${SALES_NUMBER}}}`,
      flags: ' --prune --yes',
      says: /^Nothing was changed\. --prune would remove the account acme, which the channel a uses/,
    },
  ]
  const before = (await api('GET', '/v1/channels')).text
  for (const { file, flags = '', says } of cases) {
    const { code, stdout, stderr } = await admin(`apply -f -${flags}`, { stdin: file })
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, says)
  }
  t.equal((await api('GET', '/v1/channels')).text, before)
  const warned = await admin('diff -f -', { stdin: cases[0]?.file ?? '' })
  t.equal(warned.code, 2)
  t.match(warned.stderr, /The account new is new, so it needs "tokenFrom"/)
})

t.test('apply stops at the first refusal and says what was done and what not', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const stdin = [
    'accounts:',
    `  acme: {tenantId: 388428, baseUrl: "${sandbox.url}", plan: pro}`,
    '  other: {tenantId: 1, baseUrl: "https://elsewhere.example", tokenFrom: {env: PATH}}',
    'channels:',
    `  new: {account: acme, number: ${SALES_NUMBER}}`,
  ].join('\n')
  const { code, stdout, stderr } = await admin('apply -f -', { stdin })
  t.equal(code, 1)
  t.match(
    stdout,
    /^~ account acme plan: growth → pro\n0 created, 1 changed, 0 removed, .*\n2 not done: account other, channel new\.\n$/,
  )
  t.match(
    stderr,
    /^account other: The field "baseUrl" cannot be used: .* \(400 invalid-request, request .*\)\n$/,
  )
  t.equal((await api('GET', '/v1/channels/new')).status, 404)
  const json = await admin('apply -f - --json', { stdin })
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stdout), {
    done: [],
    notDone: [{ id: 'other' }, { id: 'new' }],
    error: /^account other: /,
  })
})

t.test('a record that somebody changed after it was compared is not overwritten', async (t) => {
  const channel = { alias: 'sales', account: 'acme', number: SALES_NUMBER, enabled: true, revision: 7 }
  const { url, asked } = await startStandIn(t, ({ method, url }, response) => {
    if (method === 'PUT') {
      const type = 'urn:wati-gateway:problem:revision-mismatch'
      answerJson(response, { type, status: 412, detail: 'It is at revision 8 now.', requestId: 'r1' }, 412)
    } else if (url.startsWith('/v1/channels')) answerJson(response, { items: [channel], nextCursor: null })
    else if (url.startsWith('/v1/directory')) answerJson(response, { state: 'current' })
    else answerJson(response, { items: [{ id: 'acme', revision: 1 }], nextCursor: null })
  })
  const stdin = `channels: {sales: {account: acme, number: ${SUPPORT_NUMBER}}}`
  const { code, stderr } = await asAdmin(url)('apply -f -', { stdin })
  t.equal(code, 1)
  t.match(stderr, /^Somebody else changed the channel sales after it was compared: run apply again\./)
  t.equal(asked.at(-1)?.headers['if-match'], '"7"')
})

t.test('a store that lost the directory is seeded again before anything else', async (t) => {
  const { url, asked } = await startStandIn(t, ({ method, url }, response) => {
    if (method === 'POST') answerJson(response, { revision: 5, records: 3 })
    else if (url.startsWith('/v1/directory')) answerJson(response, { state: 'lost' })
    else answerJson(response, { items: [], nextCursor: null })
  })
  const { code, stdout, stderr } = await asAdmin(url)('apply -f -', { stdin: 'channels: {}' })
  t.equal(code, 0, stderr)
  t.match(
    stdout,
    /^The store has lost the directory: the gateway's last good picture of 3 records was written back\./,
  )
  t.same(
    asked.slice(0, 2).map(({ method, url }) => `${method} ${url}`),
    ['GET /v1/directory', 'POST /v1/directory/reseed'],
  )
  const json = await asAdmin(url)('apply -f - --json', { stdin: 'channels: {}' })
  t.match(JSON.parse(json.stdout), { reseeded: 3 })
})

t.test('a Redis that came back empty has its accounts and channels again after apply', async (t) => {
  const redis = await startRedis(t)
  const settings = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '5000', ENCRYPTION_KEYS: generateKey('k1') }
  const { gateway, admin: api, call } = await startRunning(t, { limits: 'of-the-plan', settings })
  const admin = asAdmin(gateway.adminUrl)
  const { stdout: stdin } = await admin('export')
  const client = new Redis(redis.url)
  t.teardown(() => client.disconnect())
  await client.flushall()
  while ((await api('GET', '/v1/directory')).body['state'] !== 'lost') await sleep(50)

  const { code, stdout, stderr } = await admin('apply -f -', { stdin })
  t.equal(code, 0, stderr)
  t.match(
    stdout,
    /^The store has lost the directory: the gateway's last good picture of 3 records was written back\./,
  )
  t.match(stdout, '0 created, 0 changed, 0 removed, 3 already as in the file.')
  t.match((await api('GET', '/v1/directory')).body, { state: 'current', channels: 2 })
  t.equal((await call('GET', '/channels/sales/api/v1/getMessages/5511988887777')).status, 200)
})
