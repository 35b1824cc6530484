import t from 'tap'
import type { Change } from '../../src/explain/changes.ts'
import type { Question } from '../../src/explain/explain.ts'
import { SALES_NUMBER, TENANT } from '../helpers/running-gateway.ts'
import { FORM_TYPE, LAST_LINE, field } from '../helpers/uploading.ts'
import { startTwoRoads } from './two-roads.ts'

const OTHER = '5511999990001'
const RECIPIENT = '5511988887777'
const SALES = SALES_NUMBER

interface Case {
  readonly when: string
  readonly ask: Omit<Question, 'channel'>
  /** Beside those of the header. */
  readonly changes: readonly Change[]
}

const tenant: Change = { where: 'path', name: 'tenant', action: 'set', value: TENANT }

const CASES: readonly Case[] = [
  {
    when: 'nothing is named, the number is set in the query, and the tenant in the path',
    ask: { method: 'GET', path: `/api/v1/getMessages/${RECIPIENT}?pageSize=1` },
    changes: [tenant, { where: 'query', name: 'channelPhoneNumber', action: 'set', value: SALES }],
  },
  {
    when: 'the caller wrote the tenant itself, it is no change',
    ask: { method: 'GET', path: `/${TENANT}/api/v1/getContacts` },
    changes: [],
  },
  {
    when: 'the caller wrote another tenant, it is removed',
    ask: { method: 'GET', path: '/1/api/v1/getContacts' },
    changes: [{ where: 'path', name: 'tenant', action: 'removed', value: '1' }, tenant],
  },
  {
    when: 'the operation has no tenant, the one of the caller is removed',
    ask: { method: 'GET', path: '/1/api/ext/v3/channels' },
    changes: [{ where: 'path', name: 'tenant', action: 'removed', value: '1' }],
  },
  {
    when: 'the query names other numbers, each is removed',
    ask: { method: 'GET', path: `/api/v1/getContacts?CHANNEL=${OTHER}&a=1&channel_number=1&a=1` },
    changes: [
      tenant,
      { where: 'query', name: 'CHANNEL', action: 'removed', value: OTHER },
      { where: 'query', name: 'channel_number', action: 'removed', value: '1' },
    ],
  },
  {
    when: 'the query names the very number, it is no change',
    ask: { method: 'GET', path: `/api/v1/getMessages/${RECIPIENT}?channelPhoneNumber=${SALES}` },
    changes: [tenant],
  },
  {
    when: 'a JSON body names numbers as text, number and null, all are removed',
    ask: {
      method: 'POST',
      path: '/api/v1/updateChatStatus',
      body: `{"channel":"${OTHER}","a":[1],"ChannelNumber":85264318729,"channel_number":null}`,
    },
    changes: [
      tenant,
      { where: 'body', name: 'channel', action: 'removed', value: OTHER },
      { where: 'body', name: 'ChannelNumber', action: 'removed', value: '85264318729' },
      { where: 'body', name: 'channel_number', action: 'removed', value: 'null' },
      { where: 'body', name: 'channelPhoneNumber', action: 'set', value: SALES },
    ],
  },
  {
    when: 'a form names a number, it is removed',
    ask: {
      method: 'POST',
      path: `/api/v1/sendSessionMessage/${RECIPIENT}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `messageText=oi&channel=${OTHER}`,
    },
    changes: [
      tenant,
      { where: 'query', name: 'channelPhoneNumber', action: 'set', value: SALES },
      { where: 'body', name: 'channel', action: 'removed', value: OTHER },
      { where: 'body', name: 'channelPhoneNumber', action: 'set', value: SALES },
    ],
  },
  {
    when: 'a multipart form has a target and names a number, both are changed',
    ask: {
      method: 'POST',
      path: '/api/ext/v3/conversations/messages/file',
      headers: { 'content-type': FORM_TYPE },
      body: `${field('channel', OTHER)}${field('file', 'x')}${field('target', RECIPIENT)}${LAST_LINE}`,
    },
    changes: [
      { where: 'body', name: 'channel', action: 'removed', value: OTHER },
      { where: 'target', name: 'target', action: 'set', value: `${SALES}:${RECIPIENT}` },
    ],
  },
  {
    when: 'the path has a target, its prefix is set',
    ask: { method: 'GET', path: `/api/ext/v3/conversations/${OTHER}%3A${RECIPIENT}/messages` },
    changes: [
      { where: 'target', name: 'target', action: 'removed', value: OTHER },
      { where: 'target', name: 'target', action: 'set', value: `${SALES}:${RECIPIENT}` },
    ],
  },
  {
    when: 'the body has a target, its prefix is set',
    ask: {
      method: 'POST',
      path: '/api/ext/v3/conversations/messages/text',
      body: `{ "text":"oi", "Target":"${RECIPIENT}" }`,
    },
    changes: [{ where: 'target', name: 'Target', action: 'set', value: `${SALES}:${RECIPIENT}` }],
  },
  {
    when: 'elements of an array have targets, those with a prefix are changed',
    ask: {
      method: 'PUT',
      path: '/api/ext/v3/contacts',
      body: `{"contacts":[{"target":"${RECIPIENT}"},{},{"target":"${OTHER}:${RECIPIENT}","name":"x"}]}`,
    },
    changes: [
      { where: 'target', name: 'contacts[2].target', action: 'removed', value: OTHER },
      { where: 'target', name: 'contacts[2].target', action: 'set', value: `${SALES}:${RECIPIENT}` },
    ],
  },
]

t.test('the changes say what is not as the caller wrote it', async (t) => {
  const { explain } = await startTwoRoads(t)
  for (const { when, ask, changes } of CASES) {
    t.test(`when ${when}`, async (t) => {
      const explained = await explain({ channel: 'sales', ...ask })
      if ('refusal' in explained) throw new Error(JSON.stringify(explained.refusal))
      t.strictSame(
        explained.changes.filter(({ where }) => where !== 'header'),
        changes,
      )
    })
  }

  t.test('header lines that do not pass are named, and those that the gateway writes', async (t) => {
    const headers = { Cookie: 'a=b', Accept: 'text/json', 'User-Agent': 'shop', Authorization: 'Bearer x' }
    const explained = await explain({
      channel: 'sales',
      method: 'GET',
      path: '/api/ext/v3/channels',
      headers,
    })
    t.strictSame('refusal' in explained ? explained : explained.changes, [
      { where: 'header', name: 'cookie', action: 'dropped' },
      { where: 'header', name: 'user-agent', action: 'set', value: 'wati-gateway' },
      { where: 'header', name: 'accept-encoding', action: 'set', value: 'identity' },
      { where: 'header', name: 'authorization', action: 'set', value: 'Bearer [secret]' },
    ])
  })
})

const json = (body: string): Pick<Question, 'method' | 'path' | 'body'> => ({
  method: 'POST',
  path: '/api/v1/updateChatStatus',
  body,
})

const REFUSED: Readonly<Record<string, Question>> = {
  'an operation nobody knows': { channel: 'sales', method: 'GET', path: '/api/v1/rotateToken' },
  'a wrong method': { channel: 'sales', method: 'DELETE', path: '/api/v1/getContacts' },
  'a path of dots': { channel: 'sales', method: 'GET', path: '/x/../api/v1/getContacts' },
  'a path of encoded dots': { channel: 'sales', method: 'GET', path: '/x/%2e%2e/api/v1/getContacts' },
  'a backslash': { channel: 'sales', method: 'GET', path: '/api\\v1/getContacts' },
  'a backslash in a segment': { channel: 'sales', method: 'GET', path: '/api/v1/getMessages/1\\2' },
  'a second slash': { channel: 'sales', method: 'GET', path: '//api/v1/getContacts' },
  'a hash': { channel: 'sales', method: 'GET', path: '/api/v1/getContacts?a=#b' },
  'a broken percent code': { channel: 'sales', method: 'GET', path: '/api/v1/getMessages/%zz' },
  'an alias nobody knows': { channel: 'nobody', method: 'GET', path: '/api/v1/getContacts' },
  'a channel that is switched off': { channel: 'closed', method: 'GET', path: '/api/v1/getContacts' },
  'no body where one is needed': {
    channel: 'sales',
    method: 'POST',
    path: '/api/v1/updateChatStatus',
    headers: { 'content-type': 'application/json' },
  },
  'a body that is no JSON': { channel: 'sales', ...json('{"a":}') },
  'a body that is a list': { channel: 'sales', ...json('[]') },
  'another type of body': { channel: 'sales', ...json('a=b'), headers: { 'content-type': 'text/plain' } },
  'an encoded body': { channel: 'sales', ...json('{}'), headers: { 'content-encoding': 'gzip' } },
  'a body where none may be': { channel: 'sales', method: 'GET', path: '/api/v1/getContacts', body: '{}' },
  'an expectation nobody knows': {
    channel: 'sales',
    method: 'GET',
    path: '/api/v1/getContacts',
    headers: { expect: 'a miracle' },
  },
  'a target twice': {
    channel: 'sales',
    method: 'POST',
    path: '/api/ext/v3/conversations/messages/text',
    body: '{"target":"1","target":"2"}',
  },
  'a form without its end': {
    channel: 'sales',
    method: 'POST',
    path: `/api/v1/sendSessionFile/${RECIPIENT}`,
    headers: { 'content-type': FORM_TYPE },
    body: field('caption', 'oi'),
  },
}

for (const conflict of ['override', 'reject']) {
  t.test(`a refusal is the one the caller would get (CHANNEL_KEY_CONFLICT=${conflict})`, async (t) => {
    const { explain, send } = await startTwoRoads(t, { CHANNEL_KEY_CONFLICT: conflict })
    const cases = {
      ...REFUSED,
      ...(conflict === 'reject' && {
        'another number': { channel: 'sales', ...json(`{"channel":"${OTHER}"}`) },
      }),
    }
    for (const [what, question] of Object.entries(cases)) {
      t.test(what, async (t) => {
        const explained = await explain(question)
        const { requestId: ours, ...refusal } = 'refusal' in explained ? explained.refusal : {}
        const { requestId: theirs, ...real } = (await send(question)).body
        t.match(real, { origin: 'gateway' })
        t.strictSame(refusal, real)
        t.type(ours, 'string')
        t.type(theirs, 'string')
      })
    }
  })
}

t.test('what HTTP cannot carry is refused as malformed', async (t) => {
  const { explain } = await startTwoRoads(t)
  const ask = { channel: 'sales', method: 'GET', path: '/api/v1/getContacts', requestId: 'r-1' }
  for (const question of [
    { ...ask, path: '/api/v1/getContacts?a=b c' },
    { ...ask, path: '/api/v1/getContacts\r\nx: y' },
    { ...ask, headers: { 'a b': 'c' } },
    { ...ask, headers: { accept: 'a\r\nx: y' } },
    { ...ask, headers: { '': 'c' } },
  ]) {
    t.match(await explain(question), {
      refusal: { type: 'urn:wati-gateway:problem:malformed-request', status: 400, requestId: 'r-1' },
    })
  }
})

t.test('the log tells of a question under its id, or the one its headers bring', async (t) => {
  const { explain, log } = await startTwoRoads(t)
  const ask = { channel: 'sales', method: 'GET', path: '/api/v1/nothing', requestId: 'r-1' }
  t.match(await explain(ask), { refusal: { requestId: 'r-1' } })
  t.match(await explain({ ...ask, headers: { 'X-Request-Id': 'r-2' } }), { refusal: { requestId: 'r-2' } })
  t.match(await log.lineOf('r-1'), { plane: 'explain', caller: 'explain', status: 404 })
  t.match(await log.lineOf('r-2'), { plane: 'explain' })
})

t.test('questions do not mix', async (t) => {
  const { explain } = await startTwoRoads(t)
  const aliases = ['sales', 'support']
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      explain({
        channel: aliases[at % 2] ?? '',
        method: 'GET',
        path: `/api/v1/getMessages/${RECIPIENT}?at=${at}`,
      }),
    ),
  )
  answers.forEach((answer, at) => {
    const number = at % 2 === 0 ? SALES_NUMBER : '85264318721'
    t.match(answer, { request: { url: new RegExp(`\\?at=${at}&channelPhoneNumber=${number}$`) } })
  })
})
