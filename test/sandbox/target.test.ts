import t from 'tap'
import type { Client, Seen } from './client.ts'
import { CONTACT, DEFAULT_NUMBER, matchAll, SECOND_NUMBER, startClient } from './client.ts'

const [A, B] = [DEFAULT_NUMBER, SECOND_NUMBER]

/** Sends text to a target, as v3 has it. */
const sendTo = ({ v3 }: Client, target: unknown) =>
  v3('POST', '/conversations/messages/text', { json: { target, text: 'hi' } })

/** What v3 says of a message. */
const messageIn = ({ body }: Seen) => body['message'] as Readonly<Record<string, string>>

/** The ContactId of a contact that one number has written to. */
async function contactIdOf(client: Client): Promise<string> {
  const { body } = await client.v3('POST', '/contacts', { json: { whatsapp_number: CONTACT, name: 'Ana' } })
  return String(body['id'])
}

const LINES = [
  { target: CONTACT, from: A, fromDefault: true },
  { target: Number(CONTACT), from: A, fromDefault: true },
  { target: `+${CONTACT}`, from: A, fromDefault: true },
  { target: `:${CONTACT}`, from: A, fromDefault: true },
  { target: ` :${CONTACT}`, from: A, fromDefault: true },
  { target: `${A}:${CONTACT}`, from: A, fromDefault: false },
  { target: `${B}:${CONTACT}`, from: B, fromDefault: false },
  { target: `Line 2:${CONTACT}`, from: B, fromDefault: false },
]

for (const { target, from, fromDefault } of LINES) {
  const line = fromDefault ? 'the default number, which the message says' : from
  t.test(`text to ${JSON.stringify(target)} goes out from ${line}`, async (t) => {
    const client = await startClient(t)
    const answer = await sendTo(client, target)
    t.equal(answer.status, 200)
    t.match(messageIn(answer), { text: 'hi', type: 'text', owner: true, event_type: 'message' })
    matchAll(t, client.sandbox.messages(), [{ operation: 'sendText', from, fromDefault, to: CONTACT }])
  })
}

t.test('a person may be named by a BSUID, with a channel and without', async (t) => {
  const client = await startClient(t)
  await sendTo(client, 'US.123124141512')
  await sendTo(client, `${B}:US.123124141512`)
  matchAll(t, client.sandbox.messages(), [
    { from: A, fromDefault: true, to: 'US.123124141512' },
    { from: B, fromDefault: false, to: 'US.123124141512' },
  ])
})

t.test('a ContactId is that contact, from the default number or from the channel before it', async (t) => {
  const client = await startClient(t)
  const id = await contactIdOf(client)
  await sendTo(client, id)
  await sendTo(client, `${B}:${id.toUpperCase()}`)
  matchAll(t, client.sandbox.messages(), [
    { from: A, fromDefault: true, to: CONTACT },
    { from: B, fromDefault: false, to: CONTACT },
  ])
})

t.test('a bare ConversationId acts on the number that has the conversation, whichever it is', async (t) => {
  const client = await startClient(t)
  const id = messageIn(await sendTo(client, `${B}:${CONTACT}`))['conversation_id'] ?? ''
  await sendTo(client, id)
  await client.v3('PUT', `/conversations/${id}/status`, { json: { new_status: 'solved' } })
  const read = await client.v3('GET', `/conversations/${id}/messages`)
  t.match(read.body, { message_list: [{ conversation_id: id }, { conversation_id: id }] })
  matchAll(t, client.sandbox.messages(), [
    { from: B, to: CONTACT },
    { from: B, fromDefault: false, to: CONTACT },
  ])
  const { body } = await client.raw('GET', '/_sandbox/chats')
  t.same(body['items'], [{ channel: B, contact: CONTACT, ticketStatus: 'SOLVED', fromDefault: false }])
})

t.test('a ConversationId behind a channel is read as a ContactId and not found', async (t) => {
  const client = await startClient(t)
  const id = messageIn(await sendTo(client, `${B}:${CONTACT}`))['conversation_id']
  for (const channel of [A, B]) {
    const answer = await sendTo(client, `${channel}:${id}`)
    t.equal(answer.status, 404)
    t.match(answer.body, { code: 404, message: String, timestamp: /Z$/ })
  }
  t.equal(client.sandbox.messages().length, 1)
})

const REFUSED = [
  { when: 'a channel that the account does not have', target: `19995550000:${CONTACT}`, status: 400 },
  { when: 'an unknown channel before an unknown id', target: `Line 9:${'0'.repeat(24)}`, status: 400 },
  { when: 'two channels', target: `${A}:${B}:${CONTACT}`, status: 400 },
  { when: 'no recipient', target: `${A}:`, status: 400 },
  { when: 'nothing', target: undefined, status: 400 },
  { when: 'an id that nobody has', target: 'f'.repeat(24), status: 404 },
  { when: 'a number that is none', target: `${A}:12`, status: 400 },
]

for (const { when, target, status } of REFUSED) {
  t.test(`a target with ${when} is refused with ${status}`, async (t) => {
    const client = await startClient(t)
    const answer = await sendTo(client, target)
    t.equal(answer.status, status)
    t.match(answer.body, { code: status, message: String, timestamp: String })
    t.same(client.sandbox.messages(), [])
  })
}
