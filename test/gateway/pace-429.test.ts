import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { CONTACT, type Running, TENANT, startRunning } from '../helpers/running-gateway.ts'
import { isProblem } from '../helpers/problem.ts'
import { FORM_TYPE, LAST_LINE, partHead } from '../helpers/uploading.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'
import { many, putAccount, read, send, sendAndHold, statuses, timed } from './paced-gateway.ts'

const TEMPLATES = '/channels/sales/api/v1/getMessageTemplates'
const LIMITS = { limits: { sendTemplateMessage: { max: 10, windowSeconds: 1 } } }

async function start(t: Test, settings: Record<string, string> = {}): Promise<Running> {
  const running = await startRunning(t, { settings: { PACE_MAX_WAIT_MS: '0', ...settings } })
  await putAccount(running, LIMITS)
  return running
}

const tooMany = (operation: string, retryAfterSeconds?: number, body?: string): object => ({
  ...{ kind: 'rate-limited', operation },
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  ...(body !== undefined && { body }),
})

t.test("Wati's own 429", async (t) => {
  const running = await start(t)
  const refused = async (operation: string, seconds?: number): Promise<void> => {
    await running.fault({ ...tooMany(operation, seconds) })
  }

  await t.test('passes unchanged to a caller that would not wait', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 2, '{"too":"many"}\n') })
    const sent = await running.reachedDuring(async () => {
      const seen = await send(running)
      t.equal(seen.status, 429)
      t.equal(seen.text, '{"too":"many"}\n')
      t.match(seen.headers, { 'retry-after': '2', 'wati-gateway-outcome': 'refused' })
      t.notOk('ratelimit' in seen.headers, 'the gateway adds nothing of its own')
    })
    t.equal(sent.length, 1)
  })

  await t.test('stops the endpoint of the account for its Retry-After', async (t) => {
    const sent = await running.reachedDuring(async () => {
      const seen = await send(running, { channel: 'support' })
      isProblem(t, seen, 429, 'rate-limited', 'not_sent')
      t.match(seen.headers, { 'retry-after': /^[12]$/, ratelimit: /^"sendTemplateMessage";r=0;t=[12]$/ })
    })
    t.same(sent, [])
    t.equal((await read(running)).status, 200, 'other endpoints go on')
    const waited = await timed(send(running, { wait: 5 }))
    t.equal(waited.status, 200)
    t.ok(waited.tookMs < 4_000)
  })

  await t.test('does not stop other accounts', async (t) => {
    const account = { tenantId: TENANT, baseUrl: running.sandbox.url, token: 'x'.repeat(40) }
    await running.admin('PUT', '/v1/accounts/other', { json: account })
    await running.admin('PUT', '/v1/channels/far', { json: { account: 'other', number: '5511999990001' } })
    await refused('sendTemplateMessage', 1)
    t.equal((await send(running)).status, 429)
    const { status } = await send(running, { channel: 'far', claims: { channels: ['far'] } })
    t.equal(status, 502, 'its token is wrong, but it was sent')
  })

  await t.test('lasts ten seconds without Retry-After', async (t) => {
    await refused('getMessages')
    t.equal((await read(running)).headers['retry-after'], undefined)
    t.match((await read(running)).headers, { 'retry-after': /^(9|10)$/ })
  })

  await t.test('stops an endpoint without a known limit, too', async (t) => {
    await refused('getMessageTemplates', 2)
    t.equal((await running.call('GET', TEMPLATES)).status, 429)
    const sent = await running.reachedDuring(async () => {
      const seen = await running.call('GET', TEMPLATES)
      isProblem(t, seen, 429, 'rate-limited')
      t.match(seen.headers, { 'retry-after': /^[12]$/, ratelimit: /^"getMessageTemplates";r=0;t=[12]$/ })
      t.notOk('ratelimit-policy' in seen.headers, 'no policy is known')
      t.equal((await running.call('GET', '/channels/sales/api/v1/getContacts')).status, 200)
    })
    t.equal(sent.length, 1)
    const waited = await timed(running.call('GET', TEMPLATES, { headers: { prefer: 'wait=9' } }))
    t.equal(waited.status, 200)
    t.ok(waited.tookMs > 500)
  })
})

t.test('a request that met it', async (t) => {
  const running = await start(t)

  for (const [what, path, limited] of [
    ['with a known limit', '/channels/sales/api/v1/getMessages/' + CONTACT, 'getMessages'],
    ['without one', TEMPLATES, 'getMessageTemplates'],
  ] as const) {
    await t.test(`is sent once more, to an endpoint ${what}, when its wait allows`, async (t) => {
      await running.fault({ ...tooMany(limited, 1) })
      const sent = await running.reachedDuring(async () => {
        const seen = await timed(running.call('GET', path, { headers: { prefer: 'wait=5' } }))
        t.equal(seen.status, 200)
        t.ok(seen.tookMs >= 990, `${seen.tookMs} ms`)
      })
      t.equal(sent.length, 2)
    })

    await t.test(`and exactly once more, ${what}`, async (t) => {
      await running.fault({ ...tooMany(limited, 1), times: 2 })
      const sent = await running.reachedDuring(async () => {
        const seen = await running.call('GET', path, { headers: { prefer: 'wait=20' } })
        t.equal(seen.status, 429)
        t.match(seen.headers, { 'retry-after': '1' })
      })
      t.equal(sent.length, 2)
    })
  }

  await t.test('a write, with the same bytes', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 1) })
    const sent = await running.reachedDuring(async () => {
      t.equal((await send(running, { wait: 5 })).status, 200)
    })
    t.equal(sent.length, 2)
    t.equal(sent[0]?.body, sent[1]?.body)
    t.equal(sent[0]?.url, sent[1]?.url)
  })

  await t.test('a write with a key, whose outcome is then the second', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 1) })
    const headers = { 'idempotency-key': 'again' }
    t.equal((await send(running, { wait: 5, headers })).status, 200)
    const again = await send(running, { headers })
    t.match(again.headers, { 'idempotency-replayed': 'true' })
  })

  await t.test('and whose wait is too short leaves its key free', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 1) })
    const headers = { 'idempotency-key': 'short' }
    t.equal((await send(running, { headers })).status, 429)
    const again = await send(running, { wait: 5, headers })
    t.equal(again.status, 200)
    t.notOk('idempotency-replayed' in again.headers)
  })

  await t.test('and of which the channel is switched off meanwhile gets the 429', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 2) })
    const sent = await running.reachedDuring(async () => {
      const answer = send(running, { wait: 9 })
      await sleep(500)
      await running.admin('PATCH', '/v1/channels/sales', { json: { enabled: false } })
      const seen = await answer
      t.equal(seen.status, 429)
      t.match(seen.headers, { 'wati-gateway-outcome': 'refused' })
    })
    t.equal(sent.length, 1)
    await running.admin('PATCH', '/v1/channels/sales', { json: { enabled: true } })
  })

  await t.test('and whose caller hangs up is not sent again', async (t) => {
    await running.fault({ ...tooMany('sendTemplateMessage', 1) })
    const sent = await running.reachedDuring(async () => {
      const held = sendAndHold(running, 30)
      await sleep(500)
      held.destroy()
      await sleep(1_000)
    })
    t.equal(sent.length, 1)
  })

  await t.test('when the queue is full gets the 429 of Wati', async (t) => {
    const small = await start(t, { PACE_QUEUE_LIMIT: '1' })
    await small.fault({ ...tooMany('sendTemplateMessage', 2), times: 2 })
    const seen = await many(2, () => send(small, { wait: 9 }))
    t.same(statuses(seen), { 200: 1, 429: 1 })
    t.equal(seen.find(({ status }) => status === 429)?.headers['retry-after'], '2')
  })
})

t.test('an upload that met it is never sent again', async (t) => {
  const running = await start(t)
  await running.fault({ ...tooMany('sendSessionFile', 1, 'too many') })
  const body = `${partHead('file', 'a.txt')}hello\r\n${LAST_LINE}`
  const path = `/channels/sales/api/v1/sendSessionFile/${CONTACT}`
  const headers = { 'content-type': FORM_TYPE, prefer: 'wait=9' }
  const sent = await running.reachedDuring(async () => {
    const seen = await running.call('POST', path, { headers, body })
    t.equal(seen.status, 429)
    t.equal(seen.text, 'too many')
  })
  t.equal(sent.length, 1)
  t.equal((await running.call('POST', path, { headers, body })).status, 200, 'the next one waits')
})

t.test('Retry-After is read as it is written', async (t) => {
  let retryAfter: string | string[] = ''
  const upstream = await startHttpUpstream(t, (response) => {
    response.statusCode = 429
    response.setHeader('retry-after', retryAfter)
    response.end()
  })
  const cases: [what: string, header: () => string | string[], waits: RegExp][] = [
    ['seconds', () => '3', /^[23]$/],
    ['a date', () => new Date(Date.now() + 5_000).toUTCString(), /^[345]$/],
    ['nothing that can be read', () => 'soon', /^(9|10)$/],
    ['a fraction', () => '10.5', /^(9|10)$/],
    ['a number below nothing', () => '-1', /^(9|10)$/],
    ['two of them', () => ['5', '6'], /^(9|10)$/],
    ['a date without a zone', () => '2026-01-01', /^(9|10)$/],
  ]
  for (const [what, header, waits] of cases) {
    await t.test(what, async (t) => {
      const running = await startRunning(t, { hosts: [upstream.url], settings: { PACE_MAX_WAIT_MS: '0' } })
      await running.lead('fake', upstream.url)
      retryAfter = header()
      const ask = () =>
        running.call('GET', '/channels/fake/api/v1/getMessageTemplates', { claims: { channels: ['fake'] } })
      t.equal((await ask()).status, 429)
      const seen = await ask()
      isProblem(t, seen, 429, 'rate-limited')
      t.match(seen.headers, { 'retry-after': waits })
    })
  }
  await t.test('no time at all', async (t) => {
    const running = await startRunning(t, { hosts: [upstream.url], settings: { PACE_MAX_WAIT_MS: '0' } })
    await running.lead('fake', upstream.url)
    retryAfter = '0'
    const before = upstream.requests.length
    const seen = await running.call('GET', '/channels/fake/api/v1/getMessageTemplates', {
      claims: { channels: ['fake'] },
    })
    t.equal(seen.status, 429)
    t.equal(upstream.requests.length - before, 2, 'it may be sent again at once, once')
  })
})
