import { randomBytes } from 'node:crypto'
import t from 'tap'
import { type Seen, sendBytes, sendTo } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  type Bare,
  type Claims,
  adminToken,
  callerToken,
  sign,
  startBare,
} from '../helpers/running-gateway.ts'
import { closedPort } from '../helpers/upstream.ts'

const ACCOUNT = { tenantId: '388428', baseUrl: 'https://live-mt-server.wati.io', token: 'wati_token' }

t.test('the control plane', async (t) => {
  const { gateway, admin, log } = await startBare(t)
  await admin('PUT', '/v1/accounts/acme', { json: ACCOUNT })
  await admin('PUT', '/v1/channels/sales', { json: { account: 'acme', number: '85264318722' } })
  const routes = await listRoutes(admin)
  const before = await revisionOf(admin)

  t.test('is described with all its routes', (t) => {
    t.ok(routes.length >= 21, `${routes.length} routes`)
    t.end()
  })

  for (const { method, path, scope } of routes) {
    const name = `${method} ${path}`
    const ask = (claims: Claims | null, headers = {}): Promise<Seen> =>
      admin(method, path, { claims, headers, ...(method !== 'GET' && { json: {} }) })

    t.test(`${name} is closed to the token of a caller`, async (t) => {
      const headers = { authorization: `Bearer ${callerToken({ channels: ['*'] })}` }
      isProblem(t, await ask(null, headers), 403, 'scope-missing')
    })
    t.test(`${name} is closed to nobody's token, a broken and an expired one`, async (t) => {
      const expired = adminToken({ exp: Math.floor(Date.now() / 1_000) - 1 })
      const foreign = sign({ scope: 'admin:read admin:write' }, 'another secret of more than 32 bytes')
      isProblem(t, await ask(null), 401, 'unauthenticated')
      for (const authorization of [
        ...['Bearer', 'Bearer x', `Basic ${adminToken()}`, adminToken(), `Bearer ${adminToken()}x`],
        ...[`Bearer ${expired}`, `Bearer ${foreign}`],
      ]) {
        isProblem(t, await ask(null, { authorization }), 401, 'unauthenticated')
      }
    })
    const other = scope === 'admin:read' ? 'admin:write' : 'admin:read'
    t.test(`${name} is closed to an admin who has only ${other}`, async (t) => {
      const seen = await ask({ scope: other })
      isProblem(t, seen, 403, 'scope-missing')
      t.match(seen.body['detail'], scope, 'it says which scope it needs')
    })
    t.test(`${name} is closed to scopes that only look alike`, async (t) => {
      for (const wrong of [
        '',
        'admin',
        'admin:*',
        '*',
        `${scope}s`,
        scope.toUpperCase(),
        `x${scope}`,
        `${scope},x`,
      ]) {
        isProblem(t, await ask({ scope: wrong }), 403, 'scope-missing')
      }
      isProblem(t, await ask({ scope: [scope] }), 401, 'unauthenticated')
    })
  }

  t.test('is changed by none of these', async (t) => {
    t.equal(await revisionOf(admin), before)
  })

  t.test('refuses by the token before it looks at the body', async (t) => {
    const headers = { 'content-type': 'application/json' }
    isProblem(
      t,
      await admin('PUT', '/v1/accounts/acme', { claims: null, headers, body: '{' }),
      401,
      'unauthenticated',
    )
    isProblem(
      t,
      await admin('PUT', '/v1/accounts/acme', { claims: { scope: '' }, headers, body: '{' }),
      403,
      'scope-missing',
    )
  })

  for (const path of [
    '/v2/accounts',
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v1//accounts',
    '/V1/accounts',
    '/v1/accounts/acme/x',
    '/v1/channels/sales/api/v1/getContacts',
    '/channels/sales/api/v1/getContacts',
  ]) {
    t.test(`has nothing at ${path}`, async (t) => {
      isProblem(t, await admin('GET', path), 404, 'not-found')
    })
  }

  t.test('refuses a request with two tokens, also where one of them would do', async (t) => {
    const [good, bad] = [adminToken(), callerToken()].map((token) => `authorization: Bearer ${token}\r\n`)
    const ask = (lines: string): Promise<Seen> =>
      sendBytes(gateway.adminUrl, `GET /v1/accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`)
    t.equal((await ask(good ?? '')).status, 200)
    isProblem(t, await ask(`${good ?? ''}${bad ?? ''}`), 400, 'malformed-request')
    isProblem(t, await ask(`${good ?? ''}${good ?? ''}`), 400, 'malformed-request')
    isProblem(t, await ask(`${bad ?? ''}${good ?? ''}`), 403, 'scope-missing')
  })

  t.test('has a path that cannot be decoded, and one too long, refused', async (t) => {
    for (const path of ['/v1/accounts/%zz', '/v1/accounts/%', '/v1/tokens/%ff', '/%c0%af', '/v1/%e2%82']) {
      isProblem(t, await admin('GET', path), 400, 'malformed-request')
    }
    const long = await admin('GET', `/v1/accounts/${'a'.repeat(10_000)}`)
    isProblem(t, long, 400, 'invalid-request')
    t.notMatch(long.text, 'aaaa', 'it is not repeated')
  })

  t.test('takes a request id that is sane, and makes one otherwise', async (t) => {
    const headers = (id: string) => ({ headers: { 'x-request-id': id } })
    t.equal((await admin('GET', '/v1/accounts', headers('a.b-c_1'))).headers['x-request-id'], 'a.b-c_1')
    const refused = await admin('GET', '/v1/accounts/none', headers('mine'))
    isProblem(t, refused, 404, 'not-found')
    t.equal(refused.body['requestId'], 'mine')
    t.match((await admin('GET', '/v1/accounts', headers('a b'))).headers['x-request-id'], /^[0-9a-f-]{36}$/)
  })

  t.test('refuses a body over the limit', async (t) => {
    const json = { ...ACCOUNT, description: 'x'.repeat(1_100_000) }
    isProblem(t, await admin('PUT', '/v1/accounts/acme', { json }), 413, 'body-too-large')
  })

  t.test('is not on the port of the data plane', async (t) => {
    for (const method of ['GET', 'PUT']) {
      const headers = { authorization: `Bearer ${adminToken()}` }
      const seen = await sendTo(gateway.dataUrl, { method, path: '/v1/accounts/acme', headers })
      isProblem(t, seen, 404, 'unknown-operation')
    }
  })

  t.test('knows no other methods', async (t) => {
    for (const [method, path] of [
      ['POST', '/v1/accounts'],
      ['PATCH', '/v1/accounts/acme'],
      ['POST', '/v1/channels/sales'],
      ['GET', '/v1/tokens/x'],
      ['PUT', '/v1/tokens/x'],
      ['GET', '/v1/keys/rotate'],
      ['DELETE', '/v1/audit'],
      ['POST', '/v1/audit'],
      ['OPTIONS', '/v1/accounts'],
      ['HEAD', '/v1/accounts'],
    ] as const) {
      const { status, body } = await admin(method, path, method === 'POST' ? { json: {} } : {})
      t.equal(status, 404, `${method} ${path}`)
      if (method !== 'HEAD') t.equal(body['origin'], 'gateway')
    }
  })

  t.test('has one log line a request, without body, query or token', async (t) => {
    const headers = { 'x-request-id': 'logged' }
    const json = { ...ACCOUNT, token: 'wati_planted-token', description: 'planted-body' }
    await admin('PUT', '/v1/accounts/logged?wait=planted-query', { json, headers })
    const { time: _time, durationMs, ...line } = await log.lineOf('logged')
    t.strictSame(line, {
      level: 'info',
      plane: 'control',
      requestId: 'logged',
      caller: 'admin',
      method: 'PUT',
      route: '/v1/accounts/:account',
      status: 400,
      problem: 'invalid-request',
      msg: 'request',
    })
    t.type(durationMs, 'number')
    await admin('GET', '/v1/accounts', { claims: null, headers: { 'x-request-id': 'nobody' } })
    t.match(await log.lineOf('nobody'), { status: 401, problem: 'unauthenticated' })
    for (const id of ['logged', 'nobody']) {
      t.equal(log.lines.filter(({ requestId }) => requestId === id).length, 1)
    }
    t.notMatch(log.text, /planted/)
  })
})

t.test('before the directory is loaded', async (t) => {
  const redis = await closedPort()
  const environment = {
    REDIS_URL: redis.replace('http', 'redis'),
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  }
  const { admin, call } = await startBare(t, environment)

  for (const { method, path } of await listRoutes(admin)) {
    t.test(`${method} ${path} is 503, not empty and not unknown`, async (t) => {
      const seen = await admin(method, path, method === 'GET' ? {} : { json: {} })
      isProblem(t, seen, 503, 'store-unavailable')
      t.match(seen.headers['retry-after'], /^\d+$/)
      isProblem(t, await admin(method, path, { claims: null }), 401, 'unauthenticated')
    })
  }

  t.test('both planes live, but are not ready', async (t) => {
    for (const ask of [admin, call]) {
      t.equal((await ask('GET', '/healthz', { claims: null })).status, 200)
      isProblem(t, await ask('GET', '/readyz', { claims: null }), 503, 'store-unavailable')
    }
  })
})

interface Route {
  readonly method: string
  /** With a name in the place of each parameter. */
  readonly path: string
  readonly scope: string
}

/** All routes under `/v1`, as the control plane describes itself. */
async function listRoutes(admin: Bare['admin']): Promise<Route[]> {
  const { body } = await admin('GET', '/openapi.json', { claims: null })
  const paths = body['paths'] as Record<string, Record<string, { security: { admin?: string[] }[] }>>
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { security }]) => {
      const scope = security[0]?.admin?.[0]
      if (scope === undefined) return []
      const named = path.replace('{account}', 'acme').replace('{alias}', 'sales').replace('{jti}', 'x')
      return [{ method: method.toUpperCase(), path: named, scope }]
    }),
  )
}

async function revisionOf(admin: Bare['admin']): Promise<unknown> {
  return (await admin('GET', '/v1/directory')).body['revision']
}
