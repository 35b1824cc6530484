import t from 'tap'
import {
  CONTACT,
  DEFAULT_NUMBER,
  listIn,
  matchAll,
  SECOND_NUMBER,
  startClient,
  TENANT,
  TOKEN,
} from './client.ts'

const TARGET = `${SECOND_NUMBER}:${CONTACT}`
const SEND = '/conversations/messages'

t.test(
  'text, a file by its address, buttons and a list are sent from the channel of the target',
  async (t) => {
    const { v3, sandbox } = await startClient(t)
    const buttons = { type: 'buttons', button_message: { body: 'Yes?', buttons: [{ text: 'Yes' }] } }
    const sections = [{ title: 'All', rows: [{ title: 'One' }] }]
    const list = { type: 'list', list_message: { body: 'Which?', button_text: 'Show', sections } }
    const file = { file_url: 'https://files.example.com/a.pdf', caption: 'Invoice' }
    const answers = [
      await v3('POST', `${SEND}/text`, { json: { target: TARGET, text: 'hi' } }),
      await v3('POST', `${SEND}/fileViaUrl`, { json: { target: TARGET, ...file } }),
      await v3('POST', `${SEND}/interactive`, { json: { target: TARGET, ...buttons } }),
      await v3('POST', `${SEND}/interactive`, { json: { target: TARGET, ...list } }),
    ]
    for (const { status, body } of answers)
      t.match({ status, body }, { status: 200, body: { message: Object } })
    const sent = { from: SECOND_NUMBER, fromDefault: false, to: CONTACT }
    matchAll(t, sandbox.messages(), [
      { ...sent, operation: 'sendText', text: 'hi' },
      { ...sent, operation: 'sendFileViaUrl', text: 'Invoice', fileUrl: file.file_url },
      { ...sent, operation: 'sendInteractive', text: 'Yes?', interactive: 'buttons' },
      { ...sent, operation: 'sendInteractive', text: 'Which?', interactive: 'list' },
    ])
  },
)

t.test('an interactive message of another type, or with nothing to press, is a 400', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const button = { text: 'Yes' }
  const bodies = [
    { type: 'product' },
    { type: 'buttons' },
    { type: 'list', button_message: { body: 'Yes?', buttons: [button] } },
    { type: 'buttons', button_message: { body: 'Yes?', buttons: [] } },
    { type: 'buttons', button_message: { body: 'Yes?', buttons: [button, button, button, button] } },
    { type: 'buttons', button_message: { buttons: [button] } },
    { type: 'list', list_message: { body: 'Which?', sections: [{}] } },
  ]
  for (const json of bodies) {
    const answer = await v3('POST', `${SEND}/interactive`, { json: { target: TARGET, ...json } })
    t.match(answer, { status: 400, body: { code: 400 } }, JSON.stringify(json))
  }
  t.same(sandbox.messages(), [])
})

t.test('an expired session is a 400 with code, message and timestamp', async (t) => {
  const { v3, raw, sandbox } = await startClient(t)
  await raw('PUT', `/_sandbox/contacts/${CONTACT}`, { json: { session: 'expired', onWhatsApp: true } })
  const answer = await v3('POST', `${SEND}/text`, { json: { target: TARGET, text: 'hi' } })
  t.equal(answer.status, 400)
  t.match(answer.body, { code: 400, message: 'Ticket has been expired.', timestamp: /Z$/ })
  t.same(sandbox.messages(), [])
})

t.test('each channel has its own conversation with a contact, in pages, newest first', async (t) => {
  const { v3 } = await startClient(t)
  for (const text of ['1', '2', '3']) await v3('POST', `${SEND}/text`, { json: { target: TARGET, text } })
  const read = await v3(
    'GET',
    `/conversations/${encodeURIComponent(TARGET)}/messages?page_number=1&page_size=2`,
  )
  t.match(read.body, { page_number: 1, page_size: 2 })
  matchAll(t, listIn(read.body, 'message_list'), [{ text: '3' }, { text: '2' }])
  const ofDefault = await v3('GET', `/conversations/${CONTACT}/messages`)
  t.same(ofDefault.body['message_list'], [])
})

t.test('status and operator are set on the conversation of the target', async (t) => {
  const { v3, raw } = await startClient(t)
  const status = await v3('PUT', `/conversations/${TARGET}/status`, { json: { new_status: 'PENDING' } })
  t.same(status.body, { result: true })
  const operator = { assignee_email: 'ana@example.com' }
  t.same((await v3('PUT', `/conversations/${TARGET}/operator`, { json: operator })).body, { result: true })
  t.same((await v3('PUT', `/conversations/${CONTACT}/operator`, { json: operator })).body, { result: true })
  const wrong = await v3('PUT', `/conversations/${TARGET}/status`, { json: { new_status: 'done' } })
  t.equal(wrong.status, 400)
  const chat = { contact: CONTACT, operator: 'ana@example.com' }
  t.same((await raw('GET', '/_sandbox/chats')).body['items'], [
    { ...chat, channel: SECOND_NUMBER, ticketStatus: 'PENDING', fromDefault: false },
    { ...chat, channel: DEFAULT_NUMBER, ticketStatus: 'OPEN', fromDefault: true },
  ])
})

t.test('a chatbot is started by its id from the list, and kept like a message', async (t) => {
  const { v3, call, sandbox } = await startClient(t)
  const { body } = await v3('GET', '/chatbots?page_number=1&page_size=10')
  const [first] = listIn(body, 'chatbot_list') as { id: string }[]
  t.match(first, { id: /^[0-9a-f]{24}$/, name: String, created: String })
  t.match(JSON.parse((await call('GET', '/api/v1/chatbots')).text), [first, Object])

  const started = await v3('POST', '/chatbots/start', { json: { target: TARGET, chatbot_id: first?.id } })
  t.same(started.body, { result: true })
  const unknown = await v3('POST', '/chatbots/start', { json: { target: TARGET, chatbot_id: 'x' } })
  t.equal(unknown.status, 400)
  matchAll(t, sandbox.messages(), [
    { operation: 'startChatbot', from: SECOND_NUMBER, fromDefault: false, to: CONTACT, chatbotId: first?.id },
  ])
})

t.test('v3 has no tenant in its path, and no JSON in a 401', async (t) => {
  const { raw } = await startClient(t)
  const headers = { authorization: `Bearer ${TOKEN}` }
  const path = '/api/ext/v3/channels'
  t.equal((await raw('GET', path, { headers })).status, 200)
  t.equal((await raw('GET', `/${TENANT}${path}`, { headers })).status, 404)
  t.match(await raw('GET', path), { status: 401, text: '' })
  t.equal((await raw('GET', '/api/v1/getContacts', { headers })).status, 404, 'v1 has one')
})

t.test('what is wrong with a body is said as v3 says it', async (t) => {
  const { v3 } = await startClient(t)
  const json = { 'content-type': 'application/json' }
  const cases = [
    { request: { headers: json, body: '{' }, status: 400 },
    { request: { headers: json, body: '' }, status: 400 },
    { request: { headers: { 'content-type': 'text/plain' }, body: '{}' }, status: 415 },
    { request: { json: { target: CONTACT } }, status: 400 },
  ]
  for (const { request, status } of cases) {
    const answer = await v3('POST', `${SEND}/text`, request)
    t.equal(answer.status, status)
    t.match(answer.body, { code: status, message: String, timestamp: String })
  }
})
