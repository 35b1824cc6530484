import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { startBare } from '../helpers/running-gateway.ts'

const SALES = { account: 'acme', number: '85264318722' }

t.test('channels', async (t) => {
  const { admin } = await startBare(t)
  const put = (alias: string, json: unknown, headers = {}): Promise<Seen> =>
    admin('PUT', `/v1/channels/${alias}`, { json, headers })
  const account = { tenantId: '388428', baseUrl: 'https://live-mt-server.wati.io', token: 'wati_token' }
  await admin('PUT', '/v1/accounts/acme', { json: account })

  t.test('a new one is 201, a known one 200', async (t) => {
    const made = await put('sales', SALES)
    t.equal(made.status, 201)
    const { revision, ...rest } = made.body
    t.strictSame(rest, { alias: 'sales', account: 'acme', number: '85264318722', enabled: true })
    t.equal(made.headers.etag, `"${String(revision)}"`)
    const changed = await put('sales', {
      ...SALES,
      enabled: false,
      description: 'Hong Kong',
      labels: { team: 'a' },
    })
    t.equal(changed.status, 200)
    t.match(changed.body, { enabled: false, description: 'Hong Kong', labels: { team: 'a' } })
    t.ok(Number(changed.body['revision']) > Number(revision))
    const read = await admin('GET', '/v1/channels/sales')
    t.strictSame(read.body, changed.body)
    t.equal(read.headers.etag, changed.headers.etag)
    t.strictSame(
      Object.keys((await put('sales', SALES)).body).sort(),
      Object.keys(made.body).sort(),
      'a PUT is the whole',
    )
  })

  t.test('weight, monthlyCalls and labels are kept as they were given', async (t) => {
    const labels = {
      team: 'latam',
      '': '',
      'a\nb': 'é👋',
      constructor: 'x',
      toString: 'x',
      ['k'.repeat(63)]: 'v'.repeat(255),
    }
    const fields = { weight: 1_000, monthlyCalls: 0, labels, description: 'a "line"\nand \u0000 more' }
    const seen = await put('full', { ...SALES, ...fields })
    t.equal(seen.status, 201)
    t.match(seen.body, fields)
    t.strictSame(seen.body['labels'], labels)
    t.strictSame((await admin('GET', '/v1/channels/full')).body, seen.body)
    t.equal((await put('full', { ...SALES, monthlyCalls: null })).body['monthlyCalls'], null)
  })

  t.test('the list can be narrowed to an account', async (t) => {
    await admin('PUT', '/v1/accounts/other', { json: account })
    for (const alias of ['other-a', 'other-b', 'other-c']) await put(alias, { ...SALES, account: 'other' })
    const namesOf = ({ body }: Seen): unknown[] =>
      (body['items'] as { alias: unknown }[]).map(({ alias }) => alias)
    const whole = await admin('GET', '/v1/channels?account=other')
    t.strictSame(namesOf(whole), ['other-a', 'other-b', 'other-c'])
    const first = await admin('GET', '/v1/channels?account=other&limit=2')
    t.strictSame(namesOf(first), ['other-a', 'other-b'])
    const query = `account=other&limit=2&cursor=${String(first.body['nextCursor'])}`
    const second = await admin('GET', `/v1/channels?${query}`)
    t.strictSame([namesOf(second), second.body['nextCursor']], [['other-c'], null])
    t.strictSame(namesOf(await admin('GET', '/v1/channels?account=nobody')), [])
    for (const wrong of ['account=', 'account=Other', 'account=other&account=acme', 'account=other&x=1']) {
      isProblem(t, await admin('GET', `/v1/channels?${wrong}`), 400, 'invalid-request')
    }
  })

  for (const number of ['+85264318722', '852 6431 8722', ' +852 6431-8722 ', '1234567', '123456789012345']) {
    t.test(`the number ${JSON.stringify(number)} is taken as digits`, async (t) => {
      t.equal((await put('digits', { ...SALES, number })).body['number'], number.replace(/\D/g, ''))
    })
  }
  for (const number of [
    '',
    '0852643187',
    '123456',
    '1234567890123456',
    '852a64318722',
    '++85264318722',
    '(852)64318722',
    '٨٥٢٦٤٣١٨٧٢٢',
    85264318722,
    null,
    ['85264318722'],
  ]) {
    t.test(`the number ${JSON.stringify(number)} is refused`, async (t) => {
      isProblem(t, await put('wrong', { ...SALES, number }), 400, 'invalid-request')
      t.equal((await admin('GET', '/v1/channels/wrong')).status, 404)
    })
  }

  const wrong: Record<string, unknown> = {
    'no account': { number: SALES.number },
    'no number': { account: 'acme' },
    'an account nobody knows': { ...SALES, account: 'nobody' },
    'an account that is no id': { ...SALES, account: '__proto__' },
    'enabled as a text': { ...SALES, enabled: 'true' },
    'enabled as a number': { ...SALES, enabled: 1 },
    'enabled as null': { ...SALES, enabled: null },
    'labels as a list': { ...SALES, labels: ['a'] },
    'a label that is a number': { ...SALES, labels: { a: 1 } },
    'too many labels': {
      ...SALES,
      labels: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`l${at}`, ''])),
    },
    'a description that is a list': { ...SALES, description: [] },
    'a label whose name has a line break, with a value that is no text': {
      ...SALES,
      labels: { 'a\nb': { deep: [1] } },
    },
    'a label whose name is over 63 characters': { ...SALES, labels: { ['k'.repeat(64)]: '' } },
    'a label over 255 characters': { ...SALES, labels: { team: 'x'.repeat(256) } },
    'a label that is null': { ...SALES, labels: { team: null } },
    'labels that are null': { ...SALES, labels: null },
    'a weight that is a text': { ...SALES, weight: '2' },
    'a weight of none': { ...SALES, weight: 0 },
    'a weight of a half': { ...SALES, weight: 0.5 },
    'a weight over 1000': { ...SALES, weight: 1_001 },
    'a weight that is null': { ...SALES, weight: null },
    'monthlyCalls that are a text': { ...SALES, monthlyCalls: '5' },
    'monthlyCalls below none': { ...SALES, monthlyCalls: -1 },
    'monthlyCalls without an end': { ...SALES, monthlyCalls: 1e300 },
    'a description over 500 characters': { ...SALES, description: 'x'.repeat(501) },
    'a number over 40 characters': { ...SALES, number: `${' '.repeat(40)}85264318722` },
    'a field nobody knows': { ...SALES, colour: 'red' },
    'an alias in the body': { ...SALES, alias: 'other' },
    'a revision in the body': { ...SALES, revision: 1 },
    'a token in the body': { ...SALES, token: 'x' },
    'a list for a body': [SALES],
  }
  for (const [what, json] of Object.entries(wrong)) {
    t.test(`${what} is refused`, async (t) => {
      isProblem(t, await put('wrong', json), 400, 'invalid-request')
      t.equal((await admin('GET', '/v1/channels/wrong')).status, 404)
    })
  }

  for (const alias of [
    'Sales',
    '1sales',
    'sales-',
    'sa_les',
    '388428',
    'a'.repeat(64),
    '__proto__',
    '*',
    'latam-*',
  ]) {
    t.test(`the alias ${alias} is refused`, async (t) => {
      isProblem(t, await put(alias, SALES), 400, 'invalid-request')
    })
  }

  t.test('a refusal says which field is wrong, never what was sent', async (t) => {
    const { body } = await put('wrong', { ...SALES, number: 'planted-number' })
    t.match(body['detail'], /"number"/)
    t.notMatch(body['detail'], /planted/)
    t.match((await put('wrong', { ...SALES, enabled: 'yes' })).body['detail'], /"enabled"/)
    t.match((await put('wrong', { ...SALES, labels: { a: 1 } })).body['detail'], /"labels\.a"/)
    t.match((await put('wrong', { ...SALES, labels: { 'a\n"': 1 } })).body['detail'], /"labels\.a\\n\\""/)
    t.match((await put('wrong', { ...SALES, weight: 1.5 })).body['detail'], /whole number from 1 to 1000/)
    t.match((await put('wrong', { ...SALES, monthlyCalls: '' })).body['detail'], /whole number, or null/)
    t.match((await put('wrong', { ...SALES, extra: 1 })).body['detail'], /"extra"/)
    t.match((await put('wrong', { account: 'acme' })).body['detail'], /"number"/)
  })

  t.test('If-Match guards against lost updates', async (t) => {
    const { headers } = await put('matched', SALES)
    t.equal((await put('matched', SALES, { 'if-match': headers.etag })).status, 200)
    isProblem(t, await put('matched', SALES, { 'if-match': headers.etag }), 412, 'revision-mismatch')
    const stale = { headers: { 'if-match': headers.etag } }
    isProblem(t, await admin('DELETE', '/v1/channels/matched', stale), 412, 'revision-mismatch')
    isProblem(t, await put('unmatched', SALES, { 'if-match': '"1"' }), 412, 'revision-mismatch')
  })

  t.test('DELETE is 204, then 404', async (t) => {
    await put('gone', SALES)
    t.equal((await admin('DELETE', '/v1/channels/gone')).status, 204)
    isProblem(t, await admin('GET', '/v1/channels/gone'), 404, 'not-found')
    isProblem(t, await admin('DELETE', '/v1/channels/gone'), 404, 'not-found')
  })
})
