import t, { type Test } from 'tap'
import { explain } from '../../src/admin/explain.ts'
import { withTypes } from '../../src/admin/parts.ts'
import { describeViolations } from '../../src/admin/violations.ts'
import { readSettings } from '../../src/config.ts'
import { makeLogger } from '../../src/logging.ts'
import { makeServer } from '../../src/server.ts'
import { startTwoRoads } from '../explain/two-roads.ts'
import { type Seen, sendTo } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  CONTACT,
  JWT_SECRET,
  SALES_NUMBER,
  TENANT,
  WATI_TOKEN,
  callerToken,
  startRunning,
} from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const ASK = { channel: 'sales', method: 'GET', path: `/api/v1/getMessages/${CONTACT}` }

type Post = (json: unknown) => Promise<Seen>

/** The route alone, before the road that explains. */
async function startRoute(t: Test): Promise<{ post: Post; wati: string; requests: () => number }> {
  const roads = await startTwoRoads(t)
  const settings = readSettings({ JWT_SECRET, DATA_DIR: folderOf(t) })
  const app = makeServer('control', settings, makeLogger('silent'))
  app.setSchemaErrorFormatter(describeViolations)
  explain(withTypes(app), { explain: roads.explain })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return {
    post: (json) =>
      sendTo(url, {
        method: 'POST',
        path: '/explain',
        headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
        body: JSON.stringify(json),
      }),
    wati: roads.sandbox.url,
    requests: () => roads.sandbox.requests().length,
  }
}

t.test('POST /v1/explain', async (t) => {
  const { post, wati, requests } = await startRoute(t)

  t.test('shows the request whole, and what was changed in it', async (t) => {
    const seen = await post({ ...ASK, headers: { accept: 'text/json' } })
    t.equal(seen.status, 200)
    t.strictSame(seen.body, {
      request: {
        method: 'GET',
        url: `${wati}/${TENANT}/api/v1/getMessages/${CONTACT}?channelPhoneNumber=${SALES_NUMBER}`,
        headers: {
          'user-agent': 'wati-gateway',
          'accept-encoding': 'identity',
          accept: 'text/json',
          authorization: 'Bearer [secret]',
        },
        body: '',
      },
      changes: [
        { where: 'path', name: 'tenant', action: 'set', value: TENANT },
        { where: 'query', name: 'channelPhoneNumber', action: 'set', value: SALES_NUMBER },
        { where: 'header', name: 'user-agent', action: 'set', value: 'wati-gateway' },
        { where: 'header', name: 'accept-encoding', action: 'set', value: 'identity' },
        { where: 'header', name: 'authorization', action: 'set', value: 'Bearer [secret]' },
      ],
    })
    t.notMatch(seen.text, WATI_TOKEN)
  })

  t.test('shows a body byte for byte, a large one too', async (t) => {
    const text = `{"whatsappNumber":"${CONTACT}","a":1e400,"b":"é👋","c":"${'x'.repeat(200_000)}"}`
    const seen = await post({ ...ASK, method: 'POST', path: '/api/v1/updateChatStatus', body: text })
    const { request } = seen.body as { request: { body: string } }
    t.equal(request.body, `{"channelPhoneNumber":"${SALES_NUMBER}",${text.slice(1)}`)
  })

  t.test('answers a refusal with 200 and the problem document in it', async (t) => {
    const seen = await post({ ...ASK, channel: 'nobody' })
    t.equal(seen.status, 200)
    t.strictSame(Object.keys(seen.body), ['refusal'])
    t.match(seen.body['refusal'], {
      type: 'urn:wati-gateway:problem:unknown-channel',
      title: 'There is no such channel',
      status: 404,
      detail: /nobody/,
      origin: 'gateway',
      requestId: 'r-1',
    })
  })

  const WRONG: Readonly<Record<string, unknown>> = {
    'no channel': { method: 'GET', path: '/a' },
    'no method': { channel: 'sales', path: '/a' },
    'no path': { channel: 'sales', method: 'GET' },
    'a channel that is no alias': { ...ASK, channel: 'sales/../support' },
    'a method of small letters': { ...ASK, method: 'get' },
    'a method that is none': { ...ASK, method: 'BREW' },
    'a path that does not begin with a slash': { ...ASK, path: 'api/v1/getContacts' },
    'a path that is a whole URL': { ...ASK, path: 'https://live-mt-server.wati.io/api/v1/getContacts' },
    'a body that is an object': { ...ASK, body: {} },
    'a body that is null': { ...ASK, body: null },
    'headers that are a list': { ...ASK, headers: [] },
    'a header that is a list': { ...ASK, headers: { accept: ['a', 'b'] } },
    'a header that is a number': { ...ASK, headers: { accept: 1 } },
    'a field nobody knows': { ...ASK, token: 'x' },
    'a requestId': { ...ASK, requestId: 'x' },
    'a list': [ASK],
  }
  for (const [what, json] of Object.entries(WRONG)) {
    t.test(`${what} is refused`, async (t) => {
      isProblem(t, await post(json), 400, 'invalid-request')
    })
  }

  t.test('and nothing reached Wati', async (t) => {
    t.equal(requests(), 0)
  })
})

t.test('over the control plane', async (t) => {
  const { admin, call, log, reachedDuring, gateway, sandbox } = await startRunning(t)
  const path = `/api/v1/sendSessionMessage/${CONTACT}?messageText=it's`
  const ask = { channel: 'sales', method: 'POST', path }

  t.test('admin:read is enough, and what it shows is what is sent', async (t) => {
    const claims = { scope: 'admin:read' }
    const explained: Seen[] = []
    const none = await reachedDuring(async () => {
      explained.push(await admin('POST', '/v1/explain', { json: ask, claims }))
    })
    t.strictSame(none, [], 'nothing is sent')
    const [sent] = await reachedDuring(() => call('POST', `/channels/sales${path}`))
    t.match(explained[0]?.body, { request: { method: 'POST', url: `${sandbox.url}${sent?.url ?? '?'}` } })
    t.notMatch(`${explained[0]?.text ?? ''}${log.text}`, WATI_TOKEN)
  })

  t.test('without admin:read, and with a token of a caller, it is refused', async (t) => {
    for (const claims of [{ scope: 'admin:write' }, { scope: 'messages:send', channels: ['*'] }]) {
      isProblem(t, await admin('POST', '/v1/explain', { json: ask, claims }), 403, 'scope-missing')
    }
    isProblem(t, await admin('POST', '/v1/explain', { json: ask, claims: null }), 401, 'unauthenticated')
  })

  t.test('the road that explains is not on the listener of the control plane', async (t) => {
    const headers = { authorization: `Bearer ${callerToken({ sub: 'explain' })}` }
    const seen = await sendTo(gateway.adminUrl, {
      method: 'GET',
      path: '/channels/sales/api/v1/getContacts',
      headers,
    })
    isProblem(t, seen, 404, 'not-found')
  })
})
