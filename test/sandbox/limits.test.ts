import t from 'tap'
import { CONTACT, startClient, TEMPLATE } from './client.ts'

const SEND = `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`

const PLANS = [
  { plan: 'growth', limit: 30 },
  { plan: 'pro', limit: 60 },
  { plan: 'business', limit: 100 },
] as const

for (const { plan, limit } of PLANS) {
  t.test(`the plan ${plan} lets ${limit} templates pass in ten seconds`, async (t) => {
    const { call, sandbox } = await startClient(t, { plan, now: () => 0 })
    const answers = await Promise.all(
      Array.from({ length: limit + 5 }, () => call('POST', SEND, { json: TEMPLATE })),
    )
    t.equal(answers.filter(({ status }) => status === 200).length, limit)
    t.equal(answers.filter(({ status }) => status === 429).length, 5)
    t.equal(sandbox.messages().length, limit)
  })
}

t.test('the window slides, and Retry-After tells when the next call passes', async (t) => {
  let now = 0
  const { call } = await startClient(t, { now: () => now })
  const read = () => call('GET', '/api/v1/getContacts')
  t.equal((await read()).status, 200)
  now = 4000
  for (let count = 0; count < 9; count++) t.equal((await read()).status, 200)
  const refused = await read()
  t.equal(refused.status, 429)
  t.equal(refused.text, '')
  t.equal(refused.headers.get('retry-after'), '6')
  now = 9999
  t.equal((await read()).headers.get('retry-after'), '1')
  now = 10_000
  t.equal((await read()).status, 200, 'the first call has left the window')
  t.equal((await read()).headers.get('retry-after'), '4')
})

t.test('each endpoint has its own limit', async (t) => {
  const { call } = await startClient(t, { now: () => 0 })
  for (let count = 0; count < 10; count++) await call('GET', '/api/v1/getContacts')
  t.equal((await call('GET', '/api/v1/getContacts')).status, 429)
  t.equal((await call('GET', `/api/v1/getMessages/${CONTACT}`)).status, 200)
  t.equal((await call('POST', `/api/v1/addContact/${CONTACT}`, { json: {} })).status, 200)
})

t.test('a 429 may come without Retry-After', async (t) => {
  const { call } = await startClient(t, { now: () => 0, retryAfter: false })
  for (let count = 0; count < 10; count++) await call('GET', '/api/v1/getContacts')
  const refused = await call('GET', '/api/v1/getContacts')
  t.equal(refused.status, 429)
  t.notOk(refused.headers.has('retry-after'))
})

t.test('without a plan, and for the endpoints Wati names no limit of, there is none', async (t) => {
  const unlimited = await startClient(t, { plan: 'unlimited', now: () => 0 })
  const growth = await startClient(t, { now: () => 0 })
  const text = `/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`
  for (let count = 0; count < 110; count++) {
    t.equal((await unlimited.call('POST', SEND, { json: TEMPLATE })).status, 200)
    t.equal((await growth.call('POST', text)).status, 200)
  }
})

t.test('a request with a wrong token is not counted', async (t) => {
  const { call } = await startClient(t, { now: () => 0 })
  const headers = { authorization: 'Bearer wrong' }
  for (let count = 0; count < 20; count++) await call('GET', '/api/v1/getContacts', { headers })
  t.equal((await call('GET', '/api/v1/getContacts')).status, 200)
})
