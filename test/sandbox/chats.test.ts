import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, listIn, matchAll, SECOND_NUMBER, startClient, TEMPLATE } from './client.ts'

const READ = `/api/v1/getMessages/${CONTACT}`

t.test('each number has its own conversation with a contact', async (t) => {
  const { call } = await startClient(t)
  const send = `/api/v1/sendSessionMessage/${CONTACT}?messageText=`
  await call('POST', `${send}first&channelPhoneNumber=${DEFAULT_NUMBER}`)
  await call('POST', `${send}second&channelPhoneNumber=${SECOND_NUMBER}`)
  await call('POST', `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`, {
    json: { ...TEMPLATE, channelNumber: SECOND_NUMBER },
  })

  const ofDefault = await call('GET', READ)
  t.match(ofDefault.body, {
    result: 'success',
    messages: { items: [{ text: 'first', eventType: 'message', owner: true }] },
    link: { prevPage: null, nextPage: null, pageNumber: 1, pageSize: 100, total: 1 },
  })
  const ofSecond = await call('GET', `${READ}?channelPhoneNumber=${SECOND_NUMBER}`)
  matchAll(
    t,
    listIn(ofSecond.body, 'messages', 'items'),
    [{ eventType: 'broadcastMessage', eventDescription: /"order_update"/ }, { text: 'second' }],
    'newest first',
  )
  const ofThird = await call('GET', `${READ}?channelPhoneNumber=5511999990001`)
  t.same(listIn(ofThird.body, 'messages', 'items'), [])
})

t.test('messages come in pages', async (t) => {
  const { call } = await startClient(t)
  for (const text of ['1', '2', '3']) {
    await call('POST', `/api/v1/sendSessionMessage/${CONTACT}?messageText=${text}`)
  }
  const { body } = await call('GET', `${READ}?pageSize=2&pageNumber=2`)
  matchAll(t, listIn(body, 'messages', 'items'), [{ text: '1' }])
  t.match(body['link'], { pageNumber: 2, pageSize: 2, total: 3, prevPage: String, nextPage: null })
  t.equal((await call('GET', `${READ}?pageSize=many`)).status, 400)
})

t.test('the conversation of a number that the account does not have is result:false', async (t) => {
  const { call } = await startClient(t)
  const answer = await call('GET', `${READ}?channelPhoneNumber=19995550000`)
  t.equal(answer.status, 200)
  t.match(answer.body, { result: false, info: /does not belong/ })
})

t.test('a chat status is set on the conversation of the number in the body', async (t) => {
  const { call, raw } = await startClient(t)
  const set = (json: object) => call('POST', '/api/v1/updateChatStatus', { json })
  const solved = { whatsappNumber: CONTACT, ticketStatus: 'SOLVED' }
  t.same((await set({ ...solved, channelPhoneNumber: SECOND_NUMBER })).body, { result: 'success' })
  t.same((await set({ ...solved, ticketStatus: 'OPEN' })).body, { result: 'success' })
  t.match((await set({ ...solved, channelPhoneNumber: '19995550000' })).body, { result: false })
  const { body } = await raw('GET', '/_sandbox/chats')
  t.same(body['items'], [
    { channel: SECOND_NUMBER, contact: CONTACT, ticketStatus: 'SOLVED', fromDefault: false },
    { channel: DEFAULT_NUMBER, contact: CONTACT, ticketStatus: 'OPEN', fromDefault: true },
  ])
})

t.test('a chat status that Wati does not know, or of nobody, is a 400', async (t) => {
  const { call } = await startClient(t)
  const bodies = [
    { whatsappNumber: CONTACT, ticketStatus: 'DONE' },
    { whatsappNumber: CONTACT },
    { ticketStatus: 'OPEN' },
  ]
  for (const json of bodies) t.equal((await call('POST', '/api/v1/updateChatStatus', { json })).status, 400)
})
