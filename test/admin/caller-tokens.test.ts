import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mock } from 'node:test'
import { createDecoder, createSigner } from 'fast-jwt'
import t from 'tap'
import { type Seen, sendTo } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Bare, JWT_SECRET, sign, startBare, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const CONTACTS = '/channels/sales/api/v1/getContacts'
const SHOP = { sub: 'shop', channels: ['sales'], scope: 'contacts:read messages:send', expiresIn: 600 }
const DAY_MS = 24 * 60 * 60 * 1_000

t.test("callers' tokens", async (t) => {
  const running = await startRunning(t)
  const { admin, log, gateway } = running
  const issued: string[] = []
  const issue = async (json: unknown): Promise<Seen> => {
    const seen = await admin('POST', '/v1/tokens', { json })
    if (typeof seen.body['token'] === 'string') issued.push(seen.body['token'])
    return seen
  }
  const carrying = (token: unknown) => ({
    claims: null,
    headers: { authorization: `Bearer ${String(token)}` },
  })

  t.test('an issued token opens the data plane, for what it was issued for and nothing else', async (t) => {
    const { status, body, headers } = await issue(SHOP)
    t.equal(status, 201)
    t.match(headers['cache-control'], 'no-store')
    t.match(body, { sub: 'shop', channels: ['sales'], scope: SHOP.scope, jti: /^[0-9a-f-]{36}$/ })
    const left = Date.parse(String(body['expiresAt'])) - Date.parse(String(body['issuedAt']))
    t.ok(left > 599_000 && left <= 600_000, 'it ends when it was to end, counted in whole seconds')
    const token = carrying(body['token'])
    t.equal((await running.call('GET', CONTACTS, token)).status, 200)
    const elsewhere = await running.call('GET', CONTACTS.replace('sales', 'support'), token)
    isProblem(t, elsewhere, 403, 'channel-forbidden')
    const other = await running.call('POST', '/channels/sales/api/v1/updateChatStatus', {
      ...token,
      json: {},
    })
    isProblem(t, other, 403, 'scope-missing')
    isProblem(t, await admin('GET', '/v1/channels', token), 403, 'scope-missing')
  })

  t.test('its claims are what was asked for (RFC 7519), in seconds', async (t) => {
    const { body } = await issue({ ...SHOP, channels: ['sales', 'latam-*'], channel: 'latam-1' })
    const { header, payload } = createDecoder({ complete: true })(String(body['token'])) as {
      header: object
      payload: Record<string, unknown>
    }
    t.match(header, { alg: 'HS256', typ: 'JWT' })
    const { iat, exp, ...claims } = payload
    const { jti } = body
    t.strictSame(claims, {
      jti,
      sub: 'shop',
      channels: ['sales', 'latam-*'],
      scope: SHOP.scope,
      channel: 'latam-1',
    })
    t.equal(Number(exp) - Number(iat), 600)
    t.equal(body['channel'], 'latam-1')
  })

  t.test('a token for an admin can be issued, too', async (t) => {
    const { body } = await issue({ sub: 'ops', channels: [], scope: 'admin:read', expiresIn: 60 })
    t.equal((await admin('GET', '/v1/channels', carrying(body['token']))).status, 200)
    const write = await admin('DELETE', '/v1/channels/none', carrying(body['token']))
    isProblem(t, write, 403, 'scope-missing')
  })

  t.test('a revoked one is refused on both planes, from the answer on', async (t) => {
    const { body } = await issue({ ...SHOP, scope: `${SHOP.scope} admin:read` })
    const token = carrying(body['token'])
    t.equal((await running.call('GET', CONTACTS, token)).status, 200)
    t.equal((await admin('GET', '/v1/channels', token)).status, 200)
    const seen = await admin('DELETE', `/v1/tokens/${String(body['jti'])}`)
    t.equal(seen.status, 204)
    t.equal(seen.text, '')
    for (const refused of [
      await running.call('GET', CONTACTS, token),
      await admin('GET', '/v1/channels', token),
    ]) {
      isProblem(t, refused, 401, 'unauthenticated')
      t.match(refused.body['detail'], /revoked/)
      t.equal(refused.headers['www-authenticate'], 'Bearer')
    }
    const { items } = (await admin('GET', '/v1/tokens')).body as { items: Record<string, unknown>[] }
    const known = items.find(({ jti }) => jti === body['jti'])
    t.match(known, { sub: 'shop', revokedAt: /Z$/, expiresAt: body['expiresAt'] })
    t.equal((await admin('DELETE', `/v1/tokens/${String(body['jti'])}`)).status, 204, 'again is the same')
    const again = (await admin('GET', '/v1/tokens')).body as { items: Record<string, unknown>[] }
    t.equal(again.items.find(({ jti }) => jti === body['jti'])?.['revokedAt'], known?.['revokedAt'])
  })

  for (const jti of [
    ...['a-jti', 'a/b', 'a:b', 'a b', 'é👋', '__proto__', 'x'.repeat(256), '\0\n', '{}', '..', '%2F'],
  ]) {
    const shown = JSON.stringify(jti.slice(0, 20))
    t.test(`a token that was issued elsewhere, with the jti ${shown}, can be revoked`, async (t) => {
      const read = (claims: object): Promise<Seen> =>
        admin('GET', '/v1/tokens?limit=1000', { claims: { scope: 'admin:read', ...claims } })
      t.equal((await read({ jti })).status, 200)
      t.equal((await admin('DELETE', `/v1/tokens/${encodeURIComponent(jti)}`)).status, 204)
      isProblem(t, await read({ jti }), 401, 'unauthenticated')
      const other = await read({ jti: `${jti}x` })
      t.equal(other.status, 200, 'and no other')
      const { items } = other.body as { items: Record<string, unknown>[] }
      const known = items.find((one) => one['jti'] === jti)
      t.strictSame(Object.keys(known ?? {}).sort(), ['jti', 'revision', 'revokedAt'])
    })
  }

  t.test('a jti that is none is refused', async (t) => {
    isProblem(t, await admin('DELETE', `/v1/tokens/${'x'.repeat(257)}`), 400, 'invalid-request')
    isProblem(t, await admin('DELETE', '/v1/tokens/'), 400, 'invalid-request')
    isProblem(t, await admin('DELETE', '/v1/tokens'), 404, 'not-found')
  })

  t.test('the list can be narrowed to a service, and comes in pages', async (t) => {
    for (let at = 0; at < 5; at++) await issue({ ...SHOP, sub: 'lister' })
    const jtis: unknown[] = []
    let cursor = ''
    for (let page = 0; page < 4; page++) {
      const { body } = await admin('GET', `/v1/tokens?sub=lister&limit=2${cursor}`)
      for (const item of body['items'] as Record<string, unknown>[]) {
        t.match(item, {
          sub: 'lister',
          channels: ['sales'],
          scope: SHOP.scope,
          issuedAt: /Z$/,
          expiresAt: /Z$/,
        })
        t.ok(Number.isSafeInteger(item['revision']))
        jtis.push(item['jti'])
      }
      if (body['nextCursor'] === null) break
      cursor = `&cursor=${body['nextCursor'] as string}`
    }
    t.equal(new Set(jtis).size, 5)
    t.strictSame((await admin('GET', '/v1/tokens?sub=nobody')).body, { items: [], nextCursor: null })
  })

  const WRONG: Readonly<Record<string, [unknown, RegExp]>> = {
    nothing: [undefined, /body/],
    'a list': [[SHOP], /body/],
    'no sub': [{ ...SHOP, sub: undefined }, /"sub"/],
    'an empty sub': [{ ...SHOP, sub: '' }, /"sub"/],
    'a sub that is a number': [{ ...SHOP, sub: 1 }, /"sub"/],
    'a sub with a line break': [{ ...SHOP, sub: 'a\nb' }, /"sub"/],
    'a sub over 200 characters': [{ ...SHOP, sub: 'x'.repeat(201) }, /"sub"/],
    'no channels': [{ ...SHOP, channels: undefined }, /"channels"/],
    'channels that are a text': [{ ...SHOP, channels: 'sales' }, /"channels"/],
    'channels that are null': [{ ...SHOP, channels: null }, /"channels"/],
    'a channel that is no alias': [{ ...SHOP, channels: ['sales', 'Sales!'] }, /"channels\.1"/],
    'a channel with a star inside': [{ ...SHOP, channels: ['a*b'] }, /"channels\.0"/],
    'a star beside a dash alone': [{ ...SHOP, channels: ['-*'] }, /"channels\.0"/],
    'a channel that is null': [{ ...SHOP, channels: [null] }, /"channels\.0"/],
    'more channels than there may be': [{ ...SHOP, channels: Array(1_001).fill('a') }, /"channels"/],
    'more channels than a header can carry': [
      { ...SHOP, channels: Array.from({ length: 200 }, (_, at) => `line-${at}-${'x'.repeat(30)}`) },
      /"channels" is too long.*7500/,
    ],
    'no scope': [{ ...SHOP, scope: undefined }, /"scope"/],
    'an empty scope': [{ ...SHOP, scope: '' }, /"scope"/],
    'a scope nobody knows': [{ ...SHOP, scope: 'messages:send messages:all' }, /"scope"/],
    'scopes with commas': [{ ...SHOP, scope: 'messages:send,messages:read' }, /"scope"/],
    'scopes with two spaces': [{ ...SHOP, scope: 'messages:send  messages:read' }, /"scope"/],
    'scopes as a list': [{ ...SHOP, scope: ['messages:send'] }, /"scope"/],
    'a channel that channels do not grant': [{ ...SHOP, channel: 'support' }, /"channel"/],
    'a channel that is a prefix': [{ ...SHOP, channels: ['latam-*'], channel: 'latam-*' }, /"channel"/],
    'no end': [{ ...SHOP, expiresIn: undefined }, /"expiresIn"/],
    'an end that is a text': [{ ...SHOP, expiresIn: '600' }, /"expiresIn"/],
    'an end that is null': [{ ...SHOP, expiresIn: null }, /"expiresIn"/],
    'an end at once': [{ ...SHOP, expiresIn: 0 }, /"expiresIn"/],
    'an end in the past': [{ ...SHOP, expiresIn: -60 }, /"expiresIn"/],
    'an end in half seconds': [{ ...SHOP, expiresIn: 0.5 }, /"expiresIn"/],
    'an end past the limit': [{ ...SHOP, expiresIn: 31_622_401 }, /"expiresIn".*31622400/],
    'an end past all limits': [{ ...SHOP, expiresIn: 1e308 }, /"expiresIn"/],
    'a jti of its own': [{ ...SHOP, jti: 'mine' }, /"jti"/],
    'claims of its own': [{ ...SHOP, iss: 'x' }, /"iss"/],
    'a token of its own': [{ ...SHOP, token: 'x' }, /"token"/],
    'a time of its own': [{ ...SHOP, issuedAt: '2020-01-01T00:00:00Z' }, /"issuedAt"/],
  }
  for (const [what, [json, why]] of Object.entries(WRONG)) {
    t.test(`${what} is refused`, async (t) => {
      const seen = await issue(json)
      isProblem(t, seen, 400, 'invalid-request')
      t.match(seen.body['detail'], why)
    })
  }

  t.test('the longest life that the setting allows is allowed', async (t) => {
    t.equal((await issue({ ...SHOP, expiresIn: 31_622_400 })).status, 201)
  })

  t.test('no list, no audit, no log line and no file ever held a token', async (t) => {
    t.ok(issued.length > 5)
    const lists = await Promise.all(['tokens', 'audit'].map((list) => admin('GET', `/v1/${list}?limit=1000`)))
    for (const text of [log.text, ...lists.map((seen) => seen.text)]) {
      for (const token of issued) t.notMatch(text, token.split('.')[2] ?? token)
    }
  })

  t.test('the data plane issues none', async (t) => {
    const headers = { authorization: `Bearer ${sign({ scope: 'admin:read admin:write' })}` }
    const seen = await sendTo(gateway.dataUrl, { method: 'POST', path: '/v1/tokens', headers })
    isProblem(t, seen, 404, 'unknown-operation')
  })
})

t.test('an issued token carries the issuer and the audience that the gateway wants', async (t) => {
  const own = { JWT_ISSUER: 'https://gateway.test', JWT_AUDIENCE: 'wati-gateway' }
  const { admin } = await startBare(t, own)
  const claims = { iss: own.JWT_ISSUER, aud: own.JWT_AUDIENCE }
  const json = { sub: 'ops', channels: [], scope: 'admin:read', expiresIn: 60 }
  const { status, body } = await admin('POST', '/v1/tokens', { json, claims })
  t.equal(status, 201)
  t.match(createDecoder()(String(body['token'])), claims)
  const headers = { authorization: `Bearer ${String(body['token'])}` }
  t.equal((await admin('GET', '/v1/channels', { claims: null, headers })).status, 200, 'so it is taken')
})

t.test('the longest life is a setting', async (t) => {
  const { admin } = await startBare(t, { TOKEN_LIFETIME_LIMIT_SECONDS: '60' })
  t.equal((await admin('POST', '/v1/tokens', { json: { ...SHOP, expiresIn: 60 } })).status, 201)
  const seen = await admin('POST', '/v1/tokens', { json: { ...SHOP, expiresIn: 61 } })
  isProblem(t, seen, 400, 'invalid-request')
  t.match(seen.body['detail'], /60 seconds \(TOKEN_LIFETIME_LIMIT_SECONDS\)/)
})

t.test('without JWT_SECRET none can be issued, but any can be revoked', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const folder = t.testdir({})
  const path = join(folder, 'keys.pem')
  await writeFile(path, publicKey.export({ type: 'spki', format: 'pem' }))
  const dataDir = join(folder, 'data')
  const { admin } = await startBare(t, { JWT_SECRET: '', JWT_PUBLIC_KEYS: path, DATA_DIR: dataDir })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const signed = (claims: object): string =>
    createSigner({ key, algorithm: 'EdDSA', expiresIn: 60_000 })({ sub: 'ops', ...claims })
  const carrying = (token: string) => ({ claims: null, headers: { authorization: `Bearer ${token}` } })
  const ops = carrying(signed({ scope: 'admin:read admin:write' }))
  isProblem(t, await admin('POST', '/v1/tokens', { ...ops, json: SHOP }), 409, 'conflict')
  const leaked = carrying(signed({ scope: 'admin:read', jti: 'leaked' }))
  t.equal((await admin('GET', '/v1/channels', leaked)).status, 200)
  t.equal((await admin('DELETE', '/v1/tokens/leaked', ops)).status, 204)
  isProblem(t, await admin('GET', '/v1/channels', leaked), 401, 'unauthenticated')
  const forged = sign({ scope: 'admin:read admin:write' }, JWT_SECRET)
  isProblem(t, await admin('GET', '/v1/channels', carrying(forged)), 401, 'unauthenticated')
})

t.test('a revocation outlives a restart', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startBare(t, settings)
  const claims = { scope: 'admin:read', jti: 'leaked' }
  await first.admin('DELETE', '/v1/tokens/leaked')
  await first.gateway.close()
  const second = await startBare(t, settings)
  isProblem(t, await second.admin('GET', '/v1/channels', { claims }), 401, 'unauthenticated')
})

t.test(
  'a token that ended more than a day ago is forgotten, not sooner; one that was revoked likewise',
  async (t) => {
    const bare = await startBare(t)
    const { admin } = bare
    const short = await issue(bare, 'short', 60)
    const revoked = await issue(bare, 'revoked', 60)
    await admin('DELETE', `/v1/tokens/${String(revoked['jti'])}`)
    await admin('DELETE', '/v1/tokens/foreign')
    const long = await issue(bare, 'long', 30 * 24 * 3_600)
    const now = Date.now()
    t.teardown(() => mock.timers.reset())
    mock.timers.enable({ apis: ['Date'], now: now + DAY_MS })
    const early = await issue(bare, 'early', 60)
    t.strictSame(
      await jtis(bare),
      [short, revoked, long, early]
        .map(({ jti }) => jti)
        .concat('foreign')
        .sort(),
    )
    mock.timers.setTime(now + DAY_MS + 61_000)
    const last = await issue(bare, 'last', 60)
    t.strictSame(
      await jtis(bare),
      [long, early, last]
        .map(({ jti }) => jti)
        .concat('foreign')
        .sort(),
    )
    const { body } = await admin('GET', '/v1/audit?action=token.forget')
    t.match(body['items'], [
      { actor: { sub: 'wati-gateway' }, target: { kind: 'token', id: short['jti'] } },
      { actor: { sub: 'wati-gateway' }, target: { kind: 'token', id: revoked['jti'] } },
    ])
  },
)

async function issue({ admin }: Bare, sub: string, expiresIn: number): Promise<Record<string, unknown>> {
  return (await admin('POST', '/v1/tokens', { json: { ...SHOP, sub, expiresIn } })).body
}

async function jtis({ admin }: Bare): Promise<unknown[]> {
  const { items } = (await admin('GET', '/v1/tokens')).body as { items: { jti: string }[] }
  return items.map(({ jti }) => jti)
}
