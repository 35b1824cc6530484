import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { type Bare, CONTACT, type Running, callerToken, startRunning } from '../helpers/running-gateway.ts'
import { SANDBOX_DEFAULTS } from '../../src/sandbox/sandbox.ts'
import { closedPort, startHttpUpstream } from '../helpers/upstream.ts'

interface Item {
  readonly day: string
  readonly account: string
  readonly channel: string
  readonly caller: string
  readonly operation: string
  readonly outcome: string
  readonly count: number
}

async function itemsOf({ admin }: Pick<Bare, 'admin'>): Promise<Item[]> {
  const { status, text } = await admin('GET', '/v1/usage')
  if (status !== 200) throw new Error(text)
  return (JSON.parse(text) as { items: Item[] }).items
}

/** What `action` added to the counts, each as `acme sales shop sendTemplateMessage accepted 1`. */
async function addedBy(gateway: Pick<Bare, 'admin'>, action: () => Promise<unknown>): Promise<string[]> {
  const name = ({ account, channel, caller, operation, outcome }: Item) =>
    [account, channel, caller, operation, outcome].join(' ')
  const before = new Map((await itemsOf(gateway)).map((item) => [name(item), item.count]))
  await action()
  const after = await itemsOf(gateway)
  return after.flatMap((item) => {
    const added = item.count - (before.get(name(item)) ?? 0)
    return added === 0 ? [] : [`${name(item)} ${added}`]
  })
}

/** The request, and then its line in the log: when that is there, it was counted. */
async function callAndLog(running: Running, ...call: Parameters<Running['call']>): Promise<void> {
  const { headers } = await running.call(...call)
  await running.log.lineOf(String(headers['x-request-id']))
}

const READ = '/channels/sales/api/v1/getMessageTemplates'
const WRITE = '/channels/sales/api/v1/updateChatStatus'
const SOLVED = { whatsappNumber: CONTACT, ticketStatus: 'SOLVED' }

t.test('a call is counted once, by what became of it', async (t) => {
  const running = await startRunning(t, {
    settings: { WATI_TIMEOUT_MS: '400', CHANNEL_KEY_CONFLICT: 'reject', BODY_LIMIT_BYTES: '1000' },
  })
  const faults: [object, read: string, write: string][] = [
    [{ kind: 'delay', delayMs: 1 }, 'accepted', 'accepted'],
    [{ kind: 'status', status: 400 }, 'refused', 'refused'],
    [{ kind: 'session-expired' }, 'refused', 'refused'],
    [{ kind: 'unauthorized' }, 'refused', 'refused'],
    [{ kind: 'status', status: 503 }, 'unknown', 'unknown'],
    [{ kind: 'html' }, 'unknown', 'unknown'],
    [{ kind: 'redirect' }, 'unknown', 'unknown'],
    [{ kind: 'reset' }, 'unknown', 'unknown'],
    [{ kind: 'silence' }, 'unknown', 'unknown'],
    [{ kind: 'truncate' }, 'unknown', 'unknown'],
    [{ kind: 'garbage' }, 'unknown', 'unknown'],
  ]
  for (const [fault, read, write] of faults) {
    t.test(`Wati does ${JSON.stringify(fault)}`, async (t) => {
      await running.fault({ ...fault, times: 1 })
      const reading = await addedBy(running, () => callAndLog(running, 'GET', READ))
      t.same(reading, [`acme sales shop getMessageTemplates ${read} 1`])
      await running.fault({ ...fault, times: 1 })
      const writing = await addedBy(running, () => callAndLog(running, 'POST', WRITE, { json: SOLVED }))
      t.same(writing, [`acme sales shop updateChatStatus ${write} 1`])
    })
  }

  const refusals: [why: string, path: string, options: object][] = [
    ['another type of body', WRITE, { body: 'x' }],
    ['broken JSON', WRITE, { body: '{', headers: { 'content-type': 'application/json' } }],
    ['another number', WRITE, { json: { channelPhoneNumber: '5511999998888' } }],
    ['a body that is too large', WRITE, { json: { a: 'x'.repeat(2_000) } }],
  ]
  for (const [why, path, options] of refusals) {
    t.test(`the gateway refuses ${why}`, async (t) => {
      const added = await addedBy(running, () => callAndLog(running, 'POST', path, options))
      t.same(added, ['acme sales shop updateChatStatus not_sent 1'])
    })
  }

  t.test('a channel that is switched off', async (t) => {
    await running.admin('PATCH', '/v1/channels/support', {
      json: { enabled: false },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    const path = '/channels/support/api/v1/getMessageTemplates'
    t.same(await addedBy(running, () => callAndLog(running, 'GET', path)), [
      'acme support shop getMessageTemplates not_sent 1',
    ])
  })
})

t.test("Wati's own 429 is a refusal, after which nothing is sent for a while", async (t) => {
  const running = await startRunning(t)
  await running.fault({ kind: 'rate-limited' })
  const added = await addedBy(running, async () => {
    await callAndLog(running, 'GET', READ)
    await callAndLog(running, 'GET', READ)
  })
  t.same(added, [
    'acme sales shop getMessageTemplates not_sent 1',
    'acme sales shop getMessageTemplates refused 1',
  ])
})

t.test('a call that could not even connect was not sent, be it a read or a write', async (t) => {
  const away = await closedPort()
  const running = await startRunning(t, { hosts: [away] })
  await running.lead('away', away)
  const options = { claims: { channels: ['away'] } }
  const added = await addedBy(running, async () => {
    await callAndLog(running, 'GET', '/channels/away/api/v1/getMessageTemplates', options)
    await callAndLog(running, 'POST', '/channels/away/api/v1/updateChatStatus', { ...options, json: {} })
  })
  t.same(added, [
    'away away shop getMessageTemplates not_sent 1',
    'away away shop updateChatStatus not_sent 1',
  ])
})

t.test('calls are kept apart by account, channel, caller and operation', async (t) => {
  const running = await startRunning(t)
  await running.lead('other', running.sandbox.url)
  const claims = { channels: ['*'] }
  const added = await addedBy(running, async () => {
    await callAndLog(running, 'GET', '/channels/sales/api/v1/getMessageTemplates', { claims })
    await callAndLog(running, 'GET', '/channels/sales/api/v1/getMessageTemplates', { claims })
    await callAndLog(running, 'GET', '/channels/support/api/v1/getMessageTemplates', { claims })
    await callAndLog(running, 'GET', '/channels/other/api/v1/getMessageTemplates', { claims })
    await callAndLog(running, 'GET', '/channels/sales/api/ext/v3/contacts', { claims })
    await callAndLog(running, 'GET', '/channels/sales/api/v1/getMessageTemplates', {
      claims: { ...claims, sub: 'crm' },
    })
    await callAndLog(running, 'GET', '/api/v1/getMessageTemplates', {
      claims: { sub: 'bare', channel: 'sales' },
    })
  })
  t.same(added, [
    'acme sales bare getMessageTemplates accepted 1',
    'acme sales crm getMessageTemplates accepted 1',
    'acme sales shop GET contacts accepted 1',
    'acme sales shop getMessageTemplates accepted 2',
    'acme support shop getMessageTemplates accepted 1',
    'other other shop getMessageTemplates accepted 1',
  ])
  const [{ day } = { day: '' }] = await itemsOf(running)
  t.ok(Math.abs(Date.parse(day) - Date.now()) < 2 * 86_400_000, 'on the day of today')
})

t.test('what is no call of a channel is not counted', async (t) => {
  const running = await startRunning(t)
  const added = await addedBy(running, async () => {
    await callAndLog(running, 'GET', READ, { claims: null })
    await callAndLog(running, 'GET', READ, { claims: { channels: ['support'] } })
    await callAndLog(running, 'GET', READ, { claims: { scope: 'messages:send' } })
    await callAndLog(running, 'GET', '/channels/none/api/v1/getMessageTemplates', {
      claims: { channels: ['*'] },
    })
    await callAndLog(running, 'GET', '/channels/sales/api/v1/nothing')
    await callAndLog(running, 'DELETE', READ)
    await running.admin('POST', '/v1/explain', {
      json: { channel: 'sales', method: 'GET', path: '/api/v1/getMessageTemplates' },
    })
    await running.admin('POST', '/v1/channels/sales/check')
    await running.admin('GET', '/v1/channels')
  })
  t.same(added, [])
})

t.test('an answer that flows is counted once, whole or broken off', async (t) => {
  const upstream = await startHttpUpstream(t, (response, request) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 200_000 })
    response.write(Buffer.alloc(100_000))
    if (request.url?.includes('broken')) setImmediate(() => response.destroy())
    else response.end(Buffer.alloc(100_000))
  })
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('media', upstream.url)
  const options = { claims: { channels: ['media'] } }
  for (const name of ['whole', 'broken']) {
    const path = `/channels/media/api/v1/getMedia?fileName=${name}`
    const added = await addedBy(running, () => callAndLog(running, 'GET', path, options))
    t.same(added, ['media media shop getMedia accepted 1'], name)
  }
})

t.test('a form whose fault is found while it flows was not sent', async (t) => {
  const running = await startRunning(t)
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const body = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nbytes without an end'
  const path = '/channels/sales/api/v1/sendSessionFile/5511988887777'
  const added = await addedBy(running, () => callAndLog(running, 'POST', path, { headers, body }))
  t.same(added, ['acme sales shop sendSessionFile not_sent 1'])
})

/** Sends a request by hand, and hangs up when the far end has it. */
async function hangUp(running: Running, line: string, arrived: Promise<unknown>): Promise<void> {
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  const token = callerToken({ channels: ['fake'] })
  const head = [`${line} HTTP/1.1`, 'Host: x', 'X-Request-Id: left', `Authorization: Bearer ${token}`]
  const body = line.startsWith('POST')
    ? ['Content-Type: application/json', 'Content-Length: 2', '', '{}']
    : ['', '']
  socket.write([...head, ...body].join('\r\n'))
  await arrived
  socket.destroy()
  await once(socket, 'close')
}

async function startWaiting(t: Test) {
  let answer: () => void = () => undefined
  let arrive: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  const upstream = await startHttpUpstream(t, (response) => {
    answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
    arrive()
  })
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('fake', upstream.url)
  return { running, arrived, answer: () => answer() }
}

t.test('a read whose caller hangs up was sent, and nobody knows its answer', async (t) => {
  const { running, arrived } = await startWaiting(t)
  const added = await addedBy(running, async () => {
    await hangUp(running, 'GET /channels/fake/api/v1/getMessageTemplates', arrived)
    await running.log.lineOf('left')
  })
  t.same(added, ['fake fake shop getMessageTemplates unknown 1'])
})

t.test('a write whose caller hangs up is counted when Wati has answered', async (t) => {
  const { running, arrived, answer } = await startWaiting(t)
  const added = await addedBy(running, async () => {
    await hangUp(running, 'POST /channels/fake/api/v1/updateChatStatus', arrived)
    answer()
    await running.log.lineOf('left')
  })
  t.same(added, ['fake fake shop updateChatStatus accepted 1'])
})

t.test('a write without its caller is counted also when the gateway stops before Wati answers', async (t) => {
  const { running, arrived } = await startWaiting(t)
  await hangUp(running, 'POST /channels/fake/api/v1/updateChatStatus', arrived)
  await running.gateway.close()
  const again = await startRunning(t, { settings: { DATA_DIR: running.dataDir } })
  const outcomes = (await itemsOf(again)).map(({ operation, outcome, count }) => [operation, outcome, count])
  t.same(outcomes, [['updateChatStatus', 'unknown', 1]])
})

t.test('a caller that hangs up inside its body sent nothing', async (t) => {
  const running = await startRunning(t)
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const added = await addedBy(running, async () => {
    const socket = connect(Number(port), hostname)
    const head = ['POST /channels/sales/api/v1/updateChatStatus HTTP/1.1', 'Host: x', 'X-Request-Id: half']
    const more = [
      `Authorization: Bearer ${callerToken()}`,
      'Content-Type: application/json',
      'Content-Length: 9',
    ]
    socket.write([...head, ...more, 'Expect: 100-continue', '', ''].join('\r\n'))
    await once(socket, 'data')
    socket.write('{"a"')
    socket.destroy()
    await running.log.lineOf('half')
  })
  t.same(added, ['acme sales shop updateChatStatus not_sent 1'])
})

t.test('counts outlive the process: all of them after a polite end', async (t) => {
  const running = await startRunning(t, { settings: { USAGE_FLUSH_MS: '60000' } })
  for (let n = 0; n < 10; n++) await running.call('GET', READ)
  await running.gateway.close()
  const again = await startRunning(t, { settings: { DATA_DIR: running.dataDir } })
  t.match(await itemsOf(again), [{ operation: 'getMessageTemplates', outcome: 'accepted', count: 10 }])
  await again.call('GET', READ)
  t.match(await itemsOf(again), [{ operation: 'getMessageTemplates', outcome: 'accepted', count: 11 }])
})

t.test(
  'a call whose turn does not come in time was not sent, nor one whose caller does not wait for it',
  async (t) => {
    const running = await startRunning(t)
    const limits = { getMessageTemplates: { max: 1, windowSeconds: 60 } }
    const account = { tenantId: SANDBOX_DEFAULTS.tenantId, baseUrl: running.sandbox.url, limits }
    t.equal((await running.admin('PUT', '/v1/accounts/acme', { json: account })).status, 200)
    const added = await addedBy(running, async () => {
      await callAndLog(running, 'GET', READ)
      await callAndLog(running, 'GET', READ)
    })
    t.same(added, [
      'acme sales shop getMessageTemplates accepted 1',
      'acme sales shop getMessageTemplates not_sent 1',
    ])
  },
)

t.test('an answer that was kept is given again, and nothing was sent for it', async (t) => {
  const running = await startRunning(t)
  const options = { json: SOLVED, headers: { 'idempotency-key': 'order-17' } }
  const added = await addedBy(running, async () => {
    for (let n = 0; n < 3; n++) await callAndLog(running, 'POST', WRITE, options)
  })
  t.same(added, [
    'acme sales shop updateChatStatus accepted 1',
    'acme sales shop updateChatStatus not_sent 2',
  ])
})

t.test('a write that goes on without its caller is counted also when it had not left yet', async (t) => {
  const running = await startRunning(t)
  const limits = { updateChatStatus: { max: 1, windowSeconds: 1 } }
  const account = { tenantId: SANDBOX_DEFAULTS.tenantId, baseUrl: running.sandbox.url, limits }
  await running.admin('PUT', '/v1/accounts/acme', { json: account })
  await running.call('POST', WRITE, { json: SOLVED })
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  const head = ['POST /channels/sales/api/v1/updateChatStatus HTTP/1.1', 'Host: x', 'X-Request-Id: queued']
  const more = [
    `Authorization: Bearer ${callerToken()}`,
    'Content-Type: application/json',
    'Content-Length: 2',
  ]
  socket.write([...head, ...more, 'Expect: 100-continue', '', ''].join('\r\n'))
  await once(socket, 'data')
  socket.write('{}', () => socket.destroy())
  const line = await running.log.lineOf('queued')
  const reached = running.sandbox.requests().length - 1
  const counts = (await itemsOf(running)).map(({ outcome, count }) => `${outcome} ${count}`)
  t.same(
    counts,
    reached === 0 ? ['accepted 1', 'not_sent 1'] : ['accepted 1', 'refused 1'],
    String(line['outcome']),
  )
})
