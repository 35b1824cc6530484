import t from 'tap'
import { type Bare, type Claims, adminToken, startBare } from '../helpers/running-gateway.ts'

type Headers = Readonly<Record<string, string>>

/** Signs in, and gives the cookie as a browser sends it. */
async function signIn(
  { gateway }: Bare,
  claims: Claims = {},
): Promise<{ cookie: string; setCookie: string }> {
  const { origin } = new URL(gateway.adminUrl)
  const headers = { authorization: `Bearer ${adminToken(claims)}`, origin }
  const answer = await fetch(`${gateway.adminUrl}/v1/session`, { method: 'POST', headers })
  const setCookie = answer.headers.get('set-cookie') ?? ''
  return { cookie: setCookie.split(';')[0] ?? '', setCookie }
}

/** A request as a page of this origin sends it. */
async function ask(
  { gateway }: Bare,
  method: string,
  path: string,
  headers: Headers,
  body?: object,
): Promise<{ status: number; detail: string; problem: string }> {
  const { origin } = new URL(gateway.adminUrl)
  const answer = await fetch(gateway.adminUrl + path, {
    method,
    headers: {
      ...(method !== 'GET' && { origin }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const { detail = '', type = '' } = (await answer.json().catch(() => ({}))) as Record<string, string>
  return { status: answer.status, detail, problem: type.split(':').at(-1) ?? '' }
}

const REVOCATION = '/v1/tokens/some-token'

t.test('a session', async (t) => {
  const bare = await startBare(t)

  await t.test(
    'does what its token may do, and is told of in the audit by the name of the admin',
    async (t) => {
      const { cookie, setCookie } = await signIn(bare, { sub: 'ana', jti: 'token-of-ana' })
      t.match(setCookie, /^wati-gateway-session=[^;]+; Max-Age=\d+; Path=\/v1; HttpOnly; SameSite=Strict$/)
      t.equal((await ask(bare, 'GET', '/v1/accounts', { cookie })).status, 200)
      t.equal((await ask(bare, 'DELETE', REVOCATION, { cookie })).status, 204)
      const { text } = await bare.admin('GET', '/v1/audit?action=token.revoke')
      t.match(JSON.parse(text), { items: [{ actor: { sub: 'ana', jti: 'token-of-ana' } }] })
    },
  )

  await t.test('of a read-only admin reads and cannot write', async (t) => {
    const { cookie } = await signIn(bare, { scope: 'admin:read messages:send' })
    t.equal((await ask(bare, 'GET', '/v1/accounts', { cookie })).status, 200)
    const refused = await ask(bare, 'DELETE', REVOCATION, { cookie })
    t.match(refused, { status: 403, problem: 'scope-missing' })
  })

  await t.test('is not given to callers, nor for a token that is not good', async (t) => {
    t.equal((await signIn(bare, { scope: 'messages:send' })).cookie, '')
    t.equal((await signIn(bare, { exp: 1 })).cookie, '')
    const { status } = await ask(bare, 'POST', '/v1/session', {})
    t.equal(status, 401)
  })

  await t.test('is refused to other sites, by Sec-Fetch-Site and by Origin', async (t) => {
    const { cookie } = await signIn(bare)
    const { host, port } = new URL(bare.gateway.adminUrl)
    const refused: readonly (readonly [string, Headers])[] = [
      ['DELETE', { origin: 'https://evil.example' }],
      ['DELETE', { origin: 'null' }],
      ['DELETE', { origin: `http://${host}.evil.example` }],
      ['DELETE', { origin: `http://127.0.0.1:${Number(port) - 1}` }],
      ['DELETE', { 'sec-fetch-site': 'cross-site' }],
      ['DELETE', { 'sec-fetch-site': 'same-site' }],
      ['DELETE', { 'sec-fetch-site': 'none' }],
      ['GET', { 'sec-fetch-site': 'cross-site' }],
      ['GET', { origin: 'https://evil.example' }],
    ]
    for (const [method, headers] of refused) {
      const answer = await ask(bare, method, method === 'GET' ? '/v1/accounts' : REVOCATION, {
        cookie,
        ...headers,
      })
      t.match(answer, { status: 403, problem: 'cross-site-request' }, `${method} ${JSON.stringify(headers)}`)
    }
    const bearer = { authorization: `Bearer ${adminToken()}` }
    const signedInFromElsewhere = await ask(bare, 'POST', '/v1/session', {
      ...bearer,
      origin: 'https://evil.example',
    })
    t.equal(signedInFromElsewhere.status, 403)
    const typed = await ask(bare, 'GET', '/v1/accounts', { cookie, 'sec-fetch-site': 'none' })
    t.equal(typed.status, 200, 'an address that somebody typed')
    const byToken = await ask(bare, 'DELETE', REVOCATION, { ...bearer, origin: 'https://tool.example' })
    t.equal(byToken.status, 204, 'a token of its own is no session')
  })

  await t.test('without Origin and Sec-Fetch-Site cannot write', async (t) => {
    const { cookie } = await signIn(bare)
    const { adminUrl } = bare.gateway
    const answer = await fetch(adminUrl + REVOCATION, { method: 'DELETE', headers: { cookie } })
    t.equal(answer.status, 403)
  })

  await t.test('that was edited, cut or made up is none', async (t) => {
    const { cookie } = await signIn(bare)
    const flipped = cookie.slice(0, -6) + (cookie.at(-6) === 'A' ? 'B' : 'A') + cookie.slice(-5)
    for (const one of [flipped, cookie.slice(0, -8), 'wati-gateway-session=x', 'wati-gateway-session=']) {
      t.equal((await ask(bare, 'GET', '/v1/accounts', { cookie: one })).status, 401, one.slice(0, 30))
    }
  })

  await t.test('ends when its token is revoked', async (t) => {
    const { cookie } = await signIn(bare, { jti: 'doomed' })
    t.equal((await ask(bare, 'GET', '/v1/accounts', { cookie })).status, 200)
    await bare.admin('DELETE', '/v1/tokens/doomed')
    t.match(await ask(bare, 'GET', '/v1/accounts', { cookie }), { status: 401, detail: /was ended/ })
  })

  await t.test('ends when its admin signs out, and a copy of the cookie with it', async (t) => {
    const { cookie } = await signIn(bare, { scope: 'admin:read' })
    t.equal((await ask(bare, 'DELETE', '/v1/session', { cookie })).status, 204)
    t.match(await ask(bare, 'GET', '/v1/accounts', { cookie }), { status: 401, detail: /was ended/ })
    const { text } = await bare.admin('GET', '/v1/audit?action=session.end')
    t.match(JSON.parse(text), { items: [{ action: 'session.end', target: { kind: 'token' } }] })
  })

  await t.test('is passed over where a token is sent, too', async (t) => {
    const { cookie } = await signIn(bare)
    const headers = { cookie, authorization: `Bearer ${adminToken({ exp: 1 })}` }
    t.equal((await ask(bare, 'GET', '/v1/accounts', headers)).status, 401)
  })

  await t.test('opens no channel', async (t) => {
    const { cookie } = await signIn(bare)
    const answer = await fetch(`${bare.gateway.dataUrl}/channels/sales/api/v1/getContacts`, {
      headers: { cookie },
    })
    t.equal(answer.status, 401)
  })
})

t.test('a session lives as long as the settings say, and its cookie can be kept to https', async (t) => {
  const bare = await startBare(t, { SESSION_LIFETIME_SECONDS: '60', SESSION_COOKIE_SECURE: 'true' })
  const { setCookie } = await signIn(bare)
  t.match(setCookie, /Max-Age=(60|59); .*; Secure/)
})
