import { type RawUniversalConfig, createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { ROUTE_TEXTS } from '../../src/admin/openapi-routes.ts'
import { buildGateway } from '../../src/app.ts'
import { readSettings } from '../../src/config.ts'
import { PROBLEMS } from '../../src/errors.ts'
import { makeLogger } from '../../src/logging.ts'
import type { Seen } from '../helpers/http-client.ts'
import { JWT_SECRET, TENANT, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: readonly { readonly admin?: readonly string[] }[]
  readonly parameters?: readonly { name: string; in: string; required: boolean; description?: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: object }>> }
  readonly responses: Readonly<Record<string, Response>>
}

interface Response {
  readonly description: string
  readonly headers?: object
  readonly content?: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>
}

interface Document {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** The linter's recommended rules, all of them but those that make no sense here. */
const RULES: RawUniversalConfig = {
  extends: ['recommended'],
  rules: {
    // Nobody is given a licence: package.json says UNLICENSED.
    'info-license': 'off',
    'info-license-strict': 'off',
  },
}

/** The routes of the contract's table of the control plane. What is still to come joins it with its issue. */
const CONTRACT = `
  PUT GET DELETE /v1/accounts/{account}
  GET /v1/accounts
  PUT /v1/accounts/{account}/token
  PUT PATCH GET DELETE /v1/channels/{alias}
  GET /v1/channels
  POST /v1/channels/{alias}/check
  POST /v1/explain
  POST GET /v1/tokens
  DELETE /v1/tokens/{jti}
  POST /v1/keys/rotate
  GET /v1/keys
  GET /v1/audit
  GET /v1/replicas
  GET /openapi.json
  GET /metrics`

t.test('GET /openapi.json', async (t) => {
  const { admin, sandbox } = await startRunning(t)
  const seen = await admin('GET', '/openapi.json', { claims: null })
  const document = seen.body as unknown as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      ...operation,
    })),
  )

  t.test('is there without a token, as JSON', async (t) => {
    t.equal(seen.status, 200)
    t.match(seen.headers['content-type'], /^application\/json/)
    t.match(document, { openapi: /^3\.1\./, servers: [{ url: '/' }] })
  })

  t.test('is what the linter wants of OpenAPI 3.1', async (t) => {
    const config = await createConfig(RULES)
    const problems = await lintFromString({ source: seen.text, absoluteRef: 'openapi.json', config })
    const told = problems.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`,
    )
    t.strictSame(told, [])
  })

  t.test('would not be let through by the linter with a mistake in it', async (t) => {
    const config = await createConfig(RULES)
    const source = seen.text.replace('"type":"object"', '"type":"objekt"')
    t.ok((await lintFromString({ source, absoluteRef: 'openapi.json', config })).length > 0)
  })

  t.test('has all routes of the contract', (t) => {
    const names = new Set(operations.map(({ name }) => name))
    for (const line of CONTRACT.trim().split('\n')) {
      const [path = '', ...methods] = line.trim().split(' ').reverse()
      for (const method of methods) t.ok(names.has(`${method} ${path}`), `${method} ${path}`)
    }
    t.end()
  })

  t.test('describes the routes that there are, and no others', async (t) => {
    const names = operations.map(({ name }) => name).sort()
    const real = await realRoutes(folderOf(t))
    // The admin page is for people: it and its files are not described.
    const ofPage = ['GET /', 'GET /*', 'HEAD /*']
    t.strictSame(names, real.filter((name) => !ofPage.includes(name)).sort())
    t.strictSame(
      names,
      Object.keys(ROUTE_TEXTS)
        .map((name) => name.replace(/:(\w+)/g, '{$1}'))
        .sort(),
    )
  })

  for (const { name, method, path, operationId, summary, ...operation } of operations) {
    const { tags, security, parameters = [], requestBody, responses } = operation

    t.test(`${name} has a name, a sentence and a tag`, (t) => {
      t.match(operationId, /^[a-z][A-Za-z]+$/)
      t.match(summary, /^[A-Z].*[^.]$/)
      t.ok(document.tags.some((tag) => tag.name === tags[0]))
      t.end()
    })

    t.test(`${name} says what it answers, and never "Default Response"`, (t) => {
      const good = Object.keys(responses).filter((status) => status.startsWith('2'))
      t.ok(good.length > 0)
      for (const [status, { description }] of Object.entries(responses)) {
        t.match(status, /^[1-5]\d\d$/)
        t.match(description, /^[A-Z`].*\.$/)
      }
      t.equal(responses['204']?.content, undefined)
      t.end()
    })

    t.test(`${name} describes its parameters`, (t) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one)
      t.strictSame(
        parameters.filter((one) => one.in === 'path').map((one) => one.name),
        inPath,
      )
      for (const { description } of parameters) t.match(description, /\S/)
      t.end()
    })

    if (!path.startsWith('/v1/')) {
      t.test(`${name} needs no token, and really does not`, async (t) => {
        t.strictSame(security, [])
        t.equal((await admin(method, path, { claims: null })).status, 200)
      })
      continue
    }

    t.test(`${name} says which scope it needs, and its refusals`, (t) => {
      const isRead = method === 'GET' || path === '/v1/explain' || path === '/v1/session'
      t.strictSame(security, [{ admin: [isRead ? 'admin:read' : 'admin:write'] }])
      for (const status of ['400', '401', '403', '503']) t.ok(responses[status], status)
      if (requestBody) for (const status of ['413', '415']) t.ok(responses[status], status)
      for (const [status, { content }] of Object.entries(responses)) {
        if (status.startsWith('2')) continue
        t.strictSame(content, {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        })
        t.ok(Object.values(PROBLEMS).some((problem) => String(problem.status) === status))
      }
      t.end()
    })

    t.test(`${name} says whether it can wait, and whether If-Match guards it`, (t) => {
      const names = parameters.map((one) => one.name)
      const isGuarded = method !== 'GET' && /^\/v1\/(?:accounts|channels)\/\{\w+\}(?:\/token)?$/.test(path)
      t.equal(names.includes('if-match'), isGuarded)
      t.equal('412' in responses, isGuarded)
      for (const [status, { headers = {} }] of Object.entries(responses)) {
        t.equal('wati-gateway-applied' in headers, names.includes('wait') && status.startsWith('2'))
      }
      t.end()
    })
  }

  t.test('says of real answers what they are', async (t) => {
    const account = { tenantId: TENANT, baseUrl: sandbox.url, token: WATI_TOKEN }
    const token = { sub: 'shop', channels: ['sales'], scope: 'messages:send', expiresIn: 60 }
    const explain = { channel: 'sales', method: 'GET', path: '/api/v1/getContacts' }
    const check = (method: string, path: string, answer: Seen): void => {
      const { status, body, headers } = answer
      const described = document.paths[path]?.[method.toLowerCase()]?.responses[String(status)]
      if (!t.ok(described, `${method} ${path} can answer ${status}`)) return
      const type = headers['content-type']?.split(';')[0] ?? ''
      const schema = described?.content?.[type]?.schema
      if (status === 204) return void t.equal(answer.text, '')
      const named = Object.keys(schema?.['properties'] ?? {})
      if ('$ref' in (schema ?? {}) || 'anyOf' in (schema ?? {})) return
      t.strictSame(
        Object.keys(body).filter((field) => !named.includes(field)),
        [],
        `${method} ${path}`,
      )
      const required = (schema?.['required'] ?? []) as string[]
      t.strictSame(
        required.filter((field) => !(field in body)),
        [],
      )
    }
    const asked = async (method: string, path: string, at: string, json?: object): Promise<void> => {
      check(method, path, await admin(method, at, json && { json }))
    }
    await asked('PUT', '/v1/accounts/{account}', '/v1/accounts/made', account)
    await asked('PUT', '/v1/accounts/{account}', '/v1/accounts/made', account)
    await asked('GET', '/v1/accounts/{account}', '/v1/accounts/made')
    await asked('GET', '/v1/accounts', '/v1/accounts')
    await asked('PUT', '/v1/accounts/{account}/token', '/v1/accounts/made/token', { token: WATI_TOKEN })
    await asked('PUT', '/v1/accounts/{account}/token', '/v1/accounts/made/token', { token: 'wati_bad-token' })
    await asked('DELETE', '/v1/accounts/{account}', '/v1/accounts/acme')
    await asked('DELETE', '/v1/accounts/{account}', '/v1/accounts/made')
    await asked('PUT', '/v1/channels/{alias}', '/v1/channels/made', {
      account: 'acme',
      number: '85264318722',
    })
    await asked('PATCH', '/v1/channels/{alias}', '/v1/channels/made', { labels: { a: 'b' }, weight: 2 })
    await asked('GET', '/v1/channels/{alias}', '/v1/channels/made')
    await asked('GET', '/v1/channels', '/v1/channels')
    await asked('DELETE', '/v1/channels/{alias}', '/v1/channels/made')
    await asked('POST', '/v1/channels/{alias}/check', '/v1/channels/sales/check')
    await asked('POST', '/v1/explain', '/v1/explain', explain)
    await asked('POST', '/v1/tokens', '/v1/tokens', token)
    await asked('GET', '/v1/tokens', '/v1/tokens')
    await asked('DELETE', '/v1/tokens/{jti}', '/v1/tokens/x')
    await asked('POST', '/v1/keys/rotate', '/v1/keys/rotate')
    await asked('GET', '/v1/keys', '/v1/keys')
    await asked('GET', '/v1/audit', '/v1/audit')
    await asked('GET', '/v1/replicas', '/v1/replicas')
    await asked('GET', '/v1/troubles', '/v1/troubles')
    await asked('GET', '/v1/directory', '/v1/directory')
    await asked('POST', '/v1/directory/reseed', '/v1/directory/reseed')
    for (const path of ['/healthz', '/readyz', '/metrics']) await asked('GET', path, path)
  })
})

/** The routes of the control plane as Fastify has them, in the form of OpenAPI. */
async function realRoutes(dataDir: string): Promise<string[]> {
  const settings = readSettings({ JWT_SECRET, DATA_DIR: dataDir })
  const { admin, close } = await buildGateway(settings, makeLogger('silent'))
  await admin.ready()
  const text = admin.printRoutes({ commonPrefix: false })
  await close()
  const routes: string[] = []
  const folders: string[] = []
  for (const [, indent = '', path = '', methods = ''] of text.matchAll(
    /^((?:[│ ] {3})*)[├└]── (\S+) \(([A-Z, ]+)\)$/gm,
  )) {
    const depth = indent.length / 4
    folders.splice(depth, folders.length, path)
    const whole = folders.join('').replace(/:(\w+)/g, '{$1}')
    routes.push(...methods.split(', ').map((method) => `${method} ${whole}`))
  }
  return routes
}
