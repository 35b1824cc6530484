import t from 'tap'
import { readTraceContext } from '../../src/gateway/trace-context.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'
import { startBefore } from '../helpers/running-gateway.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const GOOD = `00-${TRACE}-${SPAN}-01`

t.test('a traceparent is read as W3C Trace Context writes it', async (t) => {
  t.same(readTraceContext({ traceparent: GOOD, tracestate: 'a=b' }), {
    ...{ traceId: TRACE, spanId: SPAN, isSampled: true },
    ...{ traceparent: GOOD, tracestate: 'a=b' },
  })
  t.match(readTraceContext({ traceparent: `00-${TRACE}-${SPAN}-00` }), { isSampled: false })
})

t.test('of a later version what is known is read', async (t) => {
  t.match(readTraceContext({ traceparent: `01-${TRACE}-${SPAN}-01-more` }), { traceparent: GOOD })
})

t.test('anything else counts as none', async (t) => {
  const wrong = [
    '',
    'x',
    TRACE,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `${GOOD}, ${GOOD}`,
    `${GOOD}\nx: y`,
    ` ${GOOD}`,
  ]
  for (const traceparent of wrong) t.equal(readTraceContext({ traceparent }), undefined, traceparent)
  t.equal(readTraceContext({ tracestate: 'a=b' }), undefined)
})

t.test('a tracestate that is not well-formed is left out, the traceparent is not', async (t) => {
  const stateOf = (tracestate: string) => readTraceContext({ traceparent: GOOD, tracestate })?.tracestate
  for (const good of ['a=b', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'tenant@system=1', 'a= b'])
    t.equal(stateOf(good), good)
  t.equal(stateOf('a=b , c=d,,'), 'a=b,c=d')
  for (const bad of ['', 'a', 'A=b', 'a=b=c', 'a=\u00e9', `a=${'x'.repeat(512)}`, 'a=b;c, d'])
    t.equal(stateOf(bad), undefined, bad)
  t.equal(stateOf(Array.from({ length: 33 }, (_, at) => `a${at}=b`).join(',')), undefined)
})

t.test('Wati gets it only when it is well-formed', async (t) => {
  const upstream = await startHttpUpstream(t, (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  )
  const { call, log } = await startBefore(t, upstream.url)
  const seenWith = async (headers: Record<string, string>): Promise<string[]> => {
    await call('GET', '/channels/sales/api/v1/getContacts', { headers })
    const { rawHeaders } = upstream.requests.at(-1)!
    return rawHeaders.filter((_, at) => /^trace/.test(rawHeaders[at - (at % 2)] ?? ''))
  }
  const good = { traceparent: GOOD, tracestate: 'a=b' }
  t.same(await seenWith({ ...good, 'x-request-id': 'traced' }), Object.entries(good).flat())
  t.equal((await log.lineOf('traced'))['traceId'], TRACE, 'and the log names the trace')
  t.same(await seenWith({ ...good, traceparent: `${GOOD}x` }), [])
  t.same(await seenWith({ tracestate: 'a=b' }), [])
  t.same(await seenWith({ ...good, tracestate: 'a' }), ['traceparent', GOOD])
})
