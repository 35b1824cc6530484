import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, matchAll, SECOND_NUMBER, startClient } from './client.ts'

const SEND = `/api/v1/sendSessionMessage/${CONTACT}`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

t.test('text and number may stand in the query, in JSON or in a form', async (t) => {
  const { call, sandbox } = await startClient(t)
  const inQuery = `?messageText=hi+there&channelPhoneNumber=${SECOND_NUMBER}`
  const json = JSON.stringify({ messageText: 'hi there', channelPhoneNumber: SECOND_NUMBER })
  const form = `messageText=hi+there&channelPhoneNumber=${SECOND_NUMBER}`
  const answers = [
    await call('POST', SEND + inQuery),
    await call('POST', SEND + inQuery, { headers: JSON_PATCH }),
    await call('POST', SEND, { headers: JSON_PATCH, body: json }),
    await call('POST', SEND, { headers: FORM, body: form }),
    await call('POST', `${SEND}?messageText=hi+there`, {
      headers: FORM,
      body: `channelPhoneNumber=${SECOND_NUMBER}`,
    }),
    await call('POST', `${SEND}?channelPhoneNumber=${SECOND_NUMBER}`, {
      json: { messageText: 'hi there' },
    }),
  ]
  for (const { status, body } of answers) {
    t.equal(status, 200)
    t.match(body, { ok: true, result: 'success', message: { text: 'hi there', type: 'text', owner: true } })
  }
  t.equal(sandbox.messages().length, answers.length)
  for (const message of sandbox.messages()) {
    t.match(message, { from: SECOND_NUMBER, fromDefault: false, to: CONTACT, text: 'hi there' })
  }
})

t.test('a body field hides the query, even when it is empty', async (t) => {
  const { call, sandbox } = await startClient(t)
  const path = `${SEND}?messageText=hi&channelPhoneNumber=${SECOND_NUMBER}`
  await call('POST', path, { headers: FORM, body: `channelPhoneNumber=${DEFAULT_NUMBER}` })
  await call('POST', path, { headers: FORM, body: 'channel_phone_number=' })
  await call('POST', path, { json: { ChannelPhoneNumber: null } })
  matchAll(t, sandbox.messages(), [
    { from: DEFAULT_NUMBER, fromDefault: false },
    { from: DEFAULT_NUMBER, fromDefault: true },
    { from: DEFAULT_NUMBER, fromDefault: true },
  ])
})

t.test('text without a number goes out from the default number, and the message says so', async (t) => {
  const { call, sandbox } = await startClient(t)
  const answer = await call('POST', `${SEND}?messageText=hi`)
  t.equal(answer.body['ok'], true)
  matchAll(t, sandbox.messages(), [{ from: DEFAULT_NUMBER, fromDefault: true }])
})

t.test('white space around the text is part of it', async (t) => {
  const { call, sandbox } = await startClient(t)
  await call('POST', SEND, { json: { messageText: ' hi\n' } })
  t.equal(sandbox.messages()[0]?.text, ' hi\n')
})

t.test('an expired session is result:false with the ticket status', async (t) => {
  const { call, raw, sandbox } = await startClient(t)
  await raw('PUT', `/_sandbox/contacts/${CONTACT}`, { json: { session: 'expired', onWhatsApp: true } })
  const answer = await call('POST', `${SEND}?messageText=hi`)
  t.equal(answer.status, 200)
  t.same(answer.body, { result: false, message: 'Ticket has been expired.', ticketStatus: 'BROADCAST' })
  t.same(sandbox.messages(), [])
})

t.test('an unknown channel number and an unknown recipient are result:false', async (t) => {
  const { call, sandbox } = await startClient(t)
  const unknownNumber = await call('POST', `${SEND}?messageText=hi&channelPhoneNumber=19995550000`)
  t.match(unknownNumber.body, { result: false, info: /does not belong/ })
  const unknownPerson = await call('POST', '/api/v1/sendSessionMessage/12?messageText=hi')
  t.match(unknownPerson.body, { result: false, info: /Invalid/ })
  t.same(sandbox.messages(), [])
})

t.test('no text, and text of more than 4096 characters, is a 400', async (t) => {
  const { call } = await startClient(t)
  t.equal((await call('POST', SEND)).status, 400)
  t.equal((await call('POST', SEND, { json: { messageText: 'x'.repeat(4096) } })).status, 200)
  t.equal((await call('POST', SEND, { json: { messageText: 'x'.repeat(4097) } })).status, 400)
})

t.test('a file by its address goes out from the number in the query or the body', async (t) => {
  const { call, sandbox } = await startClient(t)
  const path = `/api/v1/sendSessionFileViaUrl/${CONTACT}`
  const fileUrl = 'https://files.example.com/a.pdf'
  const inQuery = new URLSearchParams({ fileUrl, caption: 'Invoice', channelPhoneNumber: SECOND_NUMBER })
  const first = await call('POST', `${path}?${inQuery.toString()}`)
  t.match(first.body, { ok: true, result: 'success', message: { text: 'Invoice', data: fileUrl } })
  await call('POST', path, { json: { fileUrl, channelPhoneNumber: SECOND_NUMBER } })
  await call('POST', `${path}?channelPhoneNumber=${SECOND_NUMBER}`, {
    json: { fileUrl, channelPhoneNumber: '' },
  })
  t.equal((await call('POST', path)).status, 400, 'without an address')
  const sent = { operation: 'sendSessionFileViaUrl', to: CONTACT, fileUrl }
  matchAll(t, sandbox.messages(), [
    { ...sent, from: SECOND_NUMBER, fromDefault: false, text: 'Invoice' },
    { ...sent, from: SECOND_NUMBER, fromDefault: false },
    { ...sent, from: DEFAULT_NUMBER, fromDefault: true },
  ])
})

t.test('buttons and lists go out from the number in the query, whatever the body says', async (t) => {
  const { call, sandbox } = await startClient(t)
  const buttons = { body: 'Yes?', buttons: [{ text: 'Yes' }], channelPhoneNumber: DEFAULT_NUMBER }
  const list = { body: 'Which?', buttonText: 'Show', sections: [{ title: 'All', rows: [{ title: 'One' }] }] }
  const query = `?whatsappNumber=${CONTACT}&channelPhoneNumber=${SECOND_NUMBER}`
  const first = await call('POST', `/api/v1/sendInteractiveButtonsMessage${query}`, { json: buttons })
  t.match(first.body, { ok: true, message: { type: 'interactive', text: 'Yes?' } })
  await call('POST', `/api/v1/sendInteractiveListMessage${query}`, { json: list })
  await call('POST', `/api/v1/sendInteractiveListMessage?whatsappNumber=${CONTACT}`, { json: list })
  t.match(await call('POST', `/api/v1/sendInteractiveListMessage${query}`, { json: buttons }), {
    status: 400,
  })
  matchAll(t, sandbox.messages(), [
    { operation: 'sendInteractiveButtonsMessage', from: SECOND_NUMBER, fromDefault: false, to: CONTACT },
    { operation: 'sendInteractiveListMessage', from: SECOND_NUMBER, interactive: 'list', text: 'Which?' },
    { operation: 'sendInteractiveListMessage', from: DEFAULT_NUMBER, fromDefault: true },
  ])
})
