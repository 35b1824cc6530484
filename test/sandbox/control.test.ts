import t from 'tap'
import { CONTACT, listIn, matchAll, startClient, TENANT, TOKEN } from './client.ts'

const SEND = `/api/v1/sendSessionMessage/${CONTACT}?messageText=hi%20there`

t.test('the sent messages are shown and can be forgotten', async (t) => {
  const { call, raw, sandbox } = await startClient(t)
  await call('POST', SEND)
  const shown = await raw('GET', '/_sandbox/messages')
  t.equal(shown.status, 200)
  t.same(shown.body['items'], sandbox.messages())
  t.equal((await raw('DELETE', '/_sandbox/messages')).status, 204)
  t.same((await raw('GET', '/_sandbox/messages')).body['items'], [])
})

t.test('a request is shown as it was received, without its token', async (t) => {
  const { call, raw } = await startClient(t)
  const body = new Uint8Array([0x7b, 0xff, 0x0a, 0x7d])
  await call('POST', SEND, { headers: { 'content-type': 'application/json', 'x-trace': 'abc' }, body })
  const { body: shown, text } = await raw('GET', '/_sandbox/requests')
  t.equal(listIn(shown, 'items').length, 1)
  t.match(listIn(shown, 'items')[0], {
    method: 'POST',
    url: `/${TENANT}${SEND}`,
    headers: { authorization: '[right]', 'content-type': 'application/json', 'x-trace': 'abc' },
    body: '{\ufffd\n}',
    bodyBase64: Buffer.from(body).toString('base64'),
  })
  t.notMatch(text, TOKEN)
})

t.test('refused and unknown requests are seen too, a wrong token is not shown', async (t) => {
  const { raw, sandbox } = await startClient(t)
  await raw('POST', `/${TENANT}${SEND}`, { headers: { authorization: 'Bearer my-own-jwt' } })
  await raw('DELETE', '/nothing/here?x=1', { body: 'bytes', headers: { 'content-type': 'odd/type' } })
  matchAll(t, sandbox.requests(), [
    { headers: { authorization: '[wrong]' } },
    { method: 'DELETE', url: '/nothing/here?x=1', body: 'bytes' },
  ])
  t.notMatch(JSON.stringify(sandbox.requests()), 'my-own-jwt')
  t.equal((await raw('DELETE', '/_sandbox/requests')).status, 204)
  t.same(sandbox.requests(), [])
})

t.test('only the last 1000 requests are kept, and none of the control routes', async (t) => {
  const { call, sandbox } = await startClient(t)
  for (let batch = 0; batch < 21; batch++) {
    await Promise.all(Array.from({ length: 50 }, () => call('GET', '/api/v1/getContacts')))
  }
  const requests = sandbox.requests()
  t.equal(requests.length, 1000)
  t.equal(requests.at(0)?.id, 51)
  t.equal(requests.at(-1)?.id, 1050)
})

t.test('a contact can be given an expired session, and get it back', async (t) => {
  const { call, raw } = await startClient(t)
  const put = (session: string) =>
    raw('PUT', `/_sandbox/contacts/${CONTACT}`, { json: { session, onWhatsApp: true } })
  t.same((await put('expired')).body, { number: CONTACT, session: 'expired', onWhatsApp: true })
  t.equal((await call('POST', SEND)).body['result'], false)
  await put('open')
  t.equal((await call('POST', SEND)).body['ok'], true)
})

t.test('what a contact cannot be is refused with a sentence', async (t) => {
  const { raw } = await startClient(t)
  const cases = [
    { json: { session: 'open' }, says: /onWhatsApp/ },
    { json: { session: 'shut', onWhatsApp: true }, says: /must be one of open, expired/ },
    { json: { session: 'open', onWhatsApp: 'true' }, says: /must be boolean/ },
    { json: { session: 'open', onWhatsApp: true, name: 'Ana' }, says: /unknown field, name/ },
  ]
  for (const { json, says } of cases) {
    const answer = await raw('PUT', `/_sandbox/contacts/${CONTACT}`, { json })
    t.equal(answer.status, 400)
    t.match(answer.body['error'], says)
  }
  const open = { session: 'open', onWhatsApp: true }
  t.equal((await raw('PUT', '/_sandbox/contacts/ana', { json: open })).status, 400)
})

t.test('the page at /_sandbox says what this is and lists every route', async (t) => {
  const { raw } = await startClient(t)
  const page = await raw('GET', '/_sandbox')
  t.match(page.headers.get('content-type'), /^text\/plain/)
  t.match(page.text, /stand-in for Wati/)
  for (const route of ['messages', 'requests', 'chats', 'contacts/:number', 'faults']) {
    t.match(page.text, `/_sandbox/${route}`)
  }
})

t.test('an unknown control route is a 404 that says where they are listed', async (t) => {
  const { raw, sandbox } = await startClient(t)
  const answer = await raw('GET', '/_sandbox/nothing')
  t.equal(answer.status, 404)
  t.match(answer.body['error'], /GET \/_sandbox/)
  t.same(sandbox.requests(), [])
})
