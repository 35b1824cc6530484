import t from 'tap'
import { type Seen, sendBytes } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { TENANT, WATI_TOKEN, adminToken, startRunning } from '../helpers/running-gateway.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const SALES = { account: 'acme', number: '85264318722' }
const TOKEN = { sub: 'shop', channels: ['sales'], scope: 'messages:send', expiresIn: 60 }
const EXPLAIN = { channel: 'sales', method: 'GET', path: '/api/v1/getContacts' }

t.test('what a client can get wrong is refused, by field and reason', async (t) => {
  const { admin, gateway, sandbox, log } = await startRunning(t)
  const account = { tenantId: TENANT, baseUrl: sandbox.url, token: WATI_TOKEN }
  const withBody: readonly (readonly [method: string, path: string, json: object])[] = [
    ['PUT', '/v1/accounts/acme', account],
    ['PUT', '/v1/accounts/acme/token', { token: WATI_TOKEN }],
    ['PUT', '/v1/channels/sales', SALES],
    ['PATCH', '/v1/channels/sales', { weight: 1 }],
    ['POST', '/v1/tokens', TOKEN],
    ['POST', '/v1/explain', EXPLAIN],
  ]
  const withoutBody: readonly (readonly [method: string, path: string])[] = [
    ['DELETE', '/v1/accounts/acme'],
    ['DELETE', '/v1/channels/sales'],
    ['DELETE', '/v1/tokens/x'],
    ['POST', '/v1/channels/sales/check'],
    ['POST', '/v1/keys/rotate'],
    ['POST', '/v1/directory/reseed'],
  ]
  const before = (await admin('GET', '/v1/directory')).body

  for (const [method, path, json] of withBody) {
    const send = (body: string | Buffer | undefined, headers: object = JSON_TYPE): Promise<Seen> =>
      admin(method, path, { headers: { ...headers }, ...(body !== undefined && { body }) })
    const whole = JSON.stringify(json)

    for (const [what, body, why] of [
      ['an empty body', '', /body must be/],
      ['no JSON', 'number=85264318722', /not valid JSON/],
      ['half of a JSON text', whole.slice(0, -1), /not valid JSON/],
      ['a JSON text and more', `${whole}x`, /not valid JSON/],
      ['two JSON texts', `${whole}${whole}`, /not valid JSON/],
      ['a comma too many', `${whole.slice(0, -1)},}`, /not valid JSON/],
      ['single quotes', whole.replaceAll('"', "'"), /not valid JSON/],
      ['a comment', `/**/${whole}`, /not valid JSON/],
      ['NaN', '{"a":NaN}', /not valid JSON/],
      ['a list', `[${whole}]`, /body must be a JSON object/],
      ['a text', '"text"', /body must be a JSON object/],
      ['a number', '1', /body must be a JSON object/],
      ['null', 'null', /body must be a JSON object/],
      ['bytes that are not UTF-8', Buffer.from(`{"account":"acm\xe9"}`, 'latin1'), /not UTF-8/],
      ['UTF-16', Buffer.from(whole, 'utf16le'), /not (?:UTF-8|valid JSON)/],
      ['__proto__', `{"__proto__":{"enabled":false},${whole.slice(1)}`, /not valid JSON/],
      ['__proto__ in escapes', `{"\\u005f_proto__":{"a":1},${whole.slice(1)}`, /not valid JSON/],
      ['constructor.prototype', `{"constructor":{"prototype":{"a":1}},${whole.slice(1)}`, /not valid JSON/],
      ['a list without a bottom', '['.repeat(400_000), /not valid JSON/],
      ['an object without a bottom', '{"a":'.repeat(100_000), /not valid JSON/],
      ['a deep list', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, /body must be a JSON object/],
    ] as const) {
      t.test(`${method} ${path} with ${what}`, async (t) => {
        const seen = await send(body)
        isProblem(t, seen, 400, 'invalid-request')
        t.match(seen.body['detail'], why)
      })
    }

    for (const name of [
      'revision',
      'id',
      'alias',
      'tokenUpdatedAt',
      'constructor',
      'toString',
      'isAdmin',
      '',
    ]) {
      t.test(`${method} ${path} with a field ${JSON.stringify(name)} of its own`, async (t) => {
        const seen = await send(JSON.stringify({ ...json, [name]: 1 }))
        isProblem(t, seen, 400, 'invalid-request')
        t.match(seen.body['detail'], `the field ${JSON.stringify(name)} is not known`)
      })
    }

    t.test(`${method} ${path} with another type of body, or none`, async (t) => {
      for (const type of [
        'text/plain',
        'text/plain; charset=utf-8',
        'application/xml',
        'application/jsonx',
        'a/b',
      ]) {
        isProblem(t, await send(whole, { 'content-type': type }), 415, 'unsupported-media-type')
      }
      isProblem(t, await send(whole, {}), 415, 'unsupported-media-type')
      isProblem(t, await send(whole, { 'content-type': 'json' }), 415, 'unsupported-media-type')
    })

    t.test(`${method} ${path} with a body that is packed`, async (t) => {
      const seen = await send(Buffer.from('1f8b0800', 'hex'), { ...JSON_TYPE, 'content-encoding': 'gzip' })
      t.match(String(seen.status), /^4(?:00|15)$/)
    })

    t.test(`${method} ${path} with a body over the limit`, async (t) => {
      isProblem(t, await send(`"${'x'.repeat(1_100_000)}"`), 413, 'body-too-large')
    })
  }

  for (const [method, path] of withoutBody) {
    t.test(`${method} ${path} takes no body`, async (t) => {
      for (const json of [{ force: true }, [1], 'x', 1, false, null]) {
        const seen = await admin(method, path, { json })
        isProblem(t, seen, 400, 'invalid-request')
        t.match(seen.body['detail'], /takes no body/)
      }
    })
  }

  for (const [method, path] of [...withBody, ...withoutBody, ['GET', '/v1/accounts/acme'] as const]) {
    t.test(`${method} ${path} with a query nobody knows`, async (t) => {
      const json = withBody.find((one) => one[0] === method && one[1] === path)?.[2]
      for (const query of ['force=true', 'wati=all', '__proto__=x', 'constructor=x', '=x', 'waıt=all']) {
        const seen = await admin(method, `${path}?${encodeURI(query)}`, json ? { json } : {})
        isProblem(t, seen, 400, 'invalid-request')
        t.match(seen.body['detail'], /is not known/)
      }
    })
  }

  for (const path of ['/v1/accounts/%zz', '/v1/channels/sales%', '/v1/tokens/%ff', '/v1/%', '/%80']) {
    t.test(`the broken percent code in ${path}`, async (t) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        isProblem(t, await admin(method, path, { json: SALES }), 400, 'malformed-request')
      }
    })
  }

  for (const name of [
    ...[
      'a'.repeat(64),
      'a'.repeat(5_000),
      '%00',
      'a%00',
      'a%0a',
      'a%20',
      '%E2%80%AEa',
      'a%2e',
      '.',
      '..',
      '*',
    ],
    ...['__proto__', 'constructor%2f', 'A', '1', 'a-', '-a', 'a_b', 'a;b', 'a,b', '%d0%b0cme', 'ａ'],
  ]) {
    t.test(`the name ${name.slice(0, 20)}`, async (t) => {
      for (const [method, path, json] of withBody.slice(0, 4)) {
        const named = path.replace(/acme|sales/, encodeURI(decodeURIComponent(name)).replaceAll('/', '%2F'))
        const seen = await admin(method, named, { json })
        t.match(String(seen.status), /^40[04]$/, `${method} ${named.slice(0, 40)}`)
        t.ok(seen.text.length < 1_000, 'what was sent is not repeated')
      }
    })
  }

  t.test('bytes that are no HTTP request', async (t) => {
    const head = `authorization: Bearer ${adminToken()}\r\nhost: x\r\n`
    for (const bytes of [
      'rubbish\r\n\r\n',
      `PUT /v1/channels/sales HTTP/1.1\r\n${head}content-length: 5\r\ncontent-length: 6\r\n\r\n{}`,
      `PUT /v1/channels/sales HTTP/1.1\r\n${head}content-length: -1\r\n\r\n`,
      `PUT /v1/channels/sales HTTP/1.1\r\n${head}transfer-encoding: x\r\n\r\n`,
      `GET /v1/channels HTTP/1.1\r\n${head}x: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET /v1/chan\x01nels HTTP/1.1\r\n${head}\r\n`,
    ]) {
      isProblem(t, await sendBytes(gateway.adminUrl, bytes), 400, 'malformed-request')
    }
  })

  t.test('nothing of all this changed anything, or was a failure of ours', async (t) => {
    t.strictSame((await admin('GET', '/v1/directory')).body, before)
    t.strictSame(
      log.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
      [],
    )
  })
})
