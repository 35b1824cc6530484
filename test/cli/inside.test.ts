import t from 'tap'
import { SALES_NUMBER, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, cells, run } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

/** The commands that look inside: replicas, keys, explain. */

t.test('replicas shows how far each has applied the changes', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const { stdout } = await admin('replicas')
  t.match(stdout, /^The directory is at revision 3\.\n/)
  const [, headings, row] = cells(stdout)
  t.same(headings, ['ID', 'REVISION', 'BEHIND', 'APPLIED', 'SEEN', 'ADDRESS'])
  t.match(row, [/.+/, '3', '0', /Z$/, /Z$/, /.+/])
  t.match(JSON.parse((await admin('replicas --json')).stdout), { head: 3, items: [{ revision: 3 }] })
})

t.test('keys show and keys rotate tell what is sealed with which key', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const shown = await admin('keys show')
  t.match(shown.stdout, /^keys: embedded; the first, embedded, seals\.$/m)
  const rotated = await admin('keys rotate --wait')
  t.equal(rotated.code, 0, rotated.stderr)
  t.match(rotated.stdout, /^Everything is sealed with the first key\.$/m)
  t.match(JSON.parse((await admin('keys show --json')).stdout), { first: 'embedded', complete: true })
})

t.test('keys rotate --wait goes on until it is done, and fails when it ended early', async (t) => {
  const progress = (extra: object) => ({ first: 'k2', ring: ['k2', 'k1'], running: false, ...extra })
  const later = [
    progress({ running: true, done: 1, total: 2 }),
    progress({ complete: true, sealedWith: [{ key: 'k2', records: 2, changes: 2 }] }),
    progress({ complete: false, error: 'Redis: no answer in time' }),
  ]
  const { url, asked } = await startStandIn(t, ({ method }, response) => {
    if (method === 'POST') answerJson(response, progress({ running: true, done: 0, total: 2 }), 202)
    else answerJson(response, later.shift())
  })
  const done = await asAdmin(url)('keys rotate --wait')
  t.equal(done.code, 0, done.stderr)
  t.match(done.stdout, 'Everything is sealed with the first key.')
  t.same(
    asked.map(({ method, url }) => `${method} ${url}`),
    ['POST /v1/keys/rotate', 'GET /v1/keys', 'GET /v1/keys'],
  )
  const ended = await asAdmin(url)('keys rotate --wait')
  t.equal(ended.code, 1)
  t.match(ended.stderr, 'The keys were not rotated: Redis: no answer in time')
})

t.test('keys generate prints a key under the name it is given', async (t) => {
  t.match((await run(['keys', 'generate', '--id', 'k2'])).stdout, /^k2:[A-Za-z0-9+/]{43}=\n$/)
  t.match(JSON.parse((await run(['keys', 'generate', '--json'])).stdout), { id: /^k20/, key: /^k20.*=$/ })
  t.equal((await run(['keys', 'generate', '--id', 'a:b'])).code, 64)
})

t.test('explain shows the request that Wati would get, and what the gateway changed in it', async (t) => {
  const { gateway, reachedDuring } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const body = '{"template_name":"x","broadcast_name":"y","parameters":[]}'
  const path = '/api/v1/sendTemplateMessage?whatsappNumber=5511988887777'
  const reached = await reachedDuring(async () => {
    const { code, stdout, stderr } = await admin(['explain', 'sales', 'post', path, '--body', body])
    t.equal(code, 0, stderr)
    t.match(stdout, /^POST http.*\/api\/v1\/sendTemplateMessage\?whatsappNumber=5511988887777$/m)
    t.match(stdout, `"channelNumber":"${SALES_NUMBER}"`)
    t.match(stdout, /^WHERE +NAME +ACTION +VALUE$/m)
    t.notMatch(stdout, WATI_TOKEN)
  })
  t.same(reached, [], 'nothing is sent')
  const fromFile = [
    'explain',
    'sales',
    'POST',
    path,
    '--body-file',
    '-',
    '--header',
    'X-Request-Id: mine',
    '--json',
  ]
  const json = await admin(fromFile, { stdin: body })
  t.match(JSON.parse(json.stdout), { request: { method: 'POST', headers: { authorization: /secret/ } } })
})

t.test('explain says why the gateway would refuse a request', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const { code, stdout } = await asAdmin(gateway.adminUrl)('explain sales GET /api/v1/rotateToken')
  t.equal(code, 0, 'the question is answered')
  t.match(stdout, /^The gateway would refuse it: .+ \(404 unknown-operation\)\n$/)
})
