import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { Secret } from '../../src/domain/secret.ts'
import { readWatiHosts } from '../../src/domain/wati-hosts.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type AccountCheck, checkAccount } from '../../src/wati/check-account.ts'
import { makeWatiAgent } from '../../src/wati/wati-agent.ts'
import { SELF_SIGNED } from '../sandbox/certificate.ts'
import { SALES_NUMBER, TENANT, WATI_TOKEN } from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream, startTcpUpstream, startTlsUpstream } from '../helpers/upstream.ts'

interface Ask {
  readonly token?: string
  readonly tenantId?: string
  readonly hosts?: string
  readonly limitMs?: number
  readonly silenceMs?: number
}

async function check(t: Test, baseUrl: string, ask: Ask = {}): Promise<AccountCheck> {
  const { token = WATI_TOKEN, tenantId = TENANT, hosts = baseUrl, limitMs, silenceMs = 2_000 } = ask
  const agent = makeWatiAgent({ WATI_CONNECT_TIMEOUT_MS: 500, WATI_TIMEOUT_MS: silenceMs })
  t.teardown(() => agent.destroy())
  const options = { agent, watiHosts: readWatiHosts(hosts), ...(limitMs !== undefined && { limitMs }) }
  return await checkAccount(options, { tenantId, baseUrl }, new Secret(token))
}

t.test('the stand-in Wati accepts its token and lists its numbers', async (t) => {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  const found = await check(t, sandbox.url)
  t.equal(found.token, 'accepted')
  t.equal(found.token === 'accepted' && found.numbers?.has(SALES_NUMBER), true)
  t.equal(found.token === 'accepted' && found.numbers?.has('85264318723'), false)
  t.match(sandbox.requests(), [
    { method: 'GET', url: `/${TENANT}/api/v1/whatsApp/phoneNumbers`, headers: { authorization: '[right]' } },
  ])
  t.strictSame(await check(t, sandbox.url, { token: 'wati_wrong' }), { token: 'rejected' })
  t.match(await check(t, sandbox.url, { tenantId: '1' }), { token: 'unknown', answered: true })
})

const answering = async (
  t: Test,
  status: number,
  body: string,
  type = 'application/json',
): Promise<AccountCheck> => {
  const headers = { 'content-type': type, location: 'https://evil.example/' }
  const upstream = await startHttpUpstream(t, (response) => response.writeHead(status, headers).end(body))
  const found = await check(t, upstream.url)
  t.equal(upstream.requests.length, 1, 'Wati is asked once')
  return found
}

/** Wati's fields have other names in every version, and its numbers are written in several ways. */
const LISTS: Readonly<Record<string, string>> = {
  'an array': '[{"displayPhoneNumber":"85264318722"}]',
  'an array with another field': '[{"phoneNumber":"85264318722","wabaId":"123456789012345678"}]',
  'a number as people write it': '[{"a":"+852 6431-8722"}]',
  'a number with brackets': '[{"a":"+852 (6431) 87.22"}]',
  'a JSON number': '[{"a":85264318722}]',
  'a plain list': '["1234567","85264318722"]',
  'an envelope': '{"result":true,"phoneNumbers":[{"n":{"value":"85264318722"}}]}',
  'a deeper envelope': '{"ok":true,"data":{"items":[{"a":"85264318722"}]}}',
}
for (const [what, body] of Object.entries(LISTS)) {
  t.test(`the number is found in ${what}`, async (t) => {
    const found = await answering(t, 200, body)
    t.equal(found.token === 'accepted' && found.numbers?.has('85264318722'), true)
  })
}

t.test('JSON under text/plain is read', async (t) => {
  const found = await answering(t, 200, '["85264318722"]', 'text/plain')
  t.equal(found.token === 'accepted' && found.numbers?.has('85264318722'), true)
})

t.test('an empty list holds no number, and no list is not an empty one', async (t) => {
  const empty = await answering(t, 200, '[]')
  t.equal(empty.token === 'accepted' && empty.numbers?.size, 0)
  for (const body of ['{}', '{"result":true,"number":"85264318722"}', 'null', '"85264318722"', '7']) {
    t.strictSame(await answering(t, 200, body), { token: 'accepted', numbers: undefined })
  }
})

const UNCLEAR: readonly [string, number, string, string, boolean][] = [
  ['403', 403, '{}', 'application/json', true],
  ['404', 404, '', 'text/plain', true],
  ['429', 429, '', 'text/plain', true],
  ['500', 500, '{"error":"x"}', 'application/json', true],
  ['a refusal with 200', 200, '{"result":false,"info":"no"}', 'application/json', true],
  ['no JSON', 200, 'OK', 'text/plain', true],
  ['nothing', 200, '', 'application/json', true],
  ['more than a list can be', 200, `["${'1'.repeat(1_100_000)}"]`, 'application/json', true],
  ['a page', 200, '<!doctype html><html></html>', 'text/html', false],
  ['a page without its type', 404, '<html></html>', 'application/json', false],
  ['a redirect', 302, '', 'text/plain', false],
]
for (const [what, status, body, type, answered] of UNCLEAR) {
  t.test(`${what} says neither yes nor no`, async (t) => {
    const found = await answering(t, status, body, type)
    t.match(found, { token: 'unknown', answered, refusal: { problem: 'wati-bad-answer', status: 502 } })
    t.match(found.token === 'unknown' && found.refusal.message, /^[A-Z].{10,}\.$/)
  })
}

t.test('401 is a rejection, whatever stands in it', async (t) => {
  t.strictSame(await answering(t, 401, '<html></html>', 'text/html'), { token: 'rejected' })
  t.strictSame(await answering(t, 401, '["85264318722"]'), { token: 'rejected' })
})

const hiddenIn = (found: AccountCheck): string =>
  found.token === 'unknown'
    ? JSON.stringify([found, found.refusal.message, found.refusal.stack, String(found.refusal.cause)])
    : ''

t.test(
  'whoever cannot be reached leaves the token unknown, with a sentence and without the token',
  async (t) => {
    const silent = await startTcpUpstream(t)
    const broken = await startTcpUpstream(t, (socket) => socket.destroy())
    const babbling = await startTcpUpstream(t, (socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    const unsafe = await startTlsUpstream(t, SELF_SIGNED)
    const cases: readonly [string, string, Ask][] = [
      [await closedPort(), 'wati-unreachable', {}],
      [silent.url, 'wati-timeout', { silenceMs: 200 }],
      [broken.url, 'wati-unreachable', {}],
      [babbling.url, 'wati-bad-answer', {}],
      [unsafe.url, 'wati-tls-failure', { hosts: unsafe.url }],
    ]
    for (const [url, problem, ask] of cases) {
      const found = await check(t, url, ask)
      t.match(found, { token: 'unknown', answered: false, refusal: { problem } })
      t.match(found.token === 'unknown' && found.refusal.message, /^[A-Z].{10,}\.$/)
      t.notMatch(hiddenIn(found), WATI_TOKEN)
    }
    t.equal(unsafe.received().length, 0, 'no byte went over the unsafe connection')
  },
)

t.test('an answer that drips ends in time', async (t) => {
  const drip = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }
  const upstream = await startHttpUpstream(t, drip)
  const found = await check(t, upstream.url, { limitMs: 300 })
  t.match(found, { token: 'unknown', answered: false, refusal: { problem: 'wati-timeout', status: 504 } })
})

t.test('no token goes to a host that is not allowed any more', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => response.end('[]'))
  const found = await check(t, upstream.url, { hosts: '*.wati.io' })
  t.match(found, { token: 'unknown', answered: false, refusal: { problem: 'wati-unreachable' } })
  t.match(hiddenIn(found), 'WATI_HOSTS')
  t.strictSame(upstream.requests, [])
})
