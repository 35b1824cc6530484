import t from 'tap'
import { TENANT, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, cells, fileOf } from './command.ts'

t.test('accounts are listed and shown as tables for people and as JSON for scripts', async (t) => {
  const { gateway, sandbox } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const list = await admin('accounts list')
  t.equal(list.code, 0)
  const [headings, row] = cells(list.stdout)
  t.same(headings, ['ID', 'TENANT', 'BASE URL', 'PLAN', 'TOKEN', 'EXPIRES', 'REVISION'])
  t.match(row, ['acme', TENANT, sandbox.url, 'growth', /^[0-9a-f]{8}$/, '-', '1'])

  const json = await admin('accounts list --json')
  t.match(JSON.parse(json.stdout), { items: [{ id: 'acme', tenantId: TENANT }], nextCursor: null })
  t.notMatch(list.stdout + json.stdout, WATI_TOKEN, 'the token is in neither')

  const shown = await admin('accounts show acme')
  t.match(shown.stdout, new RegExp(`^baseUrl +${sandbox.url}$`, 'm'))
  t.match(shown.stdout, /^token\.fingerprint +[0-9a-f]{8}$/m)
  t.match(JSON.parse((await admin('accounts show acme --json')).stdout), { id: 'acme', revision: 1 })
})

t.test('a token comes from the standard input, a variable or a file, and is never shown', async (t) => {
  const { gateway, sandbox } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const path = fileOf(t, `${WATI_TOKEN}\n`)
  const put = ['accounts', 'put', 'globex', '--tenant-id', TENANT, '--base-url', sandbox.url]
  const ways = [
    await admin([...put, '--token-stdin'], { stdin: `Bearer ${WATI_TOKEN}\n` }),
    await admin([...put, '--token-env', 'MINE'], { env: { MINE: WATI_TOKEN } }),
    await admin([...put, '--token-file', path, '--json']),
  ]
  t.same(
    ways.map(({ code }) => code),
    [0, 0, 0],
  )
  t.match(ways[0]?.stdout, /^account globex created, revision 4$/m)
  t.match(ways[1]?.stdout, /^account globex written, revision [0-9]+$/m)
  t.match(JSON.parse(ways[2]?.stdout ?? ''), { id: 'globex', token: { fingerprint: /^[0-9a-f]{8}$/ } })
  t.notMatch(ways.map(({ stdout, stderr }) => stdout + stderr).join(''), WATI_TOKEN)
})

t.test('flags of accounts put become the fields of the API', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const flags = ['--plan', 'pro', '--description', 'two words', '--limit', 'sendTemplateMessage=60/10']
  const more = ['--limit', 'monthlyCalls=2000', '--limit', 'getMessages=none', '--token-from-env', 'PATH']
  const put = ['accounts', 'put', 'acme', '--tenant-id', TENANT, '--base-url', sandbox.url]
  const { code, stderr } = await admin([...put, ...flags, ...more])
  t.equal(code, 0, stderr)
  t.match((await api('GET', '/v1/accounts/acme')).body, {
    plan: 'pro',
    description: 'two words',
    limits: {
      sendTemplateMessage: { max: 60, windowSeconds: 10 },
      monthlyCalls: 2000,
      getMessages: null,
    },
    tokenFrom: { env: 'PATH' },
  })
})

t.test('a new token is checked at Wati before it takes over, unless --no-verify', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const before = (await api('GET', '/v1/accounts/acme')).body
  const refused = await admin('accounts token acme --token-stdin', { stdin: 'wati_not_that_one' })
  t.equal(refused.code, 1)
  t.match(refused.stderr, /^The field "token" .* \(400 invalid-request, request [0-9a-f-]{36}\)\n$/)
  t.same((await api('GET', '/v1/accounts/acme')).body, before)

  const taken = await admin(
    'accounts token acme --token-stdin --no-verify --expires-at 2099-01-31T00:00:00Z',
    {
      stdin: 'wati_not_that_one',
    },
  )
  t.equal(taken.code, 0, taken.stderr)
  t.match(taken.stdout, /^account acme has the token [0-9a-f]{8}, revision [0-9]+\n$/)
  t.match((await api('GET', '/v1/accounts/acme')).body, { token: { expiresAt: /^2099-01-31T00:00:00/ } })
})

t.test('a token that soon ends is warned of on stderr, so that scripts still get their JSON', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString()
  const args = ['accounts', 'token', 'acme', '--token-stdin', '--expires-at', soon, '--json']
  const { code, stdout, stderr } = await asAdmin(gateway.adminUrl)(args, { stdin: WATI_TOKEN })
  t.equal(code, 0, stderr)
  t.match(stderr, /^warning: /)
  t.match(JSON.parse(stdout), { id: 'acme' })
})

t.test('an account in use is not deleted, and one at another revision neither', async (t) => {
  const { gateway, sandbox, lead } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const used = await admin('accounts delete acme')
  t.equal(used.code, 1)
  t.match(used.stderr, /sales, support.* \(409 conflict, request /)

  await lead('other', sandbox.url)
  t.equal((await admin('channels delete other')).code, 0)
  const stale = await admin('accounts delete other --if-revision 1')
  t.equal(stale.code, 1)
  t.match(stale.stderr, /\(412 revision-mismatch, request /)
  const gone = await admin('accounts delete other --wait-all')
  t.equal(gone.stdout, 'account other deleted\napplied: all\n')
  t.match(
    (await admin('accounts show other')).stderr,
    /^There is no such account\. \(404 not-found, request /,
  )
})
