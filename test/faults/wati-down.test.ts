import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import t, { type Test } from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Bare, CONTACT, startBefore } from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream } from '../helpers/upstream.ts'
import { until } from './replicas.ts'

/** Long enough to look around before Wati is tried again. */
const OPEN_MS = 2_000
const SETTINGS = {
  WATI_BREAKER_FAILURES: '3',
  WATI_BREAKER_OPEN_MS: String(OPEN_MS),
}
const STATUS = '/channels/sales/api/v1/updateChatStatus'
const TEMPLATE = `/channels/sales/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
const DOWN = 'wati-gateway; error=destination_unavailable'

t.test('Wati that is down', async (t) => {
  const url = await closedPort()
  const bare = await startBefore(t, url, SETTINGS)
  const limits = { sendTemplateMessage: { max: 1, windowSeconds: 60 } }
  await bare.admin('PUT', '/v1/accounts/acme', { json: { tenantId: '388428', baseUrl: url, limits } })
  for (let failures = 0; failures < 3; failures++) isNotReached(t, await write(bare))
  const openedAt = performance.now()

  t.test('is not tried any more, and the answer says so', async (t) => {
    const seen = await write(bare)
    isProblem(t, seen, 502, 'wati-unreachable', 'not_sent')
    t.equal(seen.headers['proxy-status'], DOWN)
    t.equal(seen.headers['retry-after'], '2')
    t.match(
      seen.body['detail'],
      /^Wati has been failing for this account since \S+Z, so nothing was sent\. The last failure: Wati refused the connection\. Wati is tried again in 2 s\.$/,
    )
    isProblem(t, await read(bare), 502, 'wati-unreachable')
  })

  t.test('is shown with its account, among the troubles, in the metrics and, once, in the log', async (t) => {
    const { body } = await bare.admin('GET', '/v1/accounts/acme')
    t.match(body['breaker'], {
      state: 'open',
      since: /Z$/,
      lastFailure: { at: /Z$/, problem: 'wati-unreachable', detail: 'Wati refused the connection.' },
    })
    const list = (await bare.admin('GET', '/v1/accounts')).body['items'] as Record<string, unknown>[]
    t.match(list[0]?.['breaker'], { state: 'open' })
    const troubles = (await bare.admin('GET', '/v1/troubles')).body['items']
    t.match(troubles, [{ level: 'error', name: 'wati-down', target: { kind: 'account', id: 'acme' } }])
    const { text } = await bare.admin('GET', '/metrics')
    t.match(text, 'wati_gateway_account_breaker_state{account="acme",state="open"} 1')
    t.match(text, 'wati_gateway_account_breaker_state{account="acme",state="closed"} 0')
    t.match(text, /wati_gateway_account_refused_calls_total\{account="acme",why="breaker"\} [1-9]/)
    t.equal(bare.log.lines.filter(({ alarm }) => alarm === 'wati-down').length, 1)
  })

  t.test('is tried again by exactly one of many; the first success ends it for all', async (t) => {
    t.ok(performance.now() - openedAt < OPEN_MS, 'it has not been tried yet')
    const held: ServerResponse[] = []
    const arrived = await startWatiAt(t, url, (response) => void held.push(response))
    const key = { 'idempotency-key': 'shipped-1' }
    isProblem(t, await send(bare, key), 502, 'wati-unreachable', 'not_sent')
    // Reads until it is time: the one that is held at Wati is the probe.
    const first = await until(
      ({ length }) => length > 0,
      async () => {
        void read(bare).catch(() => undefined)
        return held
      },
    )
    t.equal(first.value.length, 1)
    t.match((await bare.admin('GET', '/v1/accounts/acme')).body['breaker'], { state: 'half-open' })
    const others = await Promise.all(Array.from({ length: 10 }, () => write(bare)))
    for (const seen of others) isProblem(t, seen, 502, 'wati-unreachable', 'not_sent')
    t.equal(arrived(), 1, 'only the probe has reached Wati')
    arrived(answerWell)
    held[0]?.end('{"result":true}')
    await until(
      (breaker) => breaker === undefined,
      async () => (await bare.admin('GET', '/v1/accounts/acme')).body['breaker'],
    )
    t.equal((await write(bare)).status, 200)
    t.ok(bare.log.lines.some(({ msg }) => msg === 'Wati answers again'))

    t.test('what was refused took no turn at its limit, and left its key free', async (t) => {
      const seen = await send(bare, key)
      t.equal(seen.status, 200)
      t.notMatch(seen.headers, { 'idempotency-replayed': /./ })
      t.equal((await send(bare, { prefer: 'wait=0' })).status, 429, 'there was but one turn')
    })
  })
})

t.test('Wati that falls silent is refused with 504 at once, not_sent', async (t) => {
  const upstream = await startHttpUpstream(t, () => undefined)
  const bare = await startBefore(t, upstream.url, { ...SETTINGS, WATI_TIMEOUT_MS: '300' })
  const slow = await Promise.all([write(bare), write(bare), write(bare)])
  for (const seen of slow) isProblem(t, seen, 504, 'wati-timeout', 'unknown')
  const seen = await write(bare)
  isProblem(t, seen, 504, 'wati-timeout', 'not_sent')
  t.equal(seen.headers['proxy-status'], DOWN)
  t.equal(upstream.requests.length, 3)

  t.test('but for other endpoints it is asked, because there is a connection', async (t) => {
    isProblem(t, await read(bare), 504, 'wati-timeout')
    t.equal(upstream.requests.length, 4)
  })
})

t.test('an endpoint that fails beside one that works is always tried', async (t) => {
  const upstream = await startHttpUpstream(t, (response, { url = '' }) => {
    if (url.includes('updateChatStatus')) response.writeHead(503).end()
    else answerWell(response)
  })
  const bare = await startBefore(t, upstream.url, SETTINGS)
  for (let time = 0; time < 8; time++) {
    t.equal((await write(bare)).status, 503, "Wati's own answer")
    t.equal((await read(bare)).status, 200)
  }
  t.equal(upstream.requests.length, 16)
})

t.test('a request whose turn is far away hears at once that Wati is down', async (t) => {
  const upstream = await startHttpUpstream(t, (response, { url = '', socket }) => {
    if (url.includes('sendTemplateMessage')) answerWell(response)
    else socket.destroy()
  })
  const bare = await startBefore(t, upstream.url, SETTINGS)
  const limits = { sendTemplateMessage: { max: 1, windowSeconds: 60 } }
  const account = { tenantId: '388428', baseUrl: upstream.url, limits }
  await bare.admin('PUT', '/v1/accounts/acme', { json: account })
  t.equal((await send(bare, {})).status, 200)
  t.equal((await send(bare, { prefer: 'wait=0' })).status, 429)
  for (const ask of [write, read, write])
    isProblem(t, await ask(bare), 502, 'wati-unreachable', ask === read ? undefined : 'unknown')
  isProblem(t, await send(bare, { prefer: 'wait=0' }), 502, 'wati-unreachable', 'not_sent')
})

t.test('of an account only so many requests are on their way to Wati', async (t) => {
  const held: ServerResponse[] = []
  let isHeld = true
  const upstream = await startHttpUpstream(t, (response) => {
    if (isHeld) held.push(response)
    else answerWell(response)
  })
  const bare = await startBefore(t, upstream.url, { WATI_IN_FLIGHT_LIMIT: '2' })
  const first = [write(bare), read(bare)]
  await until(
    ({ length }) => length === 2,
    async () => held,
  )

  const key = { 'idempotency-key': 'shipped-2' }
  const seen = await send(bare, key)
  isProblem(t, seen, 503, 'overloaded', 'not_sent')
  t.equal(seen.headers['retry-after'], '1')
  isProblem(t, await read(bare), 503, 'overloaded')
  t.equal(upstream.requests.length, 2)
  const { text } = await bare.admin('GET', '/metrics')
  t.match(text, 'wati_gateway_account_calls_in_flight{account="acme"} 2')
  t.match(text, 'wati_gateway_account_refused_calls_total{account="acme",why="in-flight"} 2')

  isHeld = false
  for (const response of held) answerWell(response)
  for (const answer of await Promise.all(first)) t.equal(answer.status, 200)
  const again = await send(bare, key)
  t.equal(again.status, 200, 'the key was free again')
  t.notMatch(again.headers, { 'idempotency-replayed': /./ })
})

type Calls = Pick<Bare, 'call'>

/** A write to an endpoint that Wati does not limit. */
const write = async ({ call }: Calls): Promise<Seen> => await call('POST', STATUS, { json: {} })
const read = async ({ call }: Calls): Promise<Seen> =>
  await call('GET', '/channels/sales/api/v1/getMessageTemplates')
const send = async ({ call }: Calls, headers: Record<string, string>): Promise<Seen> =>
  await call('POST', TEMPLATE, { headers, json: { template_name: 'a', broadcast_name: 'b', parameters: [] } })

function answerWell(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
}

function isNotReached(t: Test, seen: Seen): void {
  isProblem(t, seen, 502, 'wati-unreachable', 'not_sent')
  t.equal(seen.headers['proxy-status'], 'wati-gateway; error=connection_refused')
}

/** Wati comes back at an address; gives a function that says how many requests came, and takes another answer. */
async function startWatiAt(
  t: Test,
  url: string,
  respond: (response: ServerResponse) => void,
): Promise<(next?: (response: ServerResponse) => void) => number> {
  let requests = 0
  let now = respond
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests += 1
      now(response)
    })
  })
  await once(server.listen(Number(new URL(url).port), '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (next) => {
    now = next ?? now
    return requests
  }
}
