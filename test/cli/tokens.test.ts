import t from 'tap'
import { startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, cells } from './command.ts'

const ISSUE = ['tokens', 'issue', '--sub', 'shop', '--channels', 'sales, latam-*', '--scope', 'messages:read']
const PATH = '/channels/sales/api/v1/getMessages/5511988887777'

t.test('tokens issue prints the token alone, which works until it is revoked', async (t) => {
  const { gateway, call } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const issued = await admin([...ISSUE, '--expires-in', '8h'])
  t.equal(issued.code, 0, issued.stderr)
  t.match(issued.stdout, /^ey[\w-]+\.[\w-]+\.[\w-]+\n$/, 'the standard output is the token and nothing else')
  t.match(issued.stderr, /^The token [0-9a-f-]{36} of shop is good until .*Z\. It is not shown again\.\n$/)
  const token = issued.stdout.trim()
  const jti = /[0-9a-f-]{36}/.exec(issued.stderr)?.[0] ?? ''
  const asCaller = { claims: null, headers: { authorization: `Bearer ${token}` } }
  t.equal((await call('GET', PATH, asCaller)).status, 200)

  const list = await admin('tokens list')
  t.same(cells(list.stdout)[0], ['JTI', 'SUB', 'CHANNELS', 'SCOPE', 'EXPIRES', 'REVOKED'])
  t.match(cells(list.stdout)[1], [jti, 'shop', 'sales, latam-*', 'messages:read', /Z$/, '-'])
  t.notMatch(list.stdout, token)

  t.equal((await admin(['tokens', 'revoke', jti])).stdout, `token ${jti} revoked\n`)
  t.equal((await call('GET', PATH, asCaller)).status, 401)
})

t.test('tokens issue --json gives all of it, with the claims that were asked for', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const { stdout } = await admin([...ISSUE, '--channel', 'sales', '--expires-in', '90s', '--json'])
  const answer = JSON.parse(stdout) as { issuedAt: string; expiresAt: string }
  t.match(answer, { sub: 'shop', channels: ['sales', 'latam-*'], scope: 'messages:read', channel: 'sales' })
  const seconds = (Date.parse(answer.expiresAt) - Date.parse(answer.issuedAt)) / 1_000
  t.ok(seconds > 88 && seconds <= 90, `${seconds} s`)
})

t.test('any id can be revoked, whatever is in it; a whole token is refused in its place', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  t.equal(
    (await admin(['tokens', 'revoke', '--wait-all', 'a/b ?c'])).stdout,
    'token a/b ?c revoked\napplied: all\n',
  )
  const { items } = JSON.parse((await admin('tokens list --json')).stdout)
  t.match(items, [{ jti: 'a/b ?c', revokedAt: /Z$/ }])
  const pasted = await admin(['tokens', 'revoke', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln'])
  t.equal(pasted.code, 64)
  t.notMatch(pasted.stderr, 'eyJ')
})

t.test('what is no duration is wrong usage', async (t) => {
  for (const duration of ['8', '0h', '1.5h', '-1h']) {
    const { code, stderr } = await asAdmin('http://127.0.0.1:9')([...ISSUE, `--expires-in=${duration}`])
    t.equal(code, 64)
    t.match(stderr, 'such as 90s, 30m, 8h or 90d')
  }
})
