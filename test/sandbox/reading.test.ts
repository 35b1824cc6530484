import t from 'tap'
import { CONTACT, DEFAULT_NUMBER, matchAll, SECOND_NUMBER, startClient } from './client.ts'

const SEND = `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
const [A, B] = [DEFAULT_NUMBER, SECOND_NUMBER]

/** A body as it is written, so that members can be repeated. */
const bodyWith = (members: string) => `{"template_name":"t","broadcast_name":"b",${members}}`

const BINDING = [
  { when: 'in another case', members: `"CHANNELNUMBER":"${B}"`, from: B },
  { when: 'with an underscore', members: `"channel_number":"${B}"`, from: B },
  { when: 'with a dash', members: `"Channel-Number":"${B}"`, from: B },
  { when: 'with an escape in it', members: `"ch\\u0061nnelNumber":"${B}"`, from: B },
  { when: 'as a number', members: `"channelNumber":${B}`, from: B },
  { when: 'twice: the last one wins', members: `"channelNumber":"${A}","channelNumber":"${B}"`, from: B },
  {
    when: 'in two spellings: the last one wins',
    members: `"channel_number":"${A}","ChannelNumber":"${B}"`,
    from: B,
  },
  {
    when: 'in two spellings, the first one repeated: the very last one wins',
    members: `"channelNumber":"1","channel_number":"${A}","channelNumber":"${B}"`,
    from: B,
  },
  {
    when: 'null after a number: the last one wins',
    members: `"channelNumber":"${B}","channel_number":null`,
    from: A,
  },
  {
    when: 'after nested ones, which mean nothing',
    members: `"x":{"channelNumber":"1","y":["}","\\"]{"]}, "channelNumber" : "${B}" , "z":[{"channelNumber":"2"}]`,
    from: B,
  },
  {
    when: 'beside a __proto__',
    members: `"__proto__":{"channelNumber":"${A}"},"channelNumber":"${B}"`,
    from: B,
  },
]

for (const { when, members, from } of BINDING) {
  t.test(`the channel key is read ${when}`, async (t) => {
    const { call, sandbox } = await startClient(t)
    const answer = await call('POST', SEND, {
      headers: { 'content-type': 'text/json' },
      body: bodyWith(members),
    })
    t.equal(answer.status, 200)
    matchAll(t, sandbox.messages(), [{ from }])
  })
}

t.test('a channel key in the query of an operation that reads it in the body means nothing', async (t) => {
  const { call, sandbox } = await startClient(t)
  await call('POST', `${SEND}&channelNumber=${SECOND_NUMBER}`, {
    headers: { 'content-type': 'application/json' },
    body: bodyWith('"x":1'),
  })
  matchAll(t, sandbox.messages(), [{ from: DEFAULT_NUMBER, fromDefault: true }])
})

t.test('of a query field given twice, in whatever spelling, the first counts', async (t) => {
  const { call, sandbox } = await startClient(t)
  const query = `messageText=hi&Channel_Phone_Number=${SECOND_NUMBER}&channelPhoneNumber=${DEFAULT_NUMBER}`
  await call('POST', `/api/v1/sendSessionMessage/${CONTACT}?${query}`)
  matchAll(t, sandbox.messages(), [{ from: SECOND_NUMBER }])
})

const TYPES = [
  { type: 'application/json-patch+json', status: 200 },
  { type: 'application/json', status: 200 },
  { type: 'Application/JSON; charset="UTF-8"', status: 200 },
  { type: 'text/json', status: 200 },
  { type: 'application/vnd.acme+json', status: 200 },
  { type: 'text/plain', status: 415 },
  { type: 'application/jsonx', status: 415 },
  { type: 'application/json; charset=utf-16', status: 415 },
  { type: 'application/x-www-form-urlencoded', status: 415 },
  { type: 'multipart/form-data; boundary=x', status: 415 },
]

for (const { type, status } of TYPES) {
  t.test(`a body of type ${type} is answered ${status} where Wati reads JSON`, async (t) => {
    const { call } = await startClient(t)
    const answer = await call('POST', SEND, { headers: { 'content-type': type }, body: bodyWith('"x":1') })
    t.equal(answer.status, status)
  })
}

t.test('a body that is not a JSON object in UTF-8 is a 400', async (t) => {
  const { call, sandbox } = await startClient(t)
  const bodies = ['', '{', '[]', 'null', '"x"', '{} {}', '\ufeff{}', new Uint8Array([0x7b, 0xff, 0x7d])]
  for (const body of bodies) {
    const answer = await call('POST', SEND, { headers: { 'content-type': 'application/json' }, body })
    t.equal(answer.status, 400, JSON.stringify(body))
  }
  t.same(sandbox.messages(), [])
})

t.test('a body above the limit is a 413, one at the limit is read', async (t) => {
  const { call, sandbox } = await startClient(t, { bodyLimitBytes: 200 })
  const headers = { 'content-type': 'application/json' }
  const padded = (bytes: number) => bodyWith('"x":1').padEnd(bytes)
  t.equal((await call('POST', SEND, { headers, body: padded(200) })).status, 200)
  t.equal((await call('POST', SEND, { headers, body: padded(201) })).status, 413)
  matchAll(t, sandbox.requests(), [{}, { method: 'POST', body: '' }], 'both are seen')
})

t.test('deep nesting and a long string are read like anything else', async (t) => {
  const { call } = await startClient(t)
  const members = `"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},"long":"${'x\\n'.repeat(500_000)}"`
  const answer = await call('POST', SEND, {
    headers: { 'content-type': 'application/json' },
    body: bodyWith(members),
  })
  t.equal(answer.status, 200)
})
