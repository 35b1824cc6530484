import t, { type Test } from 'tap'
import { startRedis } from '../helpers/redis-server.ts'
import {
  DEFAULT_NUMBER,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  setUp,
  startGateway,
  startSandbox,
  token,
} from './processes.ts'
import { folderOf } from '../helpers/folder.ts'

/** Wati's support article 11968977, endpoint by endpoint: where the number must stand in what Wati gets. */

const CUSTOMER = '5521988887777'
const KEY = Buffer.alloc(32, 7).toString('base64')

interface Seen {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

interface Case {
  readonly endpoint: string
  readonly method: 'GET' | 'POST'
  /** What the caller sends, with another number wherever one can stand. */
  readonly path: string
  readonly type?: string
  readonly body?: string
  /** What Wati must get. */
  readonly wanted: { readonly url: string; readonly body: string }
}

const OTHER = DEFAULT_NUMBER
const CASES: readonly Case[] = [
  {
    endpoint: 'sendTemplateMessage: channelNumber in the payload',
    method: 'POST',
    path: `/api/v1/sendTemplateMessage?whatsappNumber=${CUSTOMER}&channelNumber=${OTHER}`,
    type: 'application/json-patch+json',
    body: `{ "template_name": "t", "channelNumber":"${OTHER}", "big": 12345678901234567890, "CHANNEL_NUMBER": null, "parameters": [], "broadcast_name": "b" }`,
    wanted: {
      url: `/api/v1/sendTemplateMessage?whatsappNumber=${CUSTOMER}`,
      body: `{"channelNumber":"${SALES_NUMBER}","channel_number":"${SALES_NUMBER}", "template_name": "t", "big": 12345678901234567890, "parameters": [], "broadcast_name": "b" }`,
    },
  },
  {
    endpoint: 'sendTemplateMessages: at the top level, not per receiver',
    method: 'POST',
    path: '/api/v1/sendTemplateMessages',
    type: 'text/json',
    body: `{"template_name":"t","broadcast_name":"b","receivers":[{"whatsappNumber":"${CUSTOMER}","customParams":[]}],"channelnumber":"${OTHER}"}`,
    wanted: {
      url: '/api/v1/sendTemplateMessages',
      body: `{"channelNumber":"${SALES_NUMBER}","channel_number":"${SALES_NUMBER}","template_name":"t","broadcast_name":"b","receivers":[{"whatsappNumber":"${CUSTOMER}","customParams":[]}]}`,
    },
  },
  {
    endpoint: 'updateChatStatus: channelPhoneNumber in the payload',
    method: 'POST',
    path: '/api/v1/updateChatStatus',
    type: 'application/json; charset=utf-8',
    body: `{"whatsappNumber":"${CUSTOMER}","channel\\u0050honeNumber":"${OTHER}","ticketStatus":"SOLVED"}`,
    wanted: {
      url: '/api/v1/updateChatStatus',
      body: `{"channelPhoneNumber":"${SALES_NUMBER}","whatsappNumber":"${CUSTOMER}","ticketStatus":"SOLVED"}`,
    },
  },
  {
    endpoint: 'getMessages: channelPhoneNumber in the query',
    method: 'GET',
    path: `/api/v1/getMessages/${CUSTOMER}?pageSize=5&channelPhoneNumber=${OTHER}&Channel%50honeNumber=1`,
    wanted: {
      url: `/api/v1/getMessages/${CUSTOMER}?pageSize=5&channelPhoneNumber=${SALES_NUMBER}`,
      body: '',
    },
  },
  {
    endpoint: 'sendSessionMessage with the text in the query and a JSON type without a body',
    method: 'POST',
    path: `/api/v1/sendSessionMessage/${CUSTOMER}?messageText=Ol%C3%A1%20%2B+tudo%3F`,
    type: 'application/json',
    wanted: {
      url: `/api/v1/sendSessionMessage/${CUSTOMER}?messageText=Ol%C3%A1%20%2B+tudo%3F&channelPhoneNumber=${SALES_NUMBER}`,
      body: '',
    },
  },
  {
    endpoint: 'sendSessionMessage as an urlencoded form: in the form and in the query',
    method: 'POST',
    path: `/api/v1/sendSessionMessage/${CUSTOMER}`,
    type: 'application/x-www-form-urlencoded',
    body: `channel_phone_number[]=${OTHER}&messageText=oi+%C3%A9&ch%61nnel=${OTHER}`,
    wanted: {
      url: `/api/v1/sendSessionMessage/${CUSTOMER}?channelPhoneNumber=${SALES_NUMBER}`,
      body: `messageText=oi+%C3%A9&channelPhoneNumber=${SALES_NUMBER}`,
    },
  },
  {
    endpoint: 'sendSessionMessage as JSON: in the payload and in the query',
    method: 'POST',
    path: `/api/v1/sendSessionMessage/${CUSTOMER}`,
    type: 'application/json',
    body: '{"messageText":"oi"}',
    wanted: {
      url: `/api/v1/sendSessionMessage/${CUSTOMER}?channelPhoneNumber=${SALES_NUMBER}`,
      body: `{"channelPhoneNumber":"${SALES_NUMBER}","messageText":"oi"}`,
    },
  },
  {
    endpoint: 'getContacts: nowhere, contacts are shared',
    method: 'GET',
    path: `/api/v1/getContacts?pageSize=3&channel=${OTHER}&name=x`,
    wanted: { url: '/api/v1/getContacts?pageSize=3&name=x', body: '' },
  },
  {
    endpoint: 'addContact: nowhere',
    method: 'POST',
    path: `/api/v1/addContact/${CUSTOMER}`,
    type: 'application/json',
    body: `{"name":"Ana","channelNumber":"${OTHER}","customParams":[{"name":"channel","value":"web"}]}`,
    wanted: {
      url: `/api/v1/addContact/${CUSTOMER}`,
      body: '{"name":"Ana","customParams":[{"name":"channel","value":"web"}]}',
    },
  },
  {
    endpoint: 'updateContactAttributes: nowhere',
    method: 'POST',
    path: `/api/v1/updateContactAttributes/${CUSTOMER}`,
    type: 'application/json',
    body: '{"customParams":[{"name":"size","value":"1.0"}]}',
    wanted: {
      url: `/api/v1/updateContactAttributes/${CUSTOMER}`,
      body: '{"customParams":[{"name":"size","value":"1.0"}]}',
    },
  },
  {
    endpoint: 'updateContactAttributesForMultiContacts: nowhere',
    method: 'POST',
    path: '/api/v1/updateContactAttributesForMultiContacts',
    type: 'application/json',
    body: `{"contacts":[{"whatsappNumber":"${CUSTOMER}","customParams":[{"name":"a","value":"b"}]}]}`,
    wanted: {
      url: '/api/v1/updateContactAttributesForMultiContacts',
      body: `{"contacts":[{"whatsappNumber":"${CUSTOMER}","customParams":[{"name":"a","value":"b"}]}]}`,
    },
  },
]

const caller = (): string =>
  token({
    sub: 'shop',
    channels: ['sales'],
    scope: 'messages:send messages:read chats:write contacts:read contacts:write',
  })

async function walk(t: Test, gateway: { data: string }, wati: string): Promise<void> {
  for (const { endpoint, method, path, type, body, wanted } of CASES) {
    await t.test(endpoint, async (t) => {
      await fetch(`${wati}/_sandbox/requests`, { method: 'DELETE' })
      const answer = await fetch(`${gateway.data}/channels/sales${path}`, {
        method,
        headers: { authorization: `Bearer ${caller()}`, ...(type && { 'content-type': type }) },
        ...(body !== undefined && { body }),
      })
      const text = await answer.text()
      t.equal(answer.status, 200, text)
      t.equal(answer.headers.get('wati-gateway-outcome'), 'accepted', text)
      const seen = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as { items: Seen[] }
      t.equal(seen.items.length, 1, 'Wati got one request')
      const [got] = seen.items
      t.equal(got?.url, `/${TENANT}${wanted.url}`)
      t.equal(got?.body, wanted.body)
      t.equal(got?.headers['authorization'], '[right]', 'with the token of the account')
    })
  }
}

async function sentFrom(t: Test, wati: string): Promise<void> {
  const { items } = (await (await fetch(`${wati}/_sandbox/messages`)).json()) as {
    items: { from: string; fromDefault: boolean }[]
  }
  t.ok(items.length >= 5, 'messages were sent')
  t.ok(
    items.every(({ from, fromDefault }) => from === SALES_NUMBER && !fromDefault),
    "all of them from the channel's number",
  )
}

t.test(
  'on the embedded store, the number stands where the article says, whatever the caller sent',
  async (t) => {
    const wati = await startSandbox(t)
    const gateway = await startGateway(t, { DATA_DIR: folderOf(t), WATI_HOSTS: wati })
    await setUp(gateway, wati)
    await walk(t, gateway, wati)
    await sentFrom(t, wati)
  },
)

t.test('on Redis, the number stands where the article says, whatever the caller sent', async (t) => {
  const wati = await startSandbox(t)
  const redis = await startRedis(t)
  const settings = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: `k1:${KEY}`,
    WATI_HOSTS: wati,
    DATA_DIR: folderOf(t),
  }
  const gateway = await startGateway(t, settings)
  await setUp(gateway, wati)
  await walk(t, gateway, wati)
  await sentFrom(t, wati)

  await t.test('a re-pointed channel is in force on another replica within a second', async (t) => {
    const replica = await startGateway(t, settings)
    const repointed = await fetch(`${gateway.admin}/v1/channels/sales`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token({ sub: 'ops', scope: 'admin:write' })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ account: 'acme', number: SUPPORT_NUMBER }),
    })
    t.equal(repointed.status, 200)
    const until = Date.now() + 1_000
    let url = ''
    while (!url.includes(SUPPORT_NUMBER) && Date.now() < until) {
      await fetch(`${wati}/_sandbox/requests`, { method: 'DELETE' })
      await fetch(`${replica.data}/channels/sales/api/v1/getMessages/${CUSTOMER}`, {
        headers: { authorization: `Bearer ${caller()}` },
      })
      const seen = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as { items: Seen[] }
      url = seen.items[0]?.url ?? ''
    }
    t.match(url, SUPPORT_NUMBER)
  })
})
