import fc from 'fast-check'
import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { type Running, TENANT, WATI_TOKEN, startBare, startRunning } from '../helpers/running-gateway.ts'

const RUNS = 100

/** A body that is right, with some fields that often are not. */
function nearly(right: object, values: readonly unknown[]): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...values, ...(Object.values(right) as unknown[])) },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) },
    fc.constantFrom<unknown>(null, '', 0, -1, 1e308, 0.1, true, [], {}, [[]], '\0', 'x'.repeat(5_000)),
  )
  const strange = ['__proto__', 'constructor', 'prototype', 'toString', '', 'revision', 'alias', 'a\nb']
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(right)) },
    fc.constantFrom(...strange),
    fc.string({ unit: 'binary', maxLength: 10 }),
  )
  const some = fc.dictionary(name, value, { maxKeys: 3 })
  const lacking = fc.subarray(Object.keys(right))
  const mixed = fc.tuple(some, lacking, fc.boolean()).map(([fields, names, isWhole]) => {
    const left = Object.entries(right).filter(([one]) => isWhole || names.includes(one))
    return { ...Object.fromEntries(left), ...fields }
  })
  return fc.oneof({ weight: 15, arbitrary: mixed }, fc.jsonValue())
}

const TEXTS = ['acme', 'sales', '85264318722', '+852 6431-8722', TENANT, WATI_TOKEN, `Bearer ${WATI_TOKEN}`]
const LIMITS: readonly object[] = [
  { sendTemplateMessage: { max: 1, windowSeconds: 1 } },
  { monthlyCalls: null },
  { toString: null },
]
const LABELS: readonly object[] = [
  { a: 'b' },
  { 'a\nb': 'c' },
  { constructor: 'x' },
  { a: null },
  { a: { b: 1 } },
]

interface Route {
  readonly method: string
  readonly path: string
  readonly bodies: fc.Arbitrary<unknown>
}

const CHANNEL = {
  ...{ account: 'acme', number: '85264318722', enabled: true, description: 'x' },
  ...{ weight: 5, monthlyCalls: null, labels: { a: 'b' } },
}
const CHANNEL_VALUES = [...TEXTS, ...LABELS, true, false, 5]

function routesFor(baseUrl: string): Readonly<Record<string, Route>> {
  const account = { tenantId: TENANT, baseUrl, token: WATI_TOKEN, plan: 'pro', limits: {}, description: 'x' }
  const token = { token: WATI_TOKEN, expiresAt: '2030-01-01T00:00:00Z' }
  const caller = {
    ...{ sub: 'shop', channels: ['sales'], scope: 'messages:send', channel: 'sales' },
    expiresIn: 60,
  }
  const question = {
    ...{ channel: 'sales', method: 'GET', path: '/api/v1/getContacts' },
    ...{ headers: { accept: 'x' }, body: '' },
  }
  const sources = [
    { env: 'HOME' },
    { file: '/etc/hostname' },
    `${baseUrl}/`,
    'https://live-mt-server.wati.io',
  ]
  const asked = ['POST', '/api/v1/%zz', '/api/v1/updateChatStatus', '{}', { 'a\nb': 'c' }, { host: 'x' }]
  return {
    'PUT of an account': {
      ...{ method: 'PUT', path: '/v1/accounts/fuzz' },
      bodies: nearly(account, [...TEXTS, ...LIMITS, ...sources]),
    },
    'PUT of a token': {
      ...{ method: 'PUT', path: '/v1/accounts/acme/token?verify=false' },
      bodies: nearly(token, [...TEXTS, '2030-02-30T00:00:00Z', '2030-01-01']),
    },
    'PUT of a channel': {
      ...{ method: 'PUT', path: '/v1/channels/fuzz', bodies: nearly(CHANNEL, CHANNEL_VALUES) },
    },
    'PATCH of a channel': {
      ...{ method: 'PATCH', path: '/v1/channels/sales', bodies: nearly(CHANNEL, CHANNEL_VALUES) },
    },
    'POST of a token': {
      ...{ method: 'POST', path: '/v1/tokens' },
      bodies: nearly(caller, [...TEXTS, ['*'], ['latam-*', 'sales'], 'admin:read messages:send', 60]),
    },
    'POST to explain': {
      ...{ method: 'POST', path: '/v1/explain' },
      bodies: nearly(question, [...TEXTS, ...asked]),
    },
  }
}

t.test('whatever JSON is sent, nothing fails and the directory stays whole', async (t) => {
  const running = await startRunning(t)
  const { admin } = running
  const all = routesFor(running.sandbox.url)

  for (const [what, { method, path, bodies }] of Object.entries(all)) {
    t.test(what, async (t) => {
      const answers = new Set<boolean>()
      const property = fc.asyncProperty(bodies, async (json) => {
        const seen = await admin(method, path, { json })
        checkAnswer(seen)
        answers.add(seen.status < 300)
        if (seen.status < 300 && method !== 'POST') await checkReadBack(running, path, seen)
      })
      await fc.assert(property, { numRuns: RUNS })
      t.strictSame([...answers].sort(), [false, true], 'some were taken, some refused')
      t.strictSame(await inconsistencies(running), [])
    })
  }

  t.test('bytes instead of JSON', async (t) => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }), fc.json())
    const routes = fc.constantFrom(...Object.values(all))
    const property = fc.asyncProperty(bytes, routes, async (body, { method, path }) => {
      const headers = { 'content-type': 'application/json' }
      checkAnswer(await admin(method, path, { headers, body: Buffer.from(body as Uint8Array) }))
    })
    await fc.assert(property, { numRuns: RUNS })
    t.strictSame(await inconsistencies(running), [])
  })

  t.test('any path and query under /v1', async (t) => {
    const word = fc.oneof(
      fc.constantFrom(
        'accounts',
        'channels',
        'tokens',
        'acme',
        'sales',
        'token',
        'check',
        'keys',
        'rotate',
        'audit',
      ),
      fc
        .string({ unit: 'binary', maxLength: 8 })
        .map((text) => encodeURIComponent(Buffer.from(text).toString())),
      fc.stringMatching(/^%[0-9a-f]{0,2}$/),
    )
    const query = fc.dictionary(fc.constantFrom('limit', 'cursor', 'wait', 'since', 'order', 'x'), word, {
      maxKeys: 3,
    })
    const url = fc.tuple(fc.array(word, { maxLength: 4 }), query).map(([words, pairs]) => {
      const search = Object.entries(pairs).map(([name, value]) => `${name}=${value}`)
      return `/v1/${words.join('/')}?${search.join('&')}`
    })
    const methods = fc.constantFrom('GET', 'PUT', 'PATCH', 'POST')
    const property = fc.asyncProperty(methods, url, async (method, path) => {
      checkAnswer(await admin(method, path, method === 'GET' ? {} : { json: { x: 1 } }))
    })
    await fc.assert(property, { numRuns: 2 * RUNS })
    t.strictSame(await inconsistencies(running), [])
  })

  t.test('and none of it was a failure of ours', (t) => {
    t.strictSame(
      running.log.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
      [],
    )
    t.end()
  })

  t.test('after a restart the same directory is there', async (t) => {
    const before = await everything(running)
    await running.gateway.close()
    const settings = { DATA_DIR: running.dataDir, WATI_HOSTS: running.sandbox.url }
    t.strictSame(await everything(await startBare(t, settings)), before)
  })
})

function checkAnswer({ status, headers, body, text }: Seen): void {
  if (status >= 500 || status < 200) throw new Error(`${status} ${text}`)
  if (status < 400) return
  if (headers['content-type'] !== 'application/problem+json') throw new Error(`no problem: ${text}`)
  if (body['status'] !== status || typeof body['detail'] !== 'string')
    throw new Error(`half a problem: ${text}`)
}

/** What was answered to a write is what reading gives. */
async function checkReadBack({ admin }: Running, path: string, seen: Seen): Promise<void> {
  const read = await admin('GET', path.replace(/\/token\?.*$/, ''))
  if (read.text !== seen.text) throw new Error(`${seen.text} is not ${read.text}`)
}

/** What cannot be in a directory: a channel of no account, a record with fields of another form. */
async function inconsistencies({ admin }: Pick<Running, 'admin'>): Promise<string[]> {
  const { accounts, channels, unreadable } = await everything({ admin })
  const ids = new Set(accounts.map(({ id }) => id))
  const fields = new Set(
    'alias account number enabled description weight monthlyCalls labels revision'.split(' '),
  )
  return [
    ...unreadable,
    ...channels
      .filter(({ account }) => !ids.has(account))
      .map(({ alias }) => `${String(alias)} has no account`),
    ...channels
      .filter(({ number }) => !/^[1-9]\d{6,14}$/.test(String(number)))
      .map((one) => JSON.stringify(one)),
    ...channels.flatMap((one) => Object.keys(one).filter((name) => !fields.has(name))),
    ...channels
      .flatMap(({ labels }) => Object.values(labels ?? {}) as unknown[])
      .filter((value) => typeof value !== 'string')
      .map((value) => `${JSON.stringify(value)} is no label`),
  ]
}

type Items = readonly Readonly<Record<string, unknown>>[]

async function everything({
  admin,
}: Pick<Running, 'admin'>): Promise<{ accounts: Items; channels: Items; unreadable: string[] }> {
  const [accounts, channels] = await Promise.all(
    ['accounts', 'channels'].map(
      async (list) => (await admin('GET', `/v1/${list}?limit=1000`)).body['items'] as Items,
    ),
  )
  const { body } = await admin('GET', '/v1/directory')
  return { accounts: accounts ?? [], channels: channels ?? [], unreadable: body['unreadable'] as string[] }
}
