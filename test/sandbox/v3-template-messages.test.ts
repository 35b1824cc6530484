import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, listIn, matchAll, SECOND_NUMBER, startClient } from './client.ts'

const OTHER = '5511977776666'
const TEMPLATE = { template_name: 'order_update', broadcast_name: 'june' }
const CUSTOM = [{ name: 'name', value: 'Ana' }]

t.test('a template goes to every recipient from the channel in the body, by number or by name', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const recipients = [
    { phone_number: CONTACT, local_message_id: 'abc', custom_params: CUSTOM },
    { target: OTHER },
  ]
  for (const channel of [SECOND_NUMBER, 'Line 2']) {
    const answer = await v3('POST', '/messageTemplates/send', { json: { channel, ...TEMPLATE, recipients } })
    t.match(answer.body, { success: true, broadcast_id: /^[0-9a-f]{24}$/, error: null })
    t.same(answer.body['recipients'], [
      { local_message_id: 'abc', phone_number: CONTACT, errors: [] },
      { local_message_id: null, phone_number: OTHER, errors: [] },
    ])
  }
  const sent = {
    operation: 'sendMessageTemplates',
    from: SECOND_NUMBER,
    fromDefault: false,
    template: 'order_update',
  }
  const [toAna, toOther] = [
    { ...sent, to: CONTACT, localMessageId: 'abc', parameters: CUSTOM },
    { ...sent, to: OTHER, parameters: [] },
  ]
  matchAll(t, sandbox.messages(), [toAna, toOther, toAna, toOther])
})

t.test(
  'without a channel, or with an empty one, the default number sends, and the message says so',
  async (t) => {
    const { v3, sandbox } = await startClient(t)
    const recipients = [{ phone_number: CONTACT }]
    for (const json of [{}, { channel: null }, { channel: '' }, { channel_number: SECOND_NUMBER }]) {
      await v3('POST', '/messageTemplates/send', { json: { ...json, ...TEMPLATE, recipients } })
    }
    const sent = { from: DEFAULT_NUMBER, fromDefault: true }
    matchAll(t, sandbox.messages(), [sent, sent, sent, sent])
  },
)

t.test('a scheduled template is kept at once with its time', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const json = { channel: SECOND_NUMBER, ...TEMPLATE, recipients: [{ phone_number: CONTACT }] }
  const scheduled_at = '2027-01-01T00:00:00Z'
  const answer = await v3('POST', '/messageTemplates/schedule', { json: { ...json, scheduled_at } })
  t.equal(answer.body['success'], true)
  matchAll(t, sandbox.messages(), [
    { operation: 'scheduleMessageTemplates', from: SECOND_NUMBER, scheduledAt: '2027-01-01T00:00:00.000Z' },
  ])
  for (const wrong of [{}, { scheduled_at: 'soon' }]) {
    const refused = await v3('POST', '/messageTemplates/schedule', { json: { ...json, ...wrong } })
    t.equal(refused.status, 400)
  }
})

t.test('an unknown channel and too many recipients are a 200 with success:false', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const many = Array.from({ length: 10_001 }, () => ({ phone_number: CONTACT }))
  const bodies = [
    { channel: '19995550000', recipients: [{ phone_number: CONTACT }] },
    { channel: SECOND_NUMBER, recipients: many },
  ]
  for (const json of bodies) {
    const answer = await v3('POST', '/messageTemplates/send', { json: { ...TEMPLATE, ...json } })
    t.equal(answer.status, 200)
    t.match(answer.body, { success: false, error: String })
  }
  t.same(sandbox.messages(), [])
})

t.test('a recipient who is not on WhatsApp has errors; when all have, nothing succeeded', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const send = (...numbers: string[]) =>
    v3('POST', '/messageTemplates/send', {
      json: { ...TEMPLATE, recipients: numbers.map((phone_number) => ({ phone_number })) },
    })
  const some = await send('12', CONTACT)
  t.match(some.body, { success: true, recipients: [{ errors: [/Invalid/] }, { errors: [] }] })
  t.match((await send('12')).body, { success: false, broadcast_id: null, error: String })
  matchAll(t, sandbox.messages(), [{ to: CONTACT }])
})

t.test('a body without template, broadcast or recipients, or with an odd channel, is a 400', async (t) => {
  const { v3 } = await startClient(t)
  const whole = { ...TEMPLATE, recipients: [{ phone_number: CONTACT }] }
  const bodies = [
    { ...whole, template_name: '' },
    { ...whole, broadcast_name: null },
    { ...whole, recipients: {} },
    { ...whole, recipients: [{}] },
    { ...whole, channel: [SECOND_NUMBER] },
  ]
  for (const json of bodies) {
    t.match(await v3('POST', '/messageTemplates/send', { json }), { status: 400, body: { code: 400 } })
  }
})

t.test('broadcasts are listed and counted by channel, and found by id', async (t) => {
  const { v3, call } = await startClient(t)
  const recipients = [{ phone_number: CONTACT, custom_params: CUSTOM }, { phone_number: OTHER }]
  const sent = await v3('POST', '/messageTemplates/send', {
    json: { ...TEMPLATE, channel: SECOND_NUMBER, recipients },
  })
  const id = String(sent.body['broadcast_id'])
  await call('POST', `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`, {
    json: { ...TEMPLATE, broadcast_name: 'july', channelNumber: DEFAULT_NUMBER },
  })

  const dates = 'date_from=2020-01-01T00:00:00Z&date_to=2100-01-01T00:00:00Z'
  const list = await v3('GET', `/broadcasts?channel=${SECOND_NUMBER}&${dates}&page_number=1&page_size=10`)
  t.match(list.body, { broadcasts: [{ id, name: 'june', status: 'completed' }], page_size: 10, total: 1 })
  t.match((await v3('GET', '/broadcasts')).body, { broadcasts: [{ name: 'july' }], total: 1 })
  t.match((await v3('GET', `/broadcasts?channel=Line%202&date_to=2020-01-01`)).body, { total: 0 })
  t.match((await v3('GET', `/broadcasts/overview?channel=${SECOND_NUMBER}`)).body, { total_sent: 2 })
  t.match((await v3('GET', '/broadcasts/overview')).body, { total_sent: 1 })

  t.match((await v3('GET', `/broadcasts/${id}`)).body, {
    id,
    statistics: { total_recipients: 2, total_sent: 2 },
  })
  const people = await v3('GET', `/broadcasts/${id}/recipients?page_number=1&page_size=1`)
  t.match(people.body, { total_count: 2, page_size: 1 })
  matchAll(t, listIn(people.body, 'recipients'), [{ contact_phone: CONTACT, custom_params: CUSTOM }])
})

t.test('an unknown broadcast, channel or date is refused', async (t) => {
  const { v3 } = await startClient(t)
  t.match(await v3('GET', '/broadcasts/x'), { status: 404, body: { code: 404 } })
  t.match(await v3('GET', '/broadcasts/x/recipients'), { status: 404 })
  t.match(await v3('GET', '/broadcasts?channel=19995550000'), { status: 400, body: { code: 400 } })
  t.match(await v3('GET', '/broadcasts/overview?channel=19995550000'), { status: 400 })
  t.match(await v3('GET', '/broadcasts?date_from=soon'), { status: 400 })
})

t.test('the cost of a broadcast is estimated, and nothing is sent', async (t) => {
  const { v3, sandbox } = await startClient(t)
  const estimate = (contact_ids: unknown) =>
    v3('POST', '/broadcasts/estimate-cost', { json: { template_id: 'x', contact_ids } })
  t.match((await estimate(['a', 'b'])).body, {
    estimated_cost: 0.1,
    current_credit: 100,
    result: true,
    is_request_succeeded: true,
  })
  t.match((await estimate(Array(3000).fill('a'))).body, { result: false })
  t.equal((await estimate([])).status, 400)
  t.same(sandbox.messages(), [])
})
