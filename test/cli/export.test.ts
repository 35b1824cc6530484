import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { SALES_NUMBER, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, fileOf } from './command.ts'

t.test('export writes back what diff finds no difference in, sorted and without secrets', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const odd = [
    '# no comment',
    'yes',
    '~',
    '007',
    "it's: {odd}",
    'two\nlines\n',
    ' spaces ',
    '🙂',
    '&a *a',
    '"',
    '',
  ]
  for (const [i, description] of odd.entries()) {
    const labels = { z: description.slice(0, 200), a: '1' }
    const json = { account: 'acme', number: SALES_NUMBER, description, labels }
    t.equal((await api('PUT', `/v1/channels/odd-${i}`, { json })).status, 201)
  }
  const account = { tenantId: '388428', baseUrl: sandbox.url, tokenFrom: { env: 'PATH' } }
  await api('PUT', '/v1/accounts/aaa', { json: { ...account, limits: { monthlyCalls: null } } })

  const { stdout, code } = await admin('export')
  t.equal(code, 0)
  const path = fileOf(t, stdout)
  t.match(await admin(['diff', '-f', path]), { code: 0, stdout: 'There is no difference.\n' })
  t.notMatch(stdout, WATI_TOKEN)
  t.notMatch(stdout, /fingerprint|revision/)
  const read = parse(stdout) as { accounts: object; channels: object }
  t.match(read.accounts, { aaa: { tokenFrom: { env: 'PATH' }, limits: { monthlyCalls: null } } })
  t.same(Object.keys(read.accounts), ['aaa', 'acme'])
  t.same(Object.keys(read.channels), Object.keys(read.channels).sort())
  t.equal((await admin('export')).stdout, stdout, 'the same directory is the same text')
  t.same(JSON.parse((await admin('export --json')).stdout), read)
})

t.test('config/channels.example.yaml can be applied as it is, but for hosts and secrets', async (t) => {
  const { gateway, sandbox } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  process.env['ACME_WATI_TOKEN'] = WATI_TOKEN
  t.teardown(() => delete process.env['ACME_WATI_TOKEN'])
  const stdin = readFileSync('config/channels.example.yaml', 'utf8')
    .replaceAll('https://live-mt-server.wati.io', sandbox.url)
    .replace('/run/secrets/globex-wati-token', fileOf(t, WATI_TOKEN))
  const applied = await admin('apply -f - --prune --yes', { stdin })
  t.equal(applied.code, 0, applied.stderr)
  t.match(await admin('diff -f -', { stdin }), { code: 0 })
  const { stdout: exported } = await admin('export')
  t.match(await admin('diff -f -', { stdin: exported }), { code: 0 })
  const example = parse(readFileSync('config/channels.example.yaml', 'utf8')) as Record<string, object>
  t.same(
    Object.keys((parse(exported) as Record<string, object>)['channels'] ?? {}),
    Object.keys(example['channels'] ?? {}).sort(),
  )
})
