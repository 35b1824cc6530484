import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { TENANT, WATI_TOKEN, startBare, startRunning } from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream } from '../helpers/upstream.ts'

const BAD_TOKEN = 'wati_planted.token-that-wati-does-not-take'
const CONTACTS = '/channels/sales/api/v1/getContacts'
const PATH = '/v1/accounts/acme/token'
const DAY_MS = 24 * 60 * 60 * 1_000

t.test('PUT …/token, before a Wati that answers', async (t) => {
  const { admin, call, sandbox, reachedDuring, log } = await startRunning(t)
  const put = (json: unknown, query = '', headers = {}): Promise<Seen> =>
    admin('PUT', `${PATH}${query}`, { json, headers })
  const fingerprint = async (): Promise<unknown> =>
    ((await admin('GET', '/v1/accounts/acme')).body['token'] as { fingerprint: unknown }).fingerprint

  t.test('a token that Wati takes is in force for the next request', async (t) => {
    await put({ token: BAD_TOKEN }, '?verify=false')
    isProblem(t, await call('GET', CONTACTS), 502, 'wati-credential-rejected')
    const seen = await put({ token: `Bearer ${WATI_TOKEN}` })
    t.equal(seen.status, 200)
    t.match(seen.body, {
      id: 'acme',
      token: { fingerprint: fingerprintOf(WATI_TOKEN), expiresAt: null },
      warnings: [],
    })
    t.equal(seen.headers.etag, `"${String(seen.body['revision'])}"`)
    t.strictSame((await admin('GET', '/v1/accounts/acme')).body, seen.body)
    t.equal((await call('GET', CONTACTS)).status, 200)
  })

  t.test('Wati is asked with the new token, once, and about nothing that changes', async (t) => {
    const requests = await reachedDuring(() => put({ token: WATI_TOKEN }))
    t.match(requests, [{ method: 'GET', url: `/${TENANT}/api/v1/whatsApp/phoneNumbers` }])
    t.equal(requests.length, 1)
  })

  t.test('a token that Wati does not take is refused, and the old one stays in force', async (t) => {
    const before = await admin('GET', '/v1/accounts/acme')
    const seen = await put({ token: BAD_TOKEN, expiresAt: '2030-01-01T00:00:00Z' })
    isProblem(t, seen, 400, 'invalid-request')
    t.match(seen.body['detail'], /"token"/, 'it says which field')
    t.strictSame((await admin('GET', '/v1/accounts/acme')).body, before.body, 'nothing was changed')
    t.equal((await call('GET', CONTACTS)).status, 200)
  })

  t.test('with ?verify=false Wati is not asked', async (t) => {
    t.strictSame(await reachedDuring(() => put({ token: BAD_TOKEN }, '?verify=false')), [])
    t.equal(await fingerprint(), fingerprintOf(BAD_TOKEN))
    await put({ token: WATI_TOKEN })
    t.equal((await reachedDuring(() => put({ token: WATI_TOKEN }, '?verify=true'))).length, 1)
  })

  t.test('an account that does not exist has no token, and Wati is not asked', async (t) => {
    const requests = await reachedDuring(async () => {
      const seen = await admin('PUT', '/v1/accounts/nobody/token', { json: { token: WATI_TOKEN } })
      isProblem(t, seen, 404, 'not-found')
    })
    t.strictSame(requests, [])
  })

  t.test('a stale If-Match is refused before Wati is asked', async (t) => {
    const requests = await reachedDuring(async () => {
      isProblem(t, await put({ token: WATI_TOKEN }, '', { 'if-match': '"0"' }), 412, 'revision-mismatch')
    })
    t.strictSame(requests, [])
    const { headers } = await admin('GET', '/v1/accounts/acme')
    t.equal((await put({ token: WATI_TOKEN }, '', { 'if-match': headers.etag })).status, 200)
  })

  t.test('everything else of the account stays', async (t) => {
    const limits = { monthlyCalls: 7 }
    const json = { tenantId: TENANT, baseUrl: sandbox.url, plan: 'pro', limits, description: 'ours' }
    const { body } = await admin('PUT', '/v1/accounts/acme', { json })
    const { token: _token, revision: _revision, ...before } = body
    const { token: _1, revision: _2, ...after } = (await put({ token: WATI_TOKEN })).body
    t.strictSame(after, before)
  })

  for (const [given, kept] of [
    ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.000Z'],
    ['2030-01-31T12:00:00.5Z', '2030-01-31T12:00:00.500Z'],
    ['2030-01-31T12:00:00.123456789Z', '2030-01-31T12:00:00.123Z'],
    ['2030-01-31T12:00:00+02:00', '2030-01-31T10:00:00.000Z'],
    ['2030-01-31T23:30:00-01:00', '2030-02-01T00:30:00.000Z'],
    ['2030-01-31T12:00:00-00:00', '2030-01-31T12:00:00.000Z'],
    ['2030-01-31t12:00:00z', '2030-01-31T12:00:00.000Z'],
    ['2030-01-31 12:00:00Z', '2030-01-31T12:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ] as const) {
    t.test(`expiresAt ${given} is ${kept}`, async (t) => {
      t.match((await put({ token: WATI_TOKEN, expiresAt: given })).body, { token: { expiresAt: kept } })
    })
  }
  for (const expiresAt of [
    ...['', 'tomorrow', '1', '1893456000', '2030', '2030-01', '2030-01-31', '2030-01-31T12:00Z'],
    ...['2030-01-31T12:00:00', '2030-01-31T12:00:00+02', '2030-01-31T12:00:00 +02:00', '20300131T120000Z'],
    ...['2030-02-30T12:00:00Z', '2029-02-29T12:00:00Z', '2030-04-31T12:00:00Z', '2030-13-01T00:00:00Z'],
    ...['2030-00-01T00:00:00Z', '2030-01-00T00:00:00Z', '2030-01-31T24:00:00Z', '2030-01-31T12:60:00Z'],
    ...[
      '2030-01-31T12:00:61Z',
      '2030-01-31T12:00:00+24:00',
      '2030-01-31T12:00:00.Z',
      '+002030-01-31T12:00:00Z',
    ],
    ...[' 2030-01-31T12:00:00Z', '2030-01-31T12:00:00Z\n', 'Thu, 31 Jan 2030 12:00:00 GMT'],
    ...[`2030-01-31T12:00:00.${'0'.repeat(40)}Z`, 1_893_456_000, null, true, {}, ['2030-01-31T12:00:00Z']],
  ]) {
    t.test(`expiresAt ${JSON.stringify(expiresAt)} is refused`, async (t) => {
      const seen = await put({ token: WATI_TOKEN, expiresAt })
      isProblem(t, seen, 400, 'invalid-request')
      t.match(seen.body['detail'], /"expiresAt"/)
    })
  }

  t.test('what is no body, no token or no query of this route is refused', async (t) => {
    for (const json of [
      ...[undefined, null, [], 'x', {}, { token: null }, { token: 1 }, { token: '' }, { token: 'short' }],
      ...[{ token: 'Bearer ' }, { token: `${WATI_TOKEN} and more` }, { token: `${WATI_TOKEN}\r\nx: y` }],
      ...[{ token: `${WATI_TOKEN}é` }, { token: [WATI_TOKEN] }, { token: WATI_TOKEN, tenantId: '1' }],
      ...[
        { token: WATI_TOKEN, tokenFrom: { env: 'X' } },
        { token: WATI_TOKEN, revision: 1 },
      ],
    ]) {
      isProblem(t, await put(json), 400, 'invalid-request')
    }
    for (const query of ['verify=no', 'verify=', 'verify=0', 'verify=false&verify=true', 'wait=one', 'x=1']) {
      isProblem(t, await put({ token: WATI_TOKEN }, `?${query}`), 400, 'invalid-request')
    }
  })

  t.test('the end stays with the token that is written again, and goes with another one', async (t) => {
    const expiresAt = '2030-01-31T12:00:00.000Z'
    await put({ token: WATI_TOKEN, expiresAt })
    t.match((await put({ token: WATI_TOKEN })).body, { token: { expiresAt } }, 'the same token')
    const json = { tenantId: TENANT, baseUrl: sandbox.url }
    const kept = await admin('PUT', '/v1/accounts/acme', { json })
    t.match(kept.body, { token: { expiresAt } }, 'a PUT of the account without a token')
    const other = await put({ token: BAD_TOKEN }, '?verify=false')
    t.match(other.body, { token: { expiresAt: null } }, 'another token')
    await put({ token: WATI_TOKEN })
  })

  t.test('no answer and no log line ever held a token', (t) => {
    t.notMatch(log.text, /planted/)
    t.notMatch(log.text, WATI_TOKEN)
    t.end()
  })
})

t.test('a token that ends soon is warned of: in the API, the log and the metrics', async (t) => {
  const { admin, log } = await startRunning(t, { settings: { TOKEN_FILE_CHECK_MS: '50' } })
  const put = async (leftMs: number): Promise<unknown> => {
    const expiresAt = new Date(Date.now() + leftMs).toISOString()
    const { body } = await admin('PUT', PATH, { json: { token: WATI_TOKEN, expiresAt } })
    return body['warnings']
  }
  t.strictSame(await put(15 * DAY_MS), [], 'in 15 days')
  t.match(await put(14 * DAY_MS - 60_000), [/^The token expires in 13 days \(.*Z\): write a new one\.$/])
  t.match(await put(DAY_MS + 60_000), [/expires in 1 day /])
  t.match(await put(60_000), [/in less than a day/])
  t.match(await put(-60_000), [/^The token expired on /])
  const { body } = await admin('GET', '/v1/accounts')
  t.match(body, { items: [{ id: 'acme', warnings: [/^The token expired on /] }] }, 'in the list, too')
  for (let tries = 0; tries < 100 && !log.text.includes('token-expires'); tries++) await sleep(20)
  t.match(
    log.lines.find((line) => line['alarm'] === 'token-expires'),
    { level: 'warn', account: 'acme', warning: /expire/ },
  )
  const { text } = await admin('GET', '/metrics', { claims: null })
  t.match(text, /wati_gateway_account_token_expiry_timestamp_seconds\{account="acme"\} 1\d{9}/)
})

t.test('how many days before is a setting', async (t) => {
  const { admin } = await startRunning(t, { settings: { TOKEN_EXPIRY_WARNING_DAYS: '2' } })
  const json = { token: WATI_TOKEN, expiresAt: new Date(Date.now() + 3 * DAY_MS).toISOString() }
  t.strictSame((await admin('PUT', PATH, { json })).body['warnings'], [])
})

t.test('while Wati cannot be asked', async (t) => {
  const wati = await closedPort()
  const { admin } = await startBare(t, { WATI_HOSTS: wati })
  const token = 'wati_planted.first-token'
  await admin('PUT', '/v1/accounts/acme', { json: { tenantId: TENANT, baseUrl: wati, token } })

  t.test('a new token is not written, and the answer says what to do', async (t) => {
    const seen = await admin('PUT', PATH, { json: { token: BAD_TOKEN } })
    isProblem(t, seen, 502, 'wati-unreachable')
    t.match(seen.headers['proxy-status'], /^wati-gateway; error=/)
    t.match(seen.body['detail'], /\?verify=false/)
    const { body } = await admin('GET', '/v1/accounts/acme')
    t.match(body, { token: { fingerprint: fingerprintOf(token) } })
  })

  t.test('with ?verify=false it is written', async (t) => {
    const seen = await admin('PUT', `${PATH}?verify=false`, { json: { token: BAD_TOKEN } })
    t.equal(seen.status, 200)
    t.match(seen.body, { token: { fingerprint: fingerprintOf(BAD_TOKEN) } })
  })
})

t.test('a Wati that answers neither yes nor no leaves the old token in force', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => response.writeHead(500).end('{}'))
  const { admin } = await startBare(t, { WATI_HOSTS: upstream.url })
  const json = { tenantId: TENANT, baseUrl: upstream.url, token: WATI_TOKEN }
  await admin('PUT', '/v1/accounts/acme', { json })
  isProblem(t, await admin('PUT', PATH, { json: { token: BAD_TOKEN } }), 502, 'wati-bad-answer')
  const { body } = await admin('GET', '/v1/accounts/acme')
  t.match(body, { token: { fingerprint: fingerprintOf(WATI_TOKEN) } })
})

t.test('an account that moves while Wati is asked does not get the token', async (t) => {
  let answer: () => void = () => undefined
  let asked: () => void
  const arrived = new Promise<void>((resolve) => (asked = resolve))
  const upstream = await startHttpUpstream(t, (response) => {
    answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
    asked()
  })
  const { admin } = await startBare(t, { WATI_HOSTS: upstream.url })
  const json = { tenantId: TENANT, baseUrl: upstream.url, token: WATI_TOKEN }
  await admin('PUT', '/v1/accounts/acme', { json })
  const pending = admin('PUT', PATH, { json: { token: BAD_TOKEN } })
  await arrived
  await admin('PUT', '/v1/accounts/acme', { json: { ...json, tenantId: '7' } })
  answer()
  isProblem(t, await pending, 412, 'revision-mismatch')
  const { body } = await admin('GET', '/v1/accounts/acme')
  t.match(body, { tenantId: '7', token: { fingerprint: fingerprintOf(WATI_TOKEN) } })
})

function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}
