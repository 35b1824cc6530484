import t from 'tap'
import type { Question } from '../../src/explain/explain.ts'
import { WATI_TOKEN } from '../helpers/running-gateway.ts'
import { FORM_TYPE, LAST_LINE, field, partHead } from '../helpers/uploading.ts'
import { type Body, ROWS, callOf } from '../helpers/wati-table.ts'
import { comparable, startTwoRoads } from './two-roads.ts'

const OTHER = '5511999990001'
const RECIPIENT = '5511988887777'
const TYPES: Readonly<Record<Body, string | undefined>> = {
  none: undefined,
  json: 'application/json-patch+json; charset=UTF-8',
  form: 'application/x-www-form-urlencoded',
  multipart: FORM_TYPE,
}

/** What callers send beside the operation's own. */
const HEADERS = {
  accept: 'application/json',
  'accept-language': 'pt-BR',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  cookie: 'a=b',
  'x-forwarded-for': '1.2.3.4',
  'user-agent': 'shop/1.0',
  'idempotency-key': 'once',
}

const QUERIES = [
  '',
  '?pageSize=10',
  `?channelPhoneNumber=${OTHER}&messageText=it's%20%22me%22+%C3%A9&raw="\\<{|&CHANNEL=${OTHER}&keep=1.0&&=`,
]

function bodyOf(type: Body, target: string): string | undefined {
  const keys = ['channelNumber', 'channel_number', 'Channel-Phone-Number', 'channel']
  switch (type) {
    case 'none':
      return undefined
    case 'json': {
      const members = keys.map((key) => `"${key}":"${OTHER}"`).join(', ')
      const list = `[{"target":"${target}","big":12345678901234567890},{}]`
      return ` {${members}, "text":"Olá \\u00e9 👋", "target" : "${target}","contacts":${list},"recipients":${list},"a":1e400,"a":1.0 }\n`
    }
    case 'form':
      return `${keys.map((key) => `${key}=${OTHER}`).join('&')}&messageText=Ol%C3%A1+it's`
    case 'multipart': {
      const file = `${partHead('file', 'ação.txt')}Olá\r\n--\r\n\r\n`
      return `${keys.map((key) => field(key, OTHER)).join('')}${file}${field('target', target)}${LAST_LINE}`
    }
  }
}

t.test('what is explained is what is sent, for every operation', async (t) => {
  const { sandbox, explain, sent } = await startTwoRoads(t)
  for (const row of ROWS) {
    t.test(row.endpoint, async (t) => {
      for (const body of row.bodies) {
        for (const query of QUERIES) {
          for (const target of [RECIPIENT, `${OTHER}:${RECIPIENT}`]) {
            const { method, path } = callOf(row, row.endpoint.includes('{target}') ? target : RECIPIENT)
            const type = TYPES[body]
            const text = bodyOf(body, target)
            const question: Question = {
              channel: 'sales',
              method,
              path: `${query === '' ? '/1' : ''}${path}${query}`,
              headers: { ...HEADERS, ...(type !== undefined && { 'content-type': type }) },
              ...(text !== undefined && { body: text }),
            }
            const count = sandbox.requests().length
            const explained = await explain(question)
            t.equal(sandbox.requests().length, count, 'explaining sends nothing')
            if ('refusal' in explained) {
              t.fail('it was refused', explained.refusal)
              continue
            }
            const seen = await sent(question)
            t.strictSame(comparable(explained.request, sandbox), comparable(seen, sandbox))
            t.equal(seen.headers['authorization'], '[right]')
            t.equal(explained.request.headers['authorization'], 'Bearer [secret]')
          }
        }
      }
    })
  }
})

t.test('a body without a type is taken for JSON', async (t) => {
  const { sandbox, explain, sent } = await startTwoRoads(t)
  const question: Question = {
    channel: 'sales',
    method: 'POST',
    path: '/api/v1/updateChatStatus',
    body: `{"whatsappNumber":"${RECIPIENT}"}`,
  }
  const explained = await explain(question)
  if ('refusal' in explained) throw new Error('it was refused')
  t.strictSame(comparable(explained.request, sandbox), comparable(await sent(question), sandbox))
})

t.test(
  'the token is in no answer and no log line, also of a form that is found wrong while it flows',
  async (t) => {
    const { explain, log } = await startTwoRoads(t)
    const ask = { channel: 'sales', method: 'POST', path: `/api/v1/sendSessionFile/${RECIPIENT}` }
    const headers = { 'content-type': FORM_TYPE }
    const answers = [
      await explain({ ...ask, headers, body: `${field('caption', 'oi')}${LAST_LINE}` }),
      await explain({ ...ask, headers, body: field('caption', 'broken off') }),
      await explain({ ...ask, path: '/api/v1/nothing' }),
      await explain({ channel: 'sales', method: 'GET', path: '/api/v1/getContacts' }),
    ]
    const all = `${JSON.stringify(answers)}${log.text}`
    t.notMatch(all, WATI_TOKEN.slice(5, 20))
    t.match(answers[1], { refusal: { type: 'urn:wati-gateway:problem:malformed-request', status: 400 } })
    const lines = log.lines.filter(({ msg }) => msg === 'request')
    t.equal(lines.length, answers.length)
    t.ok(
      lines.every(({ plane }) => plane === 'explain'),
      'no line looks like that of a request that was sent',
    )
  },
)
