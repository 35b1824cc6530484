import t from 'tap'
import { SALES_NUMBER, SUPPORT_NUMBER, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, cells } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

t.test('channels are listed and shown as tables for people and as JSON for scripts', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const list = await admin('channels list')
  t.equal(list.code, 0)
  t.same(cells(list.stdout), [
    ['ALIAS', 'ACCOUNT', 'NUMBER', 'ENABLED', 'REVISION', 'DESCRIPTION'],
    ['sales', 'acme', SALES_NUMBER, 'yes', '2', '-'],
    ['support', 'acme', SUPPORT_NUMBER, 'yes', '3', '-'],
  ])
  const { items, nextCursor } = JSON.parse((await admin('channels list --json')).stdout)
  t.match(items, [{ alias: 'sales' }, { alias: 'support' }])
  t.equal(nextCursor, null)
  t.equal((await admin('channels list --account nobody')).stdout, '(none)\n')
  const found = await admin(['channels', 'list', '--search', 'SUPP'])
  t.same(
    cells(found.stdout).map(([alias]) => alias),
    ['ALIAS', 'support'],
  )
  t.match((await admin('channels show sales')).stdout, /^number +85264318722$/m)
})

t.test('flags of channels put become the fields of the API', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const put = ['channels', 'put', 'new', '--account', 'acme', '--number', '+852 6431-8722', '--disabled']
  const more = ['--label', 'team=a=b', '--label', 'x=', '--monthly-calls', '5', '--description', 'd']
  const { code, stdout, stderr } = await admin([...put, ...more])
  t.equal(code, 0, stderr)
  t.match(stdout, /^channel new created, revision 4$/m)
  t.match((await api('GET', '/v1/channels/new')).body, {
    account: 'acme',
    number: SALES_NUMBER,
    enabled: false,
    labels: { team: 'a=b', x: '' },
    monthlyCalls: 5,
    description: 'd',
  })
  const written = await admin([
    'channels',
    'put',
    'new',
    '--account',
    'acme',
    '--number',
    SALES_NUMBER,
    '--json',
  ])
  t.match(JSON.parse(written.stdout), { alias: 'new', enabled: true, revision: 5 })
})

t.test('a channel is switched off and on again without a word about the rest of it', async (t) => {
  const { gateway, call } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const path = '/channels/sales/api/v1/getMessages/5511988887777'
  t.match((await admin('channels disable sales')).stdout, /^channel sales disabled, revision 4\n$/)
  t.equal((await call('GET', path)).status, 403)
  const enabled = await admin('channels enable sales --wait-all --json')
  t.match(JSON.parse(enabled.stdout), { alias: 'sales', enabled: true, number: SALES_NUMBER, applied: 'all' })
  t.equal((await call('GET', path)).status, 200)
})

t.test('a change of a channel at another revision is refused', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const args = [
    'channels',
    'put',
    'sales',
    '--account',
    'acme',
    '--number',
    SALES_NUMBER,
    '--if-revision',
    '1',
  ]
  for (const one of [
    args,
    'channels disable sales --if-revision 1',
    'channels delete sales --if-revision 1',
  ]) {
    const { code, stdout, stderr } = await admin(one)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /\(412 revision-mismatch, request /)
  }
  t.equal((await admin('channels delete sales --if-revision 2')).stdout, 'channel sales deleted\n')
  t.match(JSON.parse((await admin('channels delete support --json')).stdout), {
    done: 'channel support deleted',
  })
})

t.test('all pages of a list are read, each as large as can be', async (t) => {
  const { url, asked } = await startStandIn(t, ({ url }, response) => {
    const page = Number(new URLSearchParams(url.split('?')[1]).get('cursor') ?? 0)
    const channel = {
      alias: `line-${page}`,
      account: 'acme',
      number: SALES_NUMBER,
      enabled: true,
      revision: 1,
    }
    answerJson(response, { items: [channel], nextCursor: page < 2 ? String(page + 1) : null })
  })
  const { stdout } = await asAdmin(url)('channels list --account acme')
  t.same(
    cells(stdout).map(([alias]) => alias),
    ['ALIAS', 'line-0', 'line-1', 'line-2'],
  )
  t.same(
    asked.map(({ url }) => url),
    ['', '&cursor=1', '&cursor=2'].map((cursor) => `/v1/channels?limit=1000&account=acme${cursor}`),
  )
})

t.test('a page without items is not the end of a list', async (t) => {
  const channel = { alias: 'last', account: 'acme', number: SALES_NUMBER, enabled: true, revision: 1 }
  const { url, asked } = await startStandIn(t, ({ url }, response) => {
    const page = Number(new URLSearchParams(url.split('?')[1]).get('cursor') ?? 0)
    const items = page < 2 ? [] : [channel]
    answerJson(response, { items, nextCursor: page < 2 ? String(page + 1) : null })
  })
  const { stdout } = await asAdmin(url)(['channels', 'list', '--search', 'la st'])
  t.same(
    cells(stdout).map(([alias]) => alias),
    ['ALIAS', 'last'],
  )
  t.same(
    asked.map(({ url }) => url),
    ['', '&cursor=1', '&cursor=2'].map((cursor) => `/v1/channels?limit=1000&q=la+st${cursor}`),
  )
})

t.test('check asks Wati; a channel that does not work is exit code 1', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const good = await admin('check sales')
  t.equal(good.code, 0, good.stderr)
  t.same(cells(good.stdout)[0], ['CHECK', 'RESULT', 'DETAIL'])
  t.match(good.stdout, /^token +ok /m)
  await api('PUT', '/v1/channels/odd', { json: { account: 'acme', number: '85200000000' } })
  const bad = await admin('check odd --json')
  t.equal(bad.code, 1)
  t.match(JSON.parse(bad.stdout), { ok: false })
  t.match((await admin('check odd')).stdout, /^number +fail /m)
  t.match((await admin('check nobody')).stderr, /\(404 not-found, request /)
})
