import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, listIn, matchAll, SECOND_NUMBER, startClient, TEMPLATE } from './client.ts'

t.test('each number has its own list of templates, in v1 and v3', async (t) => {
  const { call, v3 } = await startClient(t)
  const ofDefault = [{ elementName: 'order_update' }, { elementName: `hello_${DEFAULT_NUMBER}` }]
  const ofSecond = [{ elementName: 'order_update' }, { elementName: `hello_${SECOND_NUMBER}` }]
  const v1 = async (query: string) =>
    listIn((await call('GET', `/api/v1/getMessageTemplates${query}`)).body, 'messageTemplates')
  matchAll(t, await v1(''), ofDefault)
  matchAll(t, await v1(`?channelPhoneNumber=${SECOND_NUMBER}`), ofSecond)
  t.match(await call('GET', '/api/v1/getMessageTemplates?channelPhoneNumber=19995550000'), {
    status: 200,
    body: { result: false },
  })

  const inV3 = async (query: string) =>
    listIn((await v3('GET', `/messageTemplates${query}`)).body, 'templates')
  matchAll(t, await inV3(''), [{ name: 'order_update' }, { name: `hello_${DEFAULT_NUMBER}` }])
  const templates = await inV3(`?channel=${SECOND_NUMBER}`)
  matchAll(t, templates, [{ name: 'order_update' }, { name: `hello_${SECOND_NUMBER}` }])
  matchAll(t, await inV3('?channel=Line%202'), templates)
  t.match(await v3('GET', '/messageTemplates?channel=19995550000'), { status: 400, body: { code: 400 } })

  const { id } = templates[1] as { id: string }
  t.match((await v3('GET', `/messageTemplates/${id}`)).body, { id, name: `hello_${SECOND_NUMBER}` })
  t.match(await v3('GET', '/messageTemplates/x'), { status: 404, body: { code: 404 } })
})

t.test('v2 lists the templates of all numbers, or of one WhatsApp Business Account', async (t) => {
  const { call } = await startClient(t)
  const { body } = await call('GET', '/api/v2/getMessageTemplates')
  t.equal(listIn(body, 'messageTemplates').length, 4)
  const other = await call('GET', '/api/v2/getMessageTemplates?wabaId=1')
  t.same(other.body['messageTemplates'], [])
})

t.test('v2 sends templates as v1 does', async (t) => {
  const { call, sandbox } = await startClient(t)
  const body = { ...TEMPLATE, channel_number: SECOND_NUMBER }
  const one = await call('POST', `/api/v2/sendTemplateMessage?whatsappNumber=${CONTACT}`, { json: body })
  t.match(one.body, { result: true, phone_number: CONTACT })
  const receivers = [{ whatsappNumber: CONTACT }]
  const many = await call('POST', '/api/v2/sendTemplateMessages', { json: { ...TEMPLATE, receivers } })
  t.match(many.body, { result: true })
  matchAll(t, sandbox.messages(), [
    { operation: 'sendTemplateMessage', from: SECOND_NUMBER, fromDefault: false, to: CONTACT },
    { operation: 'sendTemplateMessages', from: DEFAULT_NUMBER, fromDefault: true, to: CONTACT },
  ])
})

t.test('the account shows its numbers, its channels but the default one, and its credit', async (t) => {
  const { call, v3 } = await startClient(t)
  const first = JSON.parse((await call('GET', '/api/v1/whatsApp/phoneNumbers')).text) as unknown[]
  matchAll(t, first, [{ displayPhoneNumber: DEFAULT_NUMBER }, { displayPhoneNumber: SECOND_NUMBER }, {}])
  const second = JSON.parse((await call('GET', '/api/v2/whatsapp/phoneNumbers')).text) as unknown[]
  matchAll(t, second, [{ phoneNumber: DEFAULT_NUMBER, channelName: 'Line 1' }, {}, { wabaId: String }])
  const { body } = await v3('GET', '/channels?page_number=1&page_size=10')
  matchAll(t, listIn(body, 'channels'), [
    { id: /^[0-9a-f]{24}$/, name: 'Line 2', channel: 'Whatsapp' },
    { name: 'Line 3' },
  ])
  t.match((await v3('GET', '/account/credits')).body, { credit: 100, currency: 'USD' })
})

t.test('an operator is assigned to the conversation of the number in the query', async (t) => {
  const { call, raw } = await startClient(t)
  const assign = (query: string) => call('POST', `/api/v1/assignOperator?whatsappNumber=${CONTACT}${query}`)
  const email = '&email=ana%40example.com'
  t.match(await assign(`${email}&channelPhoneNumber=${SECOND_NUMBER}`), {
    status: 200,
    body: { result: true },
  })
  t.match(await assign(email), { body: { result: true } })
  t.match(await assign(`${email}&channelPhoneNumber=19995550000`), { body: { result: false } })
  const chat = { contact: CONTACT, ticketStatus: 'OPEN', operator: 'ana@example.com' }
  t.same((await raw('GET', '/_sandbox/chats')).body['items'], [
    { ...chat, channel: SECOND_NUMBER, fromDefault: false },
    { ...chat, channel: DEFAULT_NUMBER, fromDefault: true },
  ])
})
