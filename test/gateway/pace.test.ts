import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  CONTACT,
  type Running,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  WATI_TOKEN,
  startRunning,
} from '../helpers/running-gateway.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  SEND,
  TEMPLATE,
  many,
  patchChannel,
  putAccount,
  read,
  send,
  sendAndHold,
  statuses,
  timed,
} from './paced-gateway.ts'

const perSecond = (max: number, windowSeconds = 1): object => ({
  limits: { sendTemplateMessage: { max, windowSeconds } },
})

/** With so many template messages in a second, and nothing else changed. */
async function startWith(t: Test, fields: object, settings: Record<string, string> = {}): Promise<Running> {
  const running = await startRunning(t, { settings })
  await putAccount(running, fields)
  return running
}

t.test("the plan's limits are kept, and Wati has nothing to refuse", async (t) => {
  const running = await startRunning(t, { sandbox: { plan: 'growth' }, settings: { PACE_MAX_WAIT_MS: '0' } })

  await putAccount(running, {})

  await t.test('thirty template messages, v1 and v2 together', async (t) => {
    const seen = await many(40, (i) => send(running, { path: i % 2 ? SEND : SEND.replace('v1', 'v2') }))
    t.same(statuses(seen), { 200: 30, 429: 10 })
    t.equal(running.sandbox.requests().length, 30, 'nothing of the others was sent')
  })

  await t.test('sendTemplateMessages has a limit of its own', async (t) => {
    const json = { ...TEMPLATE, receivers: [{ whatsappNumber: CONTACT, customParams: [] }] }
    const seen = await many(32, () =>
      running.call('POST', '/channels/support/api/v2/sendTemplateMessages', { json }),
    )
    t.same(statuses(seen), { 200: 30, 429: 2 })
  })

  await t.test('reads, ten each', async (t) => {
    t.same(statuses(await many(12, () => read(running))), { 200: 10, 429: 2 })
    const contacts = await many(12, () => running.call('GET', '/channels/support/api/v1/getContacts'))
    t.same(statuses(contacts), { 200: 10, 429: 2 })
  })

  await t.test('an endpoint without a known limit is left alone', async (t) => {
    const seen = await many(60, () => running.call('GET', '/channels/sales/api/v1/getMessageTemplates'))
    t.same(statuses(seen), { 200: 60 })
    t.ok(seen.every(({ headers }) => !('ratelimit' in headers)))
  })

  await t.test('both channels use the same limit', async (t) => {
    t.equal((await send(running, { channel: 'support' })).status, 429)
  })

  await t.test('another plan is in force at once', async (t) => {
    await putAccount(running, { plan: 'pro' })
    const { headers } = await send(running, { wait: 0 })
    t.equal(headers['ratelimit-policy'], undefined, 'it goes')
    const seen = await many(40, () => send(running))
    t.equal(
      seen.find(({ status, headers }) => status === 429 && 'ratelimit' in headers)?.headers[
        'ratelimit-policy'
      ],
      '"sendTemplateMessage";q=60;w=10',
    )
  })
})

t.test("the account's own limits stand before those of its plan, and null lifts one", async (t) => {
  const running = await startWith(
    t,
    {
      limits: {
        sendTemplateMessage: null,
        getMessages: { max: 2, windowSeconds: 3 },
        getMessageTemplates: { max: 1, windowSeconds: 86_400 },
      },
    },
    { PACE_MAX_WAIT_MS: '0' },
  )
  t.same(statuses(await many(60, () => send(running))), { 200: 60 })
  t.same(statuses(await many(5, () => read(running))), { 200: 2, 429: 3 })
  t.match((await read(running)).headers, {
    'ratelimit-policy': '"getMessages";q=2;w=3',
  })
  const templates = () => running.call('GET', '/channels/sales/api/v1/getMessageTemplates')
  t.equal((await templates()).status, 200)
  t.match((await templates()).headers, {
    'retry-after': /^864\d\d$/,
    'ratelimit-policy': '"getMessageTemplates";q=1;w=86400',
  })
})

t.test('a request over the limit', async (t) => {
  const running = await startWith(t, perSecond(2), { PACE_MAX_WAIT_MS: '3000' })

  await t.test('waits for its turn, as long as the settings say', async (t) => {
    const seen = await many(4, () => timed(send(running)))
    t.same(statuses(seen), { 200: 4 })
    const waited = seen.filter(({ tookMs }) => tookMs >= 1_150).length
    t.ok(waited >= 2, `${waited} waited`)
    const arrivals = running.sandbox.requests().map(({ at }) => Date.parse(at))
    t.ok(arrivals.every((at, place) => at - (arrivals[place - 2] ?? -Infinity) >= 1_000))
  })

  await t.test('gets 429 at once when its turn cannot come in time', async (t) => {
    await many(2, () => send(running))
    const sent = await running.reachedDuring(async () => {
      const seen = await timed(send(running, { wait: 0 }))
      isProblem(t, seen, 429, 'rate-limited', 'not_sent')
      t.ok(seen.tookMs < 1_000)
      t.match(seen.headers, {
        'retry-after': /^[12]$/,
        'ratelimit-policy': '"sendTemplateMessage";q=2;w=1',
        ratelimit: `"sendTemplateMessage";r=0;t=${seen.headers['retry-after'] ?? ''}`,
      })
      t.notOk('wati-gateway-outcome' in seen.headers)
      const line = await running.log.lineOf(String(seen.headers['x-request-id']))
      t.match(line, { status: 429, problem: 'rate-limited', outcome: 'not_sent' })
    })
    t.same(sent, [], 'and nothing was sent')
  })

  await t.test('goes when it comes again after Retry-After', async (t) => {
    await many(2, () => send(running))
    const { headers } = await send(running, { wait: 0 })
    await sleep(Number(headers['retry-after']) * 1_000)
    t.equal((await send(running, { wait: 0 })).status, 200)
  })

  await t.test('a read says no outcome', async (t) => {
    await many(10, () => read(running))
    isProblem(t, await read(running, { wait: 0 }), 429, 'rate-limited')
  })

  await t.test('uses no turn when it is refused', async (t) => {
    await sleep(1_300)
    await many(2, () => send(running))
    await many(30, () => send(running, { wait: 0 }))
    const { status, tookMs } = await timed(send(running))
    t.equal(status, 200)
    t.ok(tookMs < 1_900, `${tookMs} ms`)
  })
})

t.test('Prefer: wait', async (t) => {
  const running = await startWith(t, perSecond(1, 3), { PACE_MAX_WAIT_MS: '0' })
  const good = [
    'wait=0',
    'wait=1',
    'wait=60',
    'WAIT = 5',
    'wait="7"',
    'respond-async, wait=10',
    'wait=10; x=y',
  ]
  const others = ['respond-async', 'handling=lenient; wait=99', 'x="a, wait=99"', 'waiting=99', '']
  for (const prefer of [...good, ...others]) {
    t.test(`${prefer || 'nothing'} is good`, async (t) => {
      const { status } = await running.call('GET', '/channels/sales/api/v1/getMessageTemplates', {
        headers: { prefer },
      })
      t.equal(status, 200)
    })
  }
  const bad = [
    'wait=61',
    'wait=100',
    'wait=-1',
    'wait=1.5',
    'wait=abc',
    'wait=',
    'wait',
    'wait=1 2',
    'a, wait=9s',
  ]
  for (const prefer of bad) {
    t.test(`${prefer} is malformed`, async (t) => {
      const sent = await running.reachedDuring(async () => {
        for (const path of ['getMessageTemplates', `getMessages/${CONTACT}`]) {
          const seen = await running.call('GET', `/channels/sales/api/v1/${path}`, { headers: { prefer } })
          isProblem(t, seen, 400, 'malformed-request')
        }
      })
      t.same(sent, [])
    })
  }

  await t.test('asks for a longer wait than the settings', async (t) => {
    await send(running)
    t.equal((await send(running)).status, 429)
    const { status, tookMs } = await timed(send(running, { wait: 9 }))
    t.equal(status, 200)
    t.ok(tookMs > 2_000)
  })

  await t.test('does not reach Wati', async (t) => {
    const [seen] = await running.reachedDuring(() => read(running, { wait: 5 }))
    t.notOk('prefer' in seen!.headers)
  })
})

t.test('shares are fair', async (t) => {
  const running = await startWith(t, perSecond(10), { PACE_MAX_WAIT_MS: '20000' })
  const SPACING_MS = 1_200 / 10

  await t.test('a campaign of one channel does not hold up the calls of another', async (t) => {
    const campaign = many(60, () => send(running))
    await sleep(2_000)
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      waits.push((await timed(send(running, { channel: 'support' }))).tookMs)
      await sleep(250)
    }
    waits.sort((one, other) => one - other)
    t.comment(`waited ${waits.map(Math.round).join(', ')} ms`)
    t.ok(waits[3]! < 3 * SPACING_MS, 'a spacing or two, and what the rest takes')
    t.ok(waits[5]! < 1_200, 'never a window')
    t.same(statuses(await campaign), { 200: 60 })
  })

  await t.test('callers of one channel share what it has', async (t) => {
    const loud = many(40, () => send(running, { claims: { sub: 'campaign' } }))
    await sleep(1_500)
    const { tookMs, status } = await timed(send(running, { claims: { sub: 'orders' } }))
    t.equal(status, 200)
    t.ok(tookMs < 1_000, `${Math.round(tookMs)} ms, and the campaign needs four seconds more`)
    await loud
  })

  await t.test('weights decide when both want more than there is', async (t) => {
    await patchChannel(running, 'sales', { weight: 3 })
    await sleep(1_300)
    const sent = await running.reachedDuring(async () => {
      await Promise.all(['sales', 'support'].map((channel) => many(32, () => send(running, { channel }))))
    })
    // Once the first burst is over, and while both still wait.
    const numbers = sent
      .slice(10, 40)
      .map(({ body }) => (JSON.parse(body) as Record<string, string>)['channelNumber'])
    const ofSales = numbers.filter((number) => number === SALES_NUMBER).length
    t.ok(Math.abs(ofSales - 22.5) <= 2, `${ofSales} of 30 were of sales`)
    t.equal(numbers.filter((number) => number === SUPPORT_NUMBER).length, 30 - ofSales)
  })
})

t.test('the queue', async (t) => {
  const running = await startWith(t, perSecond(1, 4), { PACE_QUEUE_LIMIT: '2' })

  await t.test('is bounded', async (t) => {
    await send(running)
    const held = [sendAndHold(running, 60), sendAndHold(running, 60)]
    t.teardown(() => held.forEach((one) => one.destroy()))
    await sleep(300)
    const sent = await running.reachedDuring(async () => {
      const seen = await timed(send(running, { wait: 60 }))
      isProblem(t, seen, 503, 'overloaded', 'not_sent')
      t.equal(seen.headers['retry-after'], '1')
      t.ok(seen.tookMs < 1_500)
    })
    t.same(sent, [])
    t.equal((await read(running)).status, 200, 'what need not wait goes')
  })

  await t.test('a caller that hangs up leaves it', async (t) => {
    await sleep(300)
    const sent = await running.reachedDuring(async () => {
      const { status } = await send(running, { wait: 8 })
      t.equal(status, 200, 'there is room again')
    })
    t.equal(sent.length, 1, 'nothing was sent for those who are gone')
    const gone = running.log.lines.filter(({ hungUp }) => hungUp === true)
    t.equal(gone.length, 2)
    t.notOk(running.log.text.includes('a request failed'), 'and it is no failure of ours')
  })
})

t.test('what takes no turn', async (t) => {
  const running = await startWith(t, perSecond(3, 60), { PACE_MAX_WAIT_MS: '0' })

  await t.test('an explanation', async (t) => {
    const json = {
      channel: 'sales',
      method: 'POST',
      path: SEND,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(TEMPLATE),
    }
    for (let i = 0; i < 5; i++)
      t.match((await running.admin('POST', '/v1/explain', { json })).body, { request: { method: 'POST' } })
    const wrong = { ...json, headers: { ...json.headers, prefer: 'wait=61' } }
    t.match((await running.admin('POST', '/v1/explain', { json: wrong })).body, { refusal: { status: 400 } })
  })

  await t.test('what is refused before', async (t) => {
    const path = `/channels/sales${SEND}`
    t.equal((await running.call('POST', path, { json: TEMPLATE, claims: null })).status, 401)
    t.equal((await running.call('POST', path, { json: TEMPLATE, claims: { scope: '' } })).status, 403)
    t.equal((await running.call('POST', path, { body: '{' })).status, 415)
    const headers = { 'content-type': 'application/json' }
    t.equal((await running.call('POST', path, { body: '{', headers })).status, 400)
    t.equal((await send(running, { wait: 61 })).status, 400)
  })

  await t.test('an answer that is given again', async (t) => {
    const headers = { 'idempotency-key': 'once' }
    for (let i = 0; i < 6; i++) t.equal((await send(running, { headers })).status, 200)
    t.equal(running.sandbox.requests().length, 1)
  })

  t.same(statuses(await many(5, () => send(running))), { 200: 2, 429: 3 }, 'two of three were left')

  await t.test('a key whose request was refused for the limit is free', async (t) => {
    const headers = { 'idempotency-key': 'late' }
    t.equal((await send(running, { headers })).status, 429)
    await putAccount(running, perSecond(100, 60))
    const { status, headers: answered } = await send(running, { headers })
    t.equal(status, 200)
    t.notOk('idempotency-replayed' in answered)
  })
})

t.test('what changes while a request waits holds for it, too', async (t) => {
  const running = await startWith(t, perSecond(1, 2), { PACE_MAX_WAIT_MS: '10000' })
  const whileWaiting = async (act: () => Promise<unknown>): Promise<Awaited<ReturnType<typeof send>>> => {
    await send(running, { channel: 'support' })
    const waiting = send(running)
    await sleep(200)
    await act()
    return await waiting
  }

  await t.test('a channel that is switched off', async (t) => {
    const seen = await whileWaiting(() => patchChannel(running, 'sales', { enabled: false }))
    isProblem(t, seen, 403, 'channel-disabled')
    await patchChannel(running, 'sales', { enabled: true })
  })

  await t.test('a new token', async (t) => {
    const seen = await whileWaiting(async () => {
      const json = { token: WATI_TOKEN.replace('c2Fu', 'b3Ro') }
      const { status } = await running.admin('PUT', '/v1/accounts/acme/token?verify=false', { json })
      t.equal(status, 200)
    })
    isProblem(t, seen, 502, 'wati-credential-rejected', 'refused')
    await running.admin('PUT', '/v1/accounts/acme/token', { json: { token: WATI_TOKEN } })
  })

  await t.test('another number', async (t) => {
    const sent = await running.reachedDuring(async () => {
      const seen = await whileWaiting(() => patchChannel(running, 'sales', { number: SUPPORT_NUMBER }))
      isProblem(t, seen, 429, 'rate-limited', 'not_sent')
      t.match(seen.body, { detail: /was changed/ })
    })
    t.equal(sent.length, 1, 'only that of support')
    await patchChannel(running, 'sales', { number: SALES_NUMBER })
  })

  await t.test('the end of the limit', async (t) => {
    const seen = await timed(
      whileWaiting(() => putAccount(running, { limits: { sendTemplateMessage: null } })),
    )
    t.equal(seen.status, 200)
    await putAccount(running, perSecond(1, 2))
  })

  await t.test('a channel that is deleted', async (t) => {
    const sent = await running.reachedDuring(async () => {
      const seen = await whileWaiting(() => running.admin('DELETE', '/v1/channels/sales'))
      isProblem(t, seen, 404, 'unknown-channel')
    })
    t.equal(sent.length, 1)
    t.equal((await timed(send(running, { channel: 'support' }))).status, 200, 'its turn goes to others')
  })
})

t.test('odd names of callers are names like any other', async (t) => {
  const running = await startWith(t, perSecond(20), { PACE_MAX_WAIT_MS: '5000' })
  const names = [
    '__proto__',
    'now',
    '1',
    '{}',
    'é漢🎉',
    'a\u0000b',
    ' ',
    'x'.repeat(4_000),
    "';--",
    'constructor',
  ]
  const seen = await many(40, (i) => send(running, { claims: { sub: names[i % names.length] ?? '' } }))
  t.same(statuses(seen), { 200: 40 })
})
