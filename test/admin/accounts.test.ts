import { createHash } from 'node:crypto'
import t from 'tap'
import { damage } from '../helpers/damaged-journal.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { startBare, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const HOST = 'https://live-mt-server.wati.io'
const TOKEN = 'wati_planted.token-that-nobody-may-see'
const per10 = (max: number) => ({ max, windowSeconds: 10 })
const ACME = { tenantId: '388428', baseUrl: HOST, token: TOKEN }

t.test('accounts', async (t) => {
  const { admin } = await startBare(t)
  const answers: Seen[] = []
  const ask: typeof admin = async (...request) => {
    const seen = await admin(...request)
    answers.push(seen)
    return seen
  }
  const put = (id: string, json: unknown, headers = {}): Promise<Seen> =>
    ask('PUT', `/v1/accounts/${id}`, { json, headers })

  t.test('a new one is 201 and shows everything but the token', async (t) => {
    const seen = await put('acme', { ...ACME, plan: 'pro', description: 'our first' })
    t.equal(seen.status, 201)
    const { token, revision, ...rest } = seen.body
    t.strictSame(rest, {
      id: 'acme',
      tenantId: '388428',
      baseUrl: HOST,
      plan: 'pro',
      description: 'our first',
      limitsInForce: {
        addContact: per10(10),
        getContacts: per10(10),
        getMessages: per10(10),
        sendTemplateMessage: per10(60),
        sendTemplateMessages: per10(60),
      },
      usage: { month: new Date().toISOString().slice(0, 7), calls: 0, monthlyCalls: 200_000 },
      warnings: [],
    })
    t.match(token, { fingerprint: fingerprintOf(TOKEN), updatedAt: /^\d{4}-\d\d-\d\dT.*Z$/, expiresAt: null })
    t.ok(Number.isSafeInteger(revision))
    t.equal(seen.headers.etag, `"${String(revision)}"`)
    t.match(seen.headers['content-type'], /^application\/json/)
    const read = await ask('GET', '/v1/accounts/acme')
    t.equal(read.status, 200)
    t.strictSame(read.body, seen.body, 'reading it gives the same')
    t.equal(read.headers.etag, seen.headers.etag)
  })

  t.test('a known one is 200 and takes the place of the old as a whole', async (t) => {
    const before = await put('whole', { ...ACME, plan: 'business', description: 'old' })
    const after = await put('whole', { ...ACME, tenantId: '1' })
    t.equal(after.status, 200)
    t.match(after.body, { tenantId: '1', plan: 'growth' })
    t.notMatch(after.body, { description: /./ })
    t.ok(Number(after.body['revision']) > Number(before.body['revision']))
    t.not(after.headers.etag, before.headers.etag)
  })

  t.test('without a token a known one keeps its own', async (t) => {
    const before = await put('keeps', ACME)
    const after = await put('keeps', { tenantId: '2', baseUrl: HOST })
    t.equal(after.status, 200)
    t.strictSame(after.body['token'], before.body['token'], 'the same one since the same time')
  })

  t.test('without a token, moved to another host and tenant, it keeps its own all the same', async (t) => {
    const before = await put('moves', ACME)
    const after = await put('moves', { tenantId: '3', baseUrl: 'https://live-server-3.wati.io' })
    t.equal(after.status, 200)
    t.strictSame(after.body['token'], before.body['token'])
  })

  t.test('another token takes the place of the old, since now', async (t) => {
    const before = await put('replaces', ACME)
    const after = await put('replaces', { ...ACME, token: 'wati_planted.another-token' })
    const [old, anew] = [before, after].map(({ body }) => body['token'] as Record<string, string>)
    t.equal(anew?.['fingerprint'], fingerprintOf('wati_planted.another-token'))
    t.ok((anew?.['updatedAt'] ?? '') >= (old?.['updatedAt'] ?? '?'))
    const again = await put('replaces', { ...ACME, token: 'Bearer wati_planted.another-token' })
    t.strictSame(again.body['token'], after.body['token'], 'the same one once more is no new one')
  })

  t.test(
    'limits are kept as they were given, null with them, and go when a PUT leaves them out',
    async (t) => {
      const limits = {
        sendTemplateMessage: { max: 60, windowSeconds: 10 },
        getContacts: null,
        monthlyCalls: 200_000,
      }
      const made = await put('limited', { ...ACME, limits })
      t.equal(made.status, 201)
      t.strictSame(made.body['limits'], limits)
      const read = (await ask('GET', '/v1/accounts/limited')).body
      t.strictSame(read['limits'], limits)
      t.match(read['limitsInForce'], {
        sendTemplateMessage: per10(60),
        getContacts: null,
        getMessages: per10(10),
      })
      t.notOk('monthlyCalls' in (read['limitsInForce'] as object), 'that is no endpoint')
      const lifted = await put('limited', { ...ACME, limits: { monthlyCalls: null } })
      t.strictSame(lifted.body['limits'], { monthlyCalls: null })
      t.notOk('limits' in (await put('limited', ACME)).body)
      t.strictSame((await put('limited', { ...ACME, limits: {} })).body['limits'], {})
    },
  )

  t.test('without a token a new one is refused', async (t) => {
    isProblem(t, await put('tokenless', { tenantId: '2', baseUrl: HOST }), 400, 'invalid-request')
    isProblem(t, await ask('GET', '/v1/accounts/tokenless'), 404, 'not-found')
  })

  for (const pasted of [`Bearer ${TOKEN}`, `bearer   ${TOKEN}`, ` ${TOKEN}\n`, `BEARER ${TOKEN}`]) {
    t.test(`the token pasted as ${JSON.stringify(pasted.replace(TOKEN, '…'))} is the token`, async (t) => {
      const seen = await put('pasted', { ...ACME, token: pasted })
      t.match(seen.body, { token: { fingerprint: fingerprintOf(TOKEN) } })
    })
  }

  const wrong: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    'a list': [ACME],
    'a text': 'acme',
    'an empty object': {},
    'no tenantId': { ...ACME, tenantId: undefined },
    'no baseUrl': { ...ACME, baseUrl: undefined },
    'a tenantId that is a number': { ...ACME, tenantId: 388428 },
    'a tenantId that is not digits': { ...ACME, tenantId: '38a' },
    'a tenantId with a path': { ...ACME, tenantId: '1/../2' },
    'an empty tenantId': { ...ACME, tenantId: '' },
    'a token that is a number': { ...ACME, token: 12345678 },
    'a token that is a list': { ...ACME, token: [TOKEN] },
    'an empty token': { ...ACME, token: '' },
    'a token with a line break inside': { ...ACME, token: `${TOKEN}\r\nx: y` },
    'a token that is Bearer alone': { ...ACME, token: 'Bearer ' },
    'a plan nobody knows': { ...ACME, plan: 'gold' },
    'a plan in upper case': { ...ACME, plan: 'PRO' },
    'a plan that is null': { ...ACME, plan: null },
    'a description that is a number': { ...ACME, description: 1 },
    'limits that are a list': { ...ACME, limits: [] },
    'limits that are null': { ...ACME, limits: null },
    'a limit for an endpoint that Wati does not have': { ...ACME, limits: { sendFax: null } },
    'a limit whose name only JavaScript knows': { ...ACME, limits: { toString: null } },
    'a limit that is a number': { ...ACME, limits: { sendTemplateMessage: 60 } },
    'a limit of texts': { ...ACME, limits: { sendTemplateMessage: { max: '60', windowSeconds: '10' } } },
    'a limit of nothing at all': { ...ACME, limits: { sendTemplateMessage: { max: 0, windowSeconds: 10 } } },
    'a limit without a window': { ...ACME, limits: { sendTemplateMessage: { max: 60 } } },
    'a limit of half a call': { ...ACME, limits: { sendTemplateMessage: { max: 0.5, windowSeconds: 10 } } },
    'a limit with a field nobody knows': {
      ...ACME,
      limits: { sendTemplateMessage: { max: 60, windowSeconds: 10, burst: 5 } },
    },
    'monthlyCalls that are a text': { ...ACME, limits: { monthlyCalls: '200000' } },
    'monthlyCalls below none': { ...ACME, limits: { monthlyCalls: -1 } },
    'monthlyCalls like a rate': { ...ACME, limits: { monthlyCalls: { max: 60, windowSeconds: 10 } } },
    'a field nobody knows': { ...ACME, colour: 'red' },
    'an id in the body': { ...ACME, id: 'other' },
    'a revision in the body': { ...ACME, revision: 1 },
    'a time for the token': { ...ACME, tokenUpdatedAt: '2020-01-01T00:00:00Z' },
    'a fingerprint in place of the token': { ...ACME, token: { fingerprint: 'x' } },
    'a time when the token ends': { ...ACME, expiresAt: '2030-01-01T00:00:00Z' },
    'warnings of its own': { ...ACME, warnings: [] },
    'a usage of its own': { ...ACME, usage: {} },
    'a description over 500 characters': { ...ACME, description: 'x'.repeat(501) },
    'a tenantId over 20 digits': { ...ACME, tenantId: '1'.repeat(21) },
    'a token over 4096 characters': { ...ACME, token: 'x'.repeat(4_097) },
    'a token of 7 characters': { ...ACME, token: 'x'.repeat(7) },
    'a baseUrl over 300 characters': { ...ACME, baseUrl: `https://${'x'.repeat(300)}.wati.io` },
  }
  for (const [what, json] of Object.entries(wrong)) {
    t.test(`a body with ${what} is refused, and nothing is coerced`, async (t) => {
      isProblem(t, await put('wrong', json), 400, 'invalid-request')
      t.equal((await ask('GET', '/v1/accounts/wrong')).status, 404)
    })
  }

  for (const body of [
    '{',
    `{"token":"${TOKEN}",}`,
    TOKEN,
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
  ]) {
    t.test(`the body ${body.replace(TOKEN, '…')} is refused`, async (t) => {
      const headers = { 'content-type': 'application/json' }
      isProblem(t, await ask('PUT', '/v1/accounts/wrong', { headers, body }), 400, 'invalid-request')
    })
  }

  t.test('a body that is not JSON by its type is refused', async (t) => {
    for (const type of [
      'text/plain',
      'text/json',
      'application/json-patch+json',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
    ]) {
      const seen = await ask('PUT', '/v1/accounts/wrong', {
        headers: { 'content-type': type },
        body: JSON.stringify(ACME),
      })
      isProblem(t, seen, 415, 'unsupported-media-type')
    }
  })

  for (const baseUrl of [
    ...[
      '',
      'x',
      'live-mt-server.wati.io',
      '//live-mt-server.wati.io',
      'javascript:alert(1)',
      'file:///etc/passwd',
    ],
    ...['http://live-mt-server.wati.io', 'ftp://live-mt-server.wati.io', 'wss://live-mt-server.wati.io'],
    ...[
      `${HOST}:8443`,
      `${HOST}/388428`,
      `${HOST}//`,
      `${HOST}?a=b`,
      `${HOST}#a`,
      `${HOST}/..`,
      ` ${HOST}`,
      `${HOST}\n`,
    ],
    ...[
      'https://user@live-mt-server.wati.io',
      'https://user:pass@live-mt-server.wati.io',
      'https://live-mt-server.wati.io@evil.example',
    ],
    ...[
      'https://evil.example',
      'https://wati.io',
      'https://evilwati.io',
      'https://live.wati.io.evil.example',
      'https://wati.io.evil.example',
    ],
    ...[
      'https://evil.example\\.wati.io',
      'https://evil.example/.wati.io',
      'https://evil.example#.wati.io',
      'https://evil.example?.wati.io',
    ],
    ...[
      'https://.wati.io',
      'https://*.wati.io',
      'https://a..wati.io',
      'https://live.wati.io.',
      'https://live.wati.io.:443',
      'https://xn--lve-6ma.wati.io.evil.example',
      'https://live\twati.io',
      'https://live.wa\tti.io',
      '\thttps://live.wati.io',
      'https:/live.wati.io',
      'https:live.wati.io',
      'https:///live.wati.io',
      'https:\\\\live.wati.io',
      'https://live.wati.io:443@evil.example',
      'https://evil.example:443#@live.wati.io',
      'https://live.wati.io%00.evil.example',
      'https://live.wati.io%2Eevil.example',
      'https://%6Cive.wati.io',
      'https://xwati.io',
      'https://wati.io@evil.example',
      'https://wati.io.evil.com',
      'https://l\u0456ve.wati.io',
      'https://live\u3002wati\u3002io',
    ],
    ...[
      'https://127.0.0.1',
      'https://[::1]',
      'https://0x7f.1',
      'https://2130706433',
      'http://127.0.0.1:9100',
      'http://localhost:9100',
      'http://[::1]:9100',
      'https://169.254.169.254',
    ],
  ]) {
    t.test(`the baseUrl ${JSON.stringify(baseUrl)} is refused`, async (t) => {
      isProblem(t, await put('wrong', { ...ACME, baseUrl }), 400, 'invalid-request')
    })
  }

  for (const [given, kept] of [
    [`${HOST}/`, HOST],
    [`${HOST}:443`, HOST],
    ['HTTPS://Live-MT-Server.Wati.IO', HOST],
    ['https://a.b.wati.io', 'https://a.b.wati.io'],
  ] as const) {
    t.test(`the baseUrl ${given} is ${kept}`, async (t) => {
      const seen = await put('based', { ...ACME, baseUrl: given })
      t.match(seen.status, /^20[01]$/)
      t.equal(seen.body['baseUrl'], kept)
    })
  }

  for (const id of [
    'Acme',
    '1acme',
    'acme-',
    '-acme',
    'a_b',
    'a.b',
    'a%20b',
    '%C3%A9',
    '123',
    'a'.repeat(64),
    '__proto__',
    'a%2Fb',
    'a:b',
  ]) {
    t.test(`the id ${id} is refused`, async (t) => {
      isProblem(t, await put(id, ACME), 400, 'invalid-request')
    })
  }
  t.test('an id of 63 characters is taken', async (t) => {
    t.equal((await put('a'.repeat(63), ACME)).status, 201)
    t.equal((await put('x', ACME)).status, 201, 'one of a single letter, too')
    t.equal((await put('constructor', ACME)).status, 201, 'and one that JavaScript knows')
  })

  t.test('If-Match', async (t) => {
    const { headers } = await put('matched', ACME)
    const etag = headers.etag ?? ''
    isProblem(t, await put('matched', ACME, { 'if-match': '"0"' }), 412, 'revision-mismatch')
    isProblem(t, await put('matched', ACME, { 'if-match': 'rubbish' }), 412, 'revision-mismatch')
    isProblem(t, await put('matched', ACME, { 'if-match': `W/${etag}` }), 412, 'revision-mismatch')
    isProblem(
      t,
      await ask('DELETE', '/v1/accounts/matched', { headers: { 'if-match': '"0"' } }),
      412,
      'revision-mismatch',
    )
    const second = await put('matched', ACME, { 'if-match': etag })
    t.equal(second.status, 200, 'the current revision passes')
    isProblem(t, await put('matched', ACME, { 'if-match': etag }), 412, 'revision-mismatch')
    t.equal(
      (await put('matched', ACME, { 'if-match': `"0", ${second.headers.etag ?? ''}` })).status,
      200,
      'one of a list',
    )
    t.equal((await put('matched', ACME, { 'if-match': '*' })).status, 200, 'any')
    isProblem(t, await put('unmatched', ACME, { 'if-match': '*' }), 412, 'revision-mismatch')
    t.equal((await ask('GET', '/v1/accounts/unmatched')).status, 404, 'nothing was made')
  })

  t.test('of two changes on one revision one is lost to nobody', async (t) => {
    const { headers } = await put('raced', ACME)
    const race = Array.from({ length: 8 }, (_, at) =>
      put('raced', { ...ACME, tenantId: String(at) }, { 'if-match': headers.etag }),
    )
    const statuses = (await Promise.all(race)).map(({ status }) => status)
    t.strictSame(statuses.sort(), [200, 412, 412, 412, 412, 412, 412, 412])
  })

  t.test('DELETE is 204, then 404', async (t) => {
    await put('gone', ACME)
    const seen = await ask('DELETE', '/v1/accounts/gone', { headers: { 'content-type': 'application/json' } })
    t.equal(seen.status, 204)
    t.equal(seen.text, '')
    isProblem(t, await ask('GET', '/v1/accounts/gone'), 404, 'not-found')
    isProblem(t, await ask('DELETE', '/v1/accounts/gone'), 404, 'not-found')
    t.equal((await put('gone', ACME)).status, 201, 'and it can be made anew')
  })

  t.test('one that channels use stays', async (t) => {
    await put('used', ACME)
    await ask('PUT', '/v1/channels/user', { json: { account: 'used', number: '85264318722' } })
    isProblem(t, await ask('DELETE', '/v1/accounts/used'), 409, 'conflict')
    t.equal((await ask('GET', '/v1/accounts/used')).status, 200)
    await ask('DELETE', '/v1/channels/user')
    t.equal((await ask('DELETE', '/v1/accounts/used')).status, 204, 'until they are gone')
  })

  t.test('no answer ever held the token', (t) => {
    t.ok(answers.length > 100, 'there is much to look through')
    for (const { text, headers } of answers) {
      if (text.includes('planted') || JSON.stringify(headers).includes('planted')) t.fail(text)
    }
    t.end()
  })
})

function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}

t.test('an account is not deleted while a channel cannot be read: it may be its own', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startRunning(t, { settings })
  await first.admin('DELETE', '/v1/channels/sales')
  await first.gateway.close()
  await damage(first.dataDir, 'channel:support')
  const second = await startBare(t, settings)
  const seen = await second.admin('DELETE', '/v1/accounts/acme')
  t.equal(seen.status, 409)
  t.match(seen.body['detail'], /^1 channel\(s\) cannot be read and may use the account \(support\)/)
})
