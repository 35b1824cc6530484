import t from 'tap'
import { adminToken, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, run } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

t.test('a gateway that is away is one sentence and exit code 1', async (t) => {
  const { url } = await startStandIn(t, () => undefined)
  const away = 'http://127.0.0.1:9'
  const refused = await asAdmin(away)('channels list')
  t.equal(refused.code, 1)
  t.match(
    refused.stderr,
    /^The control plane at http:\/\/127\.0\.0\.1:9 cannot be reached \(.+\): is it running, .*\n$/,
  )

  const started = Date.now()
  const silent = await asAdmin(url)('channels list --timeout-seconds 0.5')
  t.equal(silent.code, 1)
  t.equal(silent.stderr, `${url} did not answer within 0.5 s.\n`)
  t.ok(Date.now() - started < 20_000, 'and not after the preset of 30 s')
})

t.test('an answer that stops in its middle is given up as well', async (t) => {
  const { url } = await startStandIn(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":[')
  })
  for (const args of ['channels list --timeout-seconds 0.5', 'audit list --jsonl --timeout-seconds 0.5']) {
    const { code, stderr } = await asAdmin(url)(args)
    t.equal(code, 1)
    t.equal(stderr, `${url} did not answer within 0.5 s.\n`)
  }
})

t.test('a refusal is its detail, status, name and request id, without a stack', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const { code, stdout, stderr } = await admin('channels put x --account nobody --number 85264318722')
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(
    stderr,
    /^The field "account" names no account: .+ \(400 invalid-request, request [0-9a-f-]{36}\)\n$/,
  )
  const readOnly = { WATI_GATEWAY_TOKEN: adminToken({ scope: 'admin:read' }) }
  const forbidden = await admin('channels delete sales', { env: readOnly })
  t.match(forbidden.stderr, /admin:write.*\(403 scope-missing, request /)
  const expired = { WATI_GATEWAY_TOKEN: adminToken({ exp: 1 }) }
  t.match((await admin('channels list', { env: expired })).stderr, /\(401 unauthenticated, request /)
})

t.test('something else at that address is said to be so', async (t) => {
  const { url } = await startStandIn(t, ({ url }, response) => {
    if (url.startsWith('/v1/channels')) response.writeHead(200).end('<html>')
    else if (url.startsWith('/v1/replicas'))
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
    else response.writeHead(502).end('<html>Bad Gateway')
  })
  const admin = asAdmin(url)
  t.equal(
    (await admin('channels list')).stderr,
    'The answer (200) is not JSON: is --url the address of the control plane?\n',
  )
  t.equal(
    (await admin('accounts list')).stderr,
    'The answer was 502, and no problem document: is --url the address of the control plane?\n',
  )
  t.match(
    (await admin('replicas')).stderr,
    /cannot be reached \(.*redirect.*\)/,
    'the token follows no redirect',
  )
})

t.test('what others wrote into a record cannot steer the terminal', async (t) => {
  const description = 'a\u001b[2J\u0007b\nc\u202ed'
  const { url } = await startStandIn(t, ({ url }, response) => {
    const channel = { alias: 'x', account: 'a', number: '1', enabled: true, description, revision: 1 }
    if (url.includes('/v1/channels?')) answerJson(response, { items: [channel], nextCursor: null })
    else answerJson(response, { type: 'x', detail: description, requestId: 'r' }, 400)
  })
  const { stdout } = await asAdmin(url)('channels list')
  const { stderr } = await asAdmin(url)('channels show x')
  for (const text of [stdout, stderr]) t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  t.match(stdout, /a.\[2J.b.c.d/)
})

t.test('without a token, or with an address that is none, nothing is asked: exit code 64', async (t) => {
  const { url, asked } = await startStandIn(t, (_, response) => answerJson(response, {}))
  const missing = await run(['channels', 'list', '--url', url])
  t.equal(missing.code, 64)
  t.match(missing.stderr, /^WATI_GATEWAY_TOKEN must be set/)
  const broken = await asAdmin(url)('channels list', { env: { WATI_GATEWAY_TOKEN: 'one two\nthree' } })
  t.equal(broken.code, 64)
  t.notMatch(broken.stderr, 'two')
  for (const address of ['gateway:8081', 'ftp://gateway', 'http://user:pass@gateway', 'http://gateway/?x']) {
    t.equal((await asAdmin(address)('channels list')).code, 64, address)
  }
  t.same(asked, [])
})

t.test('the address is taken before and after the command, and its path is kept', async (t) => {
  const { url, asked } = await startStandIn(t, (_, response) =>
    answerJson(response, { items: [], nextCursor: null }),
  )
  const env = { WATI_GATEWAY_TOKEN: 'Bearer abc' }
  t.equal((await run(['--url', `${url}/behind/`, '--json', 'channels', 'list'], { env })).code, 0)
  t.equal((await run(['channels', 'list', '--url', url, '--json'], { env })).code, 0)
  t.same(
    asked.map(({ url, headers }) => `${url} ${headers.authorization ?? ''}`),
    ['/behind/v1/channels?limit=1000 Bearer abc', '/v1/channels?limit=1000 Bearer abc'],
  )
})

t.test('only exit code 64 says that the command line was wrong', async (t) => {
  const wrong = [
    'sing',
    'accounts',
    'channels put x',
    'channels show',
    'channels show a b',
    'accounts list --nope',
  ]
  for (const args of [
    ...wrong,
    'channels list --timeout-seconds 0',
    'channels put x --account a --number 1 --label x',
  ]) {
    const { code, stdout, stderr } = await asAdmin('http://127.0.0.1:9')(args)
    t.equal(code, 64, args)
    t.equal(stdout, '')
    t.not(stderr, '')
  }
})
