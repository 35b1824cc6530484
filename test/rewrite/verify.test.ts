import t from 'tap'
import { type BodyType, OPERATIONS, type Operation } from '../../src/domain/operation.ts'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { rewrite } from '../../src/rewrite/rewrite.ts'
import { verify } from '../../src/rewrite/verify.ts'
import { jsonBody, printBody } from './json-bodies.ts'
import { holds } from './run-property.ts'

const NUMBER = '85264318722'
const OTHER = '5511999990001'
const find = (path: string): Operation => OPERATIONS.find((operation) => operation.path === path)!
const SEND = find('/api/v1/sendTemplateMessage')
const SESSION = find('/api/v1/sendSessionMessage/{whatsappNumber}')
const READ = find('/api/v1/getMessages/{whatsappNumber}')
const CONTACTS = find('/api/v1/getContacts')
const TEXT = find('/api/ext/v3/conversations/messages/text')
const STATUS = find('/api/ext/v3/conversations/{target}/status')
const UPDATE = OPERATIONS.find(({ target }) => target?.in === 'contacts')!
const V3_SEND = find('/api/ext/v3/messageTemplates/send')

interface Case {
  readonly when: string
  readonly operation: Operation
  readonly path?: string
  readonly query?: string
  readonly type?: BodyType
  readonly body?: string
}

const json = (when: string, operation: Operation, body: string): Case => ({
  when,
  operation,
  type: 'json',
  body,
})
const form = (when: string, body: string): Case => ({
  ...{ when, operation: SESSION, type: 'form', body },
  query: `channelPhoneNumber=${NUMBER}`,
})
const query = (when: string, operation: Operation, text: string | undefined): Case => ({
  when,
  operation,
  ...(text !== undefined && { query: text }),
})

const BOTH = `"channelNumber":"${NUMBER}","channel_number":"${NUMBER}"`
const NOTHING = { path: SEND.path, query: undefined, claimed: [] }
const TARGET = `"target":"${NUMBER}:551"`

const RIGHT: Case[] = [
  json('a body has both keys', SEND, `{${BOTH},"a":{"channel":"1"}}`),
  json('both keys are all there is', SEND, `{${BOTH}}`),
  json('white space stands around and inside', SEND, ` \n{${BOTH} }\t`),
  json('white space follows both keys', SEND, `{${BOTH}, "a":1}`),
  form('a form has the key', `messageText=a&channelPhoneNumber=${NUMBER}`),
  query('a query has the key', READ, `a=1&channelPhoneNumber=${NUMBER}`),
  query('no key is wanted', CONTACTS, undefined),
  json('a target has its prefix', TEXT, `{${TARGET}}`),
  json('a member that is called body holds a target of its own', TEXT, `{${TARGET},"body":{"target":"1:2"}}`),
  {
    when: 'a path has its prefix',
    operation: STATUS,
    path: `/api/ext/v3/conversations/${NUMBER}:551/status`,
  },
]

for (const one of RIGHT) {
  t.test(`nothing is found when ${one.when}`, async (t) => t.equal(verified(one), undefined))
}

const WRONG: Case[] = [
  json('a wanted key is missing in the body', SEND, `{"channelNumber":"${NUMBER}"}`),
  json('all keys are missing in the body', SEND, '{}'),
  json('a key in the body has another number', SEND, `{${BOTH.replace(NUMBER, OTHER)}}`),
  json(
    'a key in the body is a JSON number',
    SEND,
    `{"channelNumber":${NUMBER},"channel_number":"${NUMBER}"}`,
  ),
  json('a key in the body is null', SEND, `{"channelNumber":null,"channel_number":"${NUMBER}"}`),
  json('a spelling too many stands in the body', SEND, `{${BOTH},"CHANNEL":"${NUMBER}"}`),
  json('an escaped spelling too many stands in the body', SEND, `{${BOTH},"channe\\u006c":"${OTHER}"}`),
  json(
    'the same key stands twice in the body, the first with another number',
    SEND,
    `{"channelNumber":"${OTHER}",${BOTH}}`,
  ),
  json(
    'the same key stands twice in the body, the last with another number',
    SEND,
    `{${BOTH},"channelNumber":"${OTHER}"}`,
  ),
  json('the same key stands twice in the body, both right', SEND, `{${BOTH},"channelNumber":"${NUMBER}"}`),
  json('a comma is missing behind the keys', SEND, `{${BOTH} "a":1}`),
  json('a comma trails behind the keys', SEND, `{${BOTH},}`),
  json('the keys stand in an array', SEND, `[{${BOTH}}]`),
  json('the keys stand in an array, with another spelling', SEND, `[{${BOTH},"Channel":"${OTHER}"}]`),
  json('the keys do not stand in front', SEND, `{"a":1,${BOTH}}`),
  json('a key stands where none is wanted', UPDATE, `{"channel":"${NUMBER}"}`),
  json('a key is written in another case', V3_SEND, `{"Channel":"${NUMBER}"}`),
  json('the target has no prefix', TEXT, '{"target":"551"}'),
  json('the target has another prefix', TEXT, `{"target":"${OTHER}:551"}`),
  json('the target is missing', TEXT, '{}'),
  json('the target is no text', TEXT, `{"target":["${NUMBER}:551"]}`),
  json('the target stands twice in two cases', TEXT, `{${TARGET},"TARGET":"${OTHER}:551"}`),
  json('the target stands twice, the first with another prefix', TEXT, `{"target":"${OTHER}:551",${TARGET}}`),
  json("a contact's target has another prefix", UPDATE, `{"contacts":[{"target":"${OTHER}:551"}]}`),
  json("a team's target has another prefix", find('/api/ext/v3/contacts/teams'), `{"target":"${OTHER}:551"}`),
  form('the key is missing in a form', 'messageText=a'),
  form('the key has another number in a form', `channelPhoneNumber=${OTHER}`),
  form('the key stands twice in a form', `channelPhoneNumber=${NUMBER}&channelPhoneNumber=${NUMBER}`),
  form('a spelling too many stands in a form', `channelPhoneNumber=${NUMBER}&%43hannel[0]=${OTHER}`),
  query('the key is missing in a query', READ, 'a=1'),
  query('there is no query', READ, undefined),
  query('the key has another number in a query', READ, `channelPhoneNumber=${OTHER}`),
  query('the key is empty in a query', READ, 'channelPhoneNumber='),
  query('the key stands twice in a query', READ, `channelPhoneNumber=${NUMBER}&channelPhoneNumber=${OTHER}`),
  query('another key stands in a query', READ, `channelPhoneNumber=${NUMBER}&channel_%4eumber=${OTHER}`),
  query('an array stands in a query', READ, `channelPhoneNumber=${NUMBER}&channelPhoneNumber[]=${OTHER}`),
  query('a key stands in a query where none is wanted', CONTACTS, `channel=${NUMBER}`),
  { when: 'the path has no prefix', operation: STATUS, path: '/api/ext/v3/conversations/551/status' },
  { when: 'the path has another', operation: STATUS, path: `/api/ext/v3/conversations/${OTHER}:551/status` },
  {
    when: "a contact's path has another prefix",
    operation: find('/api/ext/v3/contacts/{target}'),
    path: `/api/ext/v3/contacts/${OTHER}:551`,
  },
]

for (const one of WRONG) {
  t.test(`it is found when ${one.when}`, async (t) => t.type(verified(one), 'string'))
}

t.test('what the rewriters make of odd names never raises the alarm', async (t) => {
  const names = [
    'channel[]',
    'channel[0]',
    'channel[x]',
    'Channel_Number[a]',
    'channel.',
    ' channel',
    '[channel]',
  ]
  for (const name of [...names, 'channel[', 'chan[nel]', 'channel\u0000', 'ｃｈａｎｎｅｌ', 'channels']) {
    const body = Buffer.from(JSON.stringify({ [name]: OTHER, a: 1 }))
    const text = new URLSearchParams([[name, OTHER]]).toString()
    for (const [bodyType, bytes] of [
      ['json', body],
      ['form', Buffer.from(text)],
    ] as const) {
      const incoming = { segments: ['a'], query: text, bodyType, body: bytes }
      const outgoing = rewrite(SESSION, NUMBER, incoming)
      t.equal(verify(SESSION, NUMBER, outgoing, bodyType), undefined, `${bodyType}: ${JSON.stringify(name)}`)
    }
  }
})

t.test('whatever stands in a body, nothing is found once it was rewritten', async (t) => {
  holds(t, jsonBody, ({ keys, number, ...body }) => {
    const incoming = Buffer.from(printBody({ keys, number, ...body }))
    const outgoing = { ...NOTHING, body: rewriteJson(incoming, { keys, number }).value }
    const wrong = verify({ ...SEND, bodyKeys: keys as Operation['bodyKeys'] }, number, outgoing, 'json')
    if (wrong !== undefined) throw new Error(wrong)
  })
})

t.test('wherever a spelling too many stands behind the keys, it is found', async (t) => {
  holds(t, jsonBody, (body) => {
    const written = body.members.map(({ text }) => text)
    const outgoing = { ...NOTHING, body: Buffer.from(`{${[BOTH, ...written].join(',')}}`) }
    const isFound = verify(SEND, NUMBER, outgoing, 'json') !== undefined
    if (isFound !== body.members.some(({ isHiddenKey }) => isHiddenKey)) throw new Error(`found: ${isFound}`)
  })
})

t.test('beside what was sent', async (t) => {
  t.test('nothing is found once it was rewritten', async () => {
    holds(t, jsonBody, ({ keys, number, ...body }) => {
      const sent = Buffer.from(printBody({ keys, number, ...body }))
      const { value, sentNames } = rewriteJson(sent, { keys, number })
      const operation = { ...SEND, bodyKeys: keys as Operation['bodyKeys'] }
      const wrong = verify(operation, number, { ...NOTHING, body: value, sentNames }, 'json', sent)
      if (wrong !== undefined) throw new Error(wrong)
    })
  })

  t.test('a spelling that was left there is found', async () => {
    holds(t, jsonBody, (body) => {
      const written = body.members.map(({ text }) => text)
      const sent = Buffer.from(`{${written.join(',')}}`)
      const sentNames = Object.keys(JSON.parse(sent.toString()) as object)
      const left = Buffer.from(`{${[BOTH, ...written].join(',')}}`)
      const isFound = verify(SEND, NUMBER, { ...NOTHING, body: left, sentNames }, 'json', sent) !== undefined
      if (isFound !== body.members.some(({ isHiddenKey }) => isHiddenKey))
        throw new Error(`found: ${isFound}`)
    })
  })

  const sent = Buffer.from('{"a":1}')
  for (const [what, body] of Object.entries({
    'the number of another': `{${BOTH.replace(NUMBER, OTHER)},"a":1}`,
    'a key that is missing': `{"channelNumber":"${NUMBER}","a":1}`,
    'a key that came from nowhere': `{${BOTH},"channel":"1"}`,
    'keys that stand last': `{"a":1,${BOTH}}`,
    'what was sent, as it was': '{"a":1}',
  })) {
    t.test(`it finds ${what}`, async (t) => {
      const outgoing = { ...NOTHING, body: Buffer.from(body), sentNames: ['a'] }
      t.type(verify(SEND, NUMBER, outgoing, 'json', sent), 'string')
    })
  }
})

function verified({ operation, path, query, type = 'none', body = '' }: Case): string | undefined {
  const outgoing = { path: path ?? operation.path, query, body: Buffer.from(body), claimed: [] }
  return verify(operation, NUMBER, outgoing, type)
}
