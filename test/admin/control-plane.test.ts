import t from 'tap'
import { sendTo } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { adminToken, callerToken, startBare } from '../helpers/running-gateway.ts'

const ACCOUNT = { tenantId: '388428', baseUrl: 'https://live-mt-server.wati.io', token: 'wati_token' }

t.test('the control plane', async (t) => {
  const { gateway, admin } = await startBare(t)
  await admin('PUT', '/v1/accounts/acme', { json: ACCOUNT })
  const reads: [string, string][] = [
    ['GET', '/v1/accounts'],
    ['GET', '/v1/accounts/acme'],
    ['GET', '/v1/channels'],
    ['GET', '/v1/channels/none'],
  ]
  const writes: [string, string][] = [
    ['PUT', '/v1/accounts/acme'],
    ['DELETE', '/v1/accounts/acme'],
    ['PUT', '/v1/channels/sales'],
    ['DELETE', '/v1/channels/sales'],
  ]

  for (const [method, path] of [...reads, ...writes]) {
    t.test(`${method} ${path} is closed to the token of a caller`, async (t) => {
      const headers = { authorization: `Bearer ${callerToken({ channels: ['*'] })}` }
      isProblem(t, await admin(method, path, { claims: null, headers }), 403, 'scope-missing')
    })
    t.test(`${method} ${path} is closed to nobody's token`, async (t) => {
      isProblem(t, await admin(method, path, { claims: null }), 401, 'unauthenticated')
    })
  }
  for (const [method, path] of writes) {
    t.test(`${method} ${path} is closed to an admin who may only read`, async (t) => {
      isProblem(
        t,
        await admin(method, path, { claims: { scope: 'admin:read' }, json: ACCOUNT }),
        403,
        'scope-missing',
      )
    })
  }
  for (const [method, path] of reads) {
    t.test(`${method} ${path} is closed to an admin who may only write`, async (t) => {
      isProblem(t, await admin(method, path, { claims: { scope: 'admin:write' } }), 403, 'scope-missing')
    })
  }

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
    '/',
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

  t.test('has a path that cannot be decoded, and one too long, refused', async (t) => {
    for (const path of ['/v1/accounts/%zz', '/v1/accounts/%ff', `/v1/accounts/${'a'.repeat(600)}`]) {
      const seen = await admin('GET', path)
      t.match(String(seen.status), /^40[04]$/, path.slice(0, 20))
      t.equal(seen.headers['content-type'], 'application/problem+json')
    }
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

  t.test('leaves out what is still to come', async (t) => {
    for (const [method, path] of [
      ['PATCH', '/v1/channels/sales'],
      ['POST', '/v1/tokens'],
      ['POST', '/v1/accounts'],
    ] as const) {
      const { status, body } = await admin(method, path, { json: {} })
      t.match(String(status), /^40[45]$/)
      t.equal(body['origin'], 'gateway')
    }
  })
})
