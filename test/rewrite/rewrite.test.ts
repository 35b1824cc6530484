import t from 'tap'
import { type BodyType, OPERATIONS, type Operation } from '../../src/domain/operation.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { rewrite } from '../../src/rewrite/rewrite.ts'

const NUMBER = '85264318722'

/** The seed's operations, and where Wati's article wants the number (rows of the operation table). */
const WANTED: Readonly<Record<string, { bodyKeys: string[]; queryKeys: string[] }>> = {
  sendTemplateMessage: { bodyKeys: ['channelNumber', 'channel_number'], queryKeys: [] },
  sendTemplateMessages: { bodyKeys: ['channelNumber', 'channel_number'], queryKeys: [] },
  sendSessionMessage: { bodyKeys: ['channelPhoneNumber'], queryKeys: ['channelPhoneNumber'] },
  getMessages: { bodyKeys: [], queryKeys: ['channelPhoneNumber'] },
  updateChatStatus: { bodyKeys: ['channelPhoneNumber'], queryKeys: [] },
  getContacts: { bodyKeys: [], queryKeys: [] },
  addContact: { bodyKeys: [], queryKeys: [] },
  updateContactAttributes: { bodyKeys: [], queryKeys: [] },
  updateContactAttributesForMultiContacts: { bodyKeys: [], queryKeys: [] },
}

const SENT: Readonly<Record<BodyType, string>> = {
  none: '',
  json: '{ "CHANNEL":"1", "a" : 1.0,"channel_number":2 ,"nested":{"channel":"3"},"channel\\u004eumber":null}',
  form: 'a=%20&CHANNEL=1&channel%5Fnumber[]=2&b',
}
const KEPT: Readonly<Record<BodyType, string>> = {
  none: '',
  json: ' "a" : 1.0,"nested":{"channel":"3"}',
  form: 'a=%20&b',
}

function expectedBody(type: BodyType, keys: readonly string[]): string {
  if (type === 'none') return ''
  if (type === 'form') return [KEPT.form, ...keys.map((key) => `${key}=${NUMBER}`)].join('&')
  return `{${[...keys.map((key) => `"${key}":"${NUMBER}"`), KEPT.json].join(',')}}`
}

t.test('every operation is in this table', async (t) => {
  t.same([...new Set(OPERATIONS.map(({ name }) => name))].sort(), Object.keys(WANTED).sort())
})

for (const operation of OPERATIONS) {
  for (const type of operation.bodies) testOperation(operation, type)
}

function testOperation(operation: Operation, type: BodyType): void {
  const { bodyKeys, queryKeys } = WANTED[operation.name]!
  const incoming = { bodyType: type, body: Buffer.from(SENT[type]) }
  const called = `${operation.method} ${operation.path} with body ${type}`

  t.test(`${called}: the number stands where Wati wants it, and nowhere else`, async (t) => {
    const query = 'pageSize=1&channelPhoneNumber=4&CHANNEL_NUMBER[]=5&messageText=%20'
    const outgoing = rewrite(operation, NUMBER, { query, ...incoming })
    t.equal(
      outgoing.query,
      ['pageSize=1&messageText=%20', ...queryKeys.map((key) => `${key}=${NUMBER}`)].join('&'),
    )
    t.equal(outgoing.body.toString(), expectedBody(type, bodyKeys))
    t.same(outgoing.claimed, ['4', '5', ...(type === 'none' ? [] : ['1', '2'])])
  })

  t.test(`${called}: without a query only what is wanted is added`, async (t) => {
    const outgoing = rewrite(operation, NUMBER, { query: undefined, ...incoming })
    t.equal(
      outgoing.query,
      queryKeys.length === 0 ? undefined : queryKeys.map((key) => `${key}=${NUMBER}`).join('&'),
    )
    t.equal(outgoing.body.toString(), expectedBody(type, bodyKeys))
  })
}

t.test('a body that cannot be read in exactly one way stops the whole request', async (t) => {
  const [operation] = OPERATIONS
  const incoming = { query: undefined, bodyType: 'json', body: Buffer.from('{"a":1}/**/') } as const
  t.throws(() => rewrite(operation!, NUMBER, incoming), Malformed)
})
