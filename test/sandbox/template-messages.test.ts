import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, matchAll, SECOND_NUMBER, startClient, TEMPLATE } from './client.ts'

const SEND_ONE = `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
const SEND_MANY = '/api/v1/sendTemplateMessages'

t.test('a template goes out from the number that the body names', async (t) => {
  const { call, sandbox } = await startClient(t)
  const answer = await call('POST', SEND_ONE, {
    json: { ...TEMPLATE, parameters: [{ name: 'name', value: 'Ana' }], channelNumber: SECOND_NUMBER },
  })
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), /^application\/json/)
  t.match(answer.body, {
    result: true,
    phone_number: CONTACT,
    template_name: 'order_update',
    parameteres: [{ name: 'name', value: 'Ana' }],
    contact: { wAid: CONTACT, phone: CONTACT, contactStatus: 'VALID' },
    validWhatsAppNumber: true,
  })
  const [message, ...others] = sandbox.messages()
  t.same(others, [])
  t.match(message, {
    operation: 'sendTemplateMessage',
    from: SECOND_NUMBER,
    fromDefault: false,
    to: CONTACT,
    template: 'order_update',
    broadcastName: 'june',
    parameters: [{ name: 'name', value: 'Ana' }],
  })
  t.same(answer.body['model'], { ids: [message?.id] })
})

t.test('a template without a number goes out from the default number, and the message says so', async (t) => {
  const keys = [{}, { channelNumber: null }, { channelNumber: '' }, { channel_number: ' ' }]
  for (const key of keys) {
    const { call, sandbox } = await startClient(t)
    const answer = await call('POST', SEND_ONE, { json: { ...TEMPLATE, ...key } })
    t.equal(answer.body['result'], true)
    matchAll(t, sandbox.messages(), [{ from: DEFAULT_NUMBER, fromDefault: true }], JSON.stringify(key))
  }
})

t.test('the default number that was named is not marked as default', async (t) => {
  const { call, sandbox } = await startClient(t)
  await call('POST', SEND_ONE, { json: { ...TEMPLATE, channel_number: DEFAULT_NUMBER } })
  matchAll(t, sandbox.messages(), [{ from: DEFAULT_NUMBER, fromDefault: false }])
})

t.test('a number that the account does not have is result:false, and nothing is sent', async (t) => {
  const { call, sandbox } = await startClient(t)
  for (const channelNumber of ['19995550000', `+${SECOND_NUMBER}`, 'Sales']) {
    const answer = await call('POST', SEND_ONE, { json: { ...TEMPLATE, channelNumber } })
    t.equal(answer.status, 200)
    t.match(answer.body, { result: false, info: /does not belong/ })
  }
  t.same(sandbox.messages(), [])
})

t.test('a recipient who is not on WhatsApp is result:false', async (t) => {
  const { call, raw, sandbox } = await startClient(t)
  await raw('PUT', `/_sandbox/contacts/${CONTACT}`, { json: { session: 'open', onWhatsApp: false } })
  for (const path of [SEND_ONE, '/api/v1/sendTemplateMessage?whatsappNumber=12']) {
    const answer = await call('POST', path, { json: TEMPLATE })
    t.equal(answer.status, 200)
    t.match(answer.body, { result: false, info: /Invalid/, validWhatsAppNumber: false })
  }
  t.same(sandbox.messages(), [])
})

t.test('a recipient may have a plus, spaces and dashes', async (t) => {
  const { call, sandbox } = await startClient(t)
  await call('POST', '/api/v1/sendTemplateMessage?whatsappNumber=%2B55+11+98888-7777', { json: TEMPLATE })
  matchAll(t, sandbox.messages(), [{ to: CONTACT }])
})

t.test('what the model requires is a 400 when it is missing', async (t) => {
  const { call, sandbox } = await startClient(t)
  const withoutTemplate = { broadcast_name: 'june', parameters: [] }
  const withoutBroadcast = { template_name: 'order_update', parameters: [] }
  const cases = [
    { path: '/api/v1/sendTemplateMessage', json: TEMPLATE, field: 'whatsappNumber' },
    { path: SEND_ONE, json: withoutTemplate, field: 'template_name' },
    { path: SEND_ONE, json: withoutBroadcast, field: 'broadcast_name' },
    { path: SEND_MANY, json: TEMPLATE, field: 'receivers' },
    { path: SEND_MANY, json: { ...TEMPLATE, receivers: [{ customParams: [] }] }, field: 'whatsappNumber' },
    { path: SEND_ONE, json: { ...TEMPLATE, channelNumber: ['85264318721'] }, field: 'channel' },
  ]
  for (const { path, json, field } of cases) {
    const answer = await call('POST', path, { json })
    t.equal(answer.status, 400, field)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
    t.match(answer.body['errors'], { [field]: [String] })
  }
  t.same(sandbox.messages(), [])
})

t.test('many receivers get the template from the number at the top level', async (t) => {
  const { call, sandbox } = await startClient(t)
  const answer = await call('POST', SEND_MANY, {
    json: {
      ...TEMPLATE,
      channel_number: SECOND_NUMBER,
      receivers: [
        { whatsappNumber: '5511911110001', customParams: [{ name: 'name', value: 'Ana' }] },
        { whatsappNumber: '5511911110002', customParams: [], channelNumber: DEFAULT_NUMBER },
      ],
    },
  })
  t.same(answer.body, {
    result: true,
    errors: { error: '', invalidWhatsappNumbers: [], invalidCustomParameters: [] },
  })
  matchAll(t, sandbox.messages(), [
    { from: SECOND_NUMBER, to: '5511911110001', parameters: [{ name: 'name', value: 'Ana' }] },
    { from: SECOND_NUMBER, to: '5511911110002', parameters: [] },
  ])
})

t.test('receivers who are not on WhatsApp are named, the others get the template', async (t) => {
  const { call, sandbox } = await startClient(t)
  const receivers = [{ whatsappNumber: 'nobody' }, { whatsappNumber: CONTACT }]
  const answer = await call('POST', SEND_MANY, { json: { ...TEMPLATE, receivers } })
  t.match(answer.body, { result: true, errors: { invalidWhatsappNumbers: ['nobody'] } })
  matchAll(t, sandbox.messages(), [{ to: CONTACT, fromDefault: true }])
})

t.test('a list in which nobody is on WhatsApp is result:false', async (t) => {
  const { call } = await startClient(t)
  const answer = await call('POST', SEND_MANY, {
    json: { ...TEMPLATE, receivers: [{ whatsappNumber: 'x' }] },
  })
  t.match(answer.body, { result: false, errors: { invalidWhatsappNumbers: ['x'] } })
})

t.test('1000 receivers are taken, 1001 are refused', async (t) => {
  const { call, sandbox } = await startClient(t)
  const receivers = Array.from({ length: 1001 }, (_, at) => ({ whatsappNumber: String(5511900000000 + at) }))
  const tooMany = await call('POST', SEND_MANY, { json: { ...TEMPLATE, receivers } })
  t.match(tooMany.body, { result: false, info: /1000/ })
  t.equal(sandbox.messages().length, 0)
  const enough = await call('POST', SEND_MANY, { json: { ...TEMPLATE, receivers: receivers.slice(1) } })
  t.equal(enough.body['result'], true)
  t.equal(sandbox.messages().length, 1000)
})
