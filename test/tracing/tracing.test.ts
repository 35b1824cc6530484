import { createRequire } from 'node:module'
import t, { type Test } from 'tap'
import {
  type Bare,
  CONTACT,
  SALES_NUMBER,
  TENANT,
  WATI_TOKEN,
  startBefore,
} from '../helpers/running-gateway.ts'
import { until } from '../faults/replicas.ts'
import { type HttpUpstream, closedPort, startHttpUpstream } from '../helpers/upstream.ts'
import { type CollectedSpan, type Collector, startCollector } from './collector.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const JSON_TYPE = { 'content-type': 'application/json' }

async function startWati(t: Test): Promise<HttpUpstream> {
  return await startHttpUpstream(t, (response, request) => {
    if (request.url?.includes('kind=reset')) request.socket.resetAndDestroy()
    else response.writeHead(request.url?.includes('kind=500') ? 500 : 200, JSON_TYPE).end('{}')
  })
}

/** A gateway before a stand-in Wati, whose traces go to `endpoint`. */
async function startTraced(t: Test, endpoint: string, more: Record<string, string> = {}) {
  const wati = await startWati(t)
  const bare = await startBefore(t, wati.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ...more,
  })
  return { ...bare, wati }
}

/** Its interfaces alone come with prom-client. */
const isLoaded = (): boolean =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('@opentelemetry/sdk'))

t.test('without a collector nothing of OpenTelemetry is loaded', async (t) => {
  const wati = await startWati(t)
  const { call } = await startBefore(t, wati.url)
  t.equal((await call('GET', '/channels/sales/api/v1/getContacts')).status, 200)
  t.equal(isLoaded(), false)
})

t.test('with a collector', async (t) => {
  const collector = await startCollector(t)
  const { call, wati } = await startTraced(t, `${collector.url}/otlp/`, {
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20key, x-tenant=1',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_SERVICE_NAME: 'gateway-of-the-test',
  })
  t.ok(isLoaded())
  const ask = makeAsk(call, collector)

  t.test('a request is a span of its caller, and its way to Wati a span of that', async (t) => {
    const { server, client } = await ask('GET', `/getMessages/${CONTACT}?messageText=hush`, {
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: 'a=b',
    })
    const route = '/channels/{alias}/api/v1/getMessages/{whatsappNumber}'
    t.match(server, {
      ...{ name: `GET ${route}`, kind: 2, traceId: TRACE, parentSpanId: SPAN, status: { code: 0 } },
      attributes: {
        ...{ 'http.request.method': 'GET', 'http.response.status_code': 200, 'http.route': route },
        ...{ 'url.path': route, 'url.scheme': 'http', 'network.protocol.version': '1.1' },
        'wati_gateway.operation': 'getMessages',
        'wati_gateway.channel': 'sales',
        'wati_gateway.account': 'acme',
        'wati_gateway.outcome': 'accepted',
        'wati_gateway.request_id': /^[\w-]+$/,
      },
    })
    const template = '/{tenant}/api/v1/getMessages/{whatsappNumber}'
    const { hostname, port } = new URL(wati.url)
    t.match(client, {
      ...{ name: `GET ${template}`, kind: 3, traceId: TRACE, parentSpanId: server.spanId },
      attributes: {
        ...{ 'http.request.method': 'GET', 'http.response.status_code': 200 },
        ...{ 'server.address': hostname, 'server.port': Number(port) },
        ...{ 'url.full': wati.url + template, 'url.template': template },
      },
    })
    t.ok(client.ms <= server.ms)
    const { rawHeaders } = wati.requests.at(-1)!
    t.equal(valueOf(rawHeaders, 'traceparent'), `00-${TRACE}-${client.spanId}-01`, 'Wati is told of it')
    t.equal(valueOf(rawHeaders, 'tracestate'), 'a=b')
  })

  t.test('without a caller that traces a trace begins here', async (t) => {
    const { server, client } = await ask('GET', '/getContacts')
    t.notOk(server.parentSpanId)
    t.equal(client.traceId, server.traceId)
  })

  t.test("a caller's trace that is not sampled is not written, and goes on to Wati", async (t) => {
    const before = collector.spans.length
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00` }
    await call('GET', '/channels/sales/api/v1/getContacts', { headers })
    t.match(valueOf(wati.requests.at(-1)!.rawHeaders, 'traceparent'), new RegExp(`^00-${TRACE}-\\w{16}-00$`))
    await ask('GET', '/getContacts')
    t.equal(collector.spans.length, before + 2)
  })

  t.test('a failure of Wati is an error of both spans', async (t) => {
    const { server, client } = await ask('POST', '/updateChatStatus?kind=500', {}, '{}')
    t.match(client, { status: { code: 2 }, attributes: { 'error.type': '500' } })
    t.match(server, { status: { code: 2 }, attributes: { 'error.type': '500' } })
    const lost = await ask('POST', '/updateChatStatus?kind=reset', {}, '{}')
    t.match(lost.client, { status: { code: 2 }, attributes: { 'error.type': 'ECONNRESET' } })
    t.match(lost.server.attributes, { 'error.type': 'wati-unreachable', 'wati_gateway.outcome': 'unknown' })
  })

  t.test('a refusal is a span alone, and no error', async (t) => {
    const before = collector.spans.length
    await call('GET', '/channels/sales/api/v1/getContacts', { claims: { scope: '' } })
    await call('GET', `/nothing/${CONTACT}`)
    await collector.have(before + 2)
    const [refused, unknown] = collector.spans.slice(before)
    t.match(refused, { status: { code: 0 }, attributes: { 'wati_gateway.problem': 'scope-missing' } })
    t.match(unknown, { name: 'GET', attributes: { 'http.response.status_code': 404 } })
    t.notOk('url.path' in unknown!.attributes, 'whose path a caller has made up')
  })

  t.test('the collector hears who speaks', async (t) => {
    t.match(collector.text(), /^\/otlp\/v1\/traces\n/)
    t.match(collector.headers[0], { 'api-key': 'a key', 'x-tenant': '1' })
    t.match(collector.resource, {
      'service.name': 'gateway-of-the-test',
      'deployment.environment.name': 'test',
      'service.instance.id': /^[\w-]{36}$/,
    })
  })

  t.test('nothing secret or personal is in a trace', async (t) => {
    for (const planted of [CONTACT, SALES_NUMBER, WATI_TOKEN, 'hush', 'eyJ', 'kind=', TENANT])
      t.notOk(collector.text().includes(planted), planted)
  })
})

t.test('the last spans are exported when the gateway stops', async (t) => {
  const collector = await startCollector(t)
  const { call, gateway } = await startTraced(t, collector.url, { OTEL_BSP_SCHEDULE_DELAY: '600000' })
  await call('GET', '/channels/sales/api/v1/getContacts')
  t.equal(collector.spans.length, 0)
  await gateway.close()
  t.equal(collector.spans.length, 2)
})

t.test('a collector that does not answer costs no request anything, and the end little', async (t) => {
  const collector = await startCollector(t, () => undefined)
  const traced = await startTraced(t, collector.url, { OTEL_BSP_MAX_QUEUE_SIZE: '512' })
  await Promise.all(Array.from({ length: 10 }, () => askMany(traced, 80)))
  const { dropped = 0 } = await spanCounts(traced)
  t.ok(dropped > 0, `${dropped} spans were dropped`)
  const startedAt = performance.now()
  await traced.gateway.close()
  t.ok(performance.now() - startedAt < 5_000)
})

t.test('a collector that is away is said in the log, once', async (t) => {
  const traced = await startTraced(t, await closedPort(), { OTEL_EXPORTER_OTLP_TIMEOUT: '300' })
  const failed = async (): Promise<number | undefined> => (await spanCounts(traced))['failed']
  await askMany(traced, 2)
  await until((count) => count === 4, failed)
  await askMany(traced, 1)
  await until((count) => count === 6, failed)
  t.equal(traced.log.lines.filter(({ alarm }) => alarm === 'traces-lost').length, 1)
})

type Call = Bare['call']

/** Asks for something, and gives the two spans that come of it. */
function makeAsk(call: Call, collector: Collector) {
  return async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const before = collector.spans.length
    const sent = body === undefined ? { headers } : { headers: { ...headers, ...JSON_TYPE }, body }
    await call(method, `/channels/sales/api/v1${path}`, sent)
    await collector.have(before + 2)
    const found = collector.spans.slice(before)
    const of = (kind: number): CollectedSpan => found.find((span) => span.kind === kind)!
    return { server: of(2), client: of(3) }
  }
}

async function askMany({ call }: Pick<Bare, 'call'>, times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    const { status } = await call('GET', '/channels/sales/api/v1/getContacts')
    if (status !== 200) throw new Error(`status ${status}`)
  }
}

async function spanCounts({ admin }: Pick<Bare, 'admin'>): Promise<Record<string, number>> {
  const { text } = await admin('GET', '/metrics', { claims: null })
  const found = text.matchAll(/^wati_gateway_trace_spans_total\{result="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, result = '', count]) => [result, Number(count)]))
}

function valueOf(rawHeaders: readonly string[], name: string): string | undefined {
  return rawHeaders[rawHeaders.findIndex((one, at) => at % 2 === 0 && one.toLowerCase() === name) + 1]
}
