import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { generateKey } from '../../src/directory/seal.ts'
import type { Seen } from '../helpers/http-client.ts'
import { sendBytes } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { startRedis } from '../helpers/redis-server.ts'
import {
  type Bare,
  CONTACT,
  type Claims,
  type Running,
  callerToken,
  startBefore,
  startRunning,
} from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream } from '../helpers/upstream.ts'

const TIMEOUT_MS = 400
const TEMPLATE = { template_name: 'order_shipped', broadcast_name: 'orders', parameters: [] }
const PATH = `/channels/sales/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
const REPLAYED = 'idempotency-replayed'

interface Sending {
  readonly path?: string
  readonly json?: object
  readonly claims?: Claims
}

async function send(
  running: Pick<Bare, 'call'>,
  key: string,
  { path = PATH, json = TEMPLATE, claims }: Sending = {},
): Promise<Seen> {
  const headers = { 'idempotency-key': key }
  return await running.call('POST', path, { json, headers, ...(claims && { claims }) })
}

/** What a caller sees of an answer, but for what belongs to this connection and this try. */
function answerOf({ status, headers, bytes }: Seen): unknown {
  const { date, connection, 'keep-alive': _, 'x-request-id': id, [REPLAYED]: replayed, ...rest } = headers
  return { status, headers: rest, body: bytes.toString('latin1') }
}

type Keeps = 'kept' | 'free'

/** What Wati does to the first try, what the caller hears, and whether a second try is sent. */
const CASES: readonly {
  readonly when: string
  readonly fault?: Readonly<Record<string, unknown>>
  readonly status: number
  /** Of Wati's answer, or of the problem. */
  readonly outcome: string
  readonly then: Keeps
  /** How often it reaches Wati: after a 429 a request takes one more turn by itself. */
  readonly times?: number
}[] = [
  { when: 'Wati accepts it', status: 200, outcome: 'accepted', then: 'kept' },
  {
    when: 'Wati refuses it in a 200',
    fault: { kind: 'session-expired' },
    status: 200,
    outcome: 'refused',
    then: 'kept',
  },
  {
    when: 'Wati answers 400',
    fault: { kind: 'status', status: 400, body: '{"result":false,"info":"no"}' },
    status: 400,
    outcome: 'refused',
    then: 'kept',
  },
  {
    when: 'Wati answers 404 with nothing',
    fault: { kind: 'status', status: 404 },
    status: 404,
    outcome: 'refused',
    then: 'kept',
  },
  {
    when: 'Wati answers 500',
    fault: { kind: 'status', status: 500, body: 'oh no', accepted: true },
    status: 500,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'Wati answers 503 with Retry-After',
    fault: { kind: 'status', status: 503, retryAfterSeconds: 7 },
    status: 503,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'Wati answers late',
    fault: { kind: 'delay', delayMs: 150 },
    status: 200,
    outcome: 'accepted',
    then: 'kept',
  },
  {
    when: 'Wati answers as plain text',
    fault: { kind: 'plain-text' },
    status: 200,
    outcome: 'accepted',
    then: 'kept',
  },
  {
    when: 'Wati answers with a page',
    fault: { kind: 'html' },
    status: 502,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'Wati answers with a redirect',
    fault: { kind: 'redirect' },
    status: 502,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'the answer breaks off',
    fault: { kind: 'truncate' },
    status: 502,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'the answer is no HTTP',
    fault: { kind: 'garbage', accepted: true },
    status: 502,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'the connection is reset',
    fault: { kind: 'reset', accepted: true },
    status: 502,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: 'no answer comes',
    fault: { kind: 'silence', accepted: true },
    status: 504,
    outcome: 'unknown',
    then: 'kept',
  },
  {
    when: "Wati rejects the account's token",
    fault: { kind: 'unauthorized' },
    status: 502,
    outcome: 'refused',
    then: 'free',
  },
  {
    when: "Wati's limit is reached",
    fault: { kind: 'rate-limited', retryAfterSeconds: 0, times: 2 },
    status: 429,
    outcome: 'refused',
    then: 'free',
    times: 2,
  },
]

async function startWith(
  t: Test,
  store: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const redis = store === 'Redis' ? await startRedis(t) : undefined
  return await startRunning(t, {
    settings: {
      WATI_TIMEOUT_MS: String(TIMEOUT_MS),
      REDIS_TIMEOUT_MS: '5000',
      ...(redis && { REDIS_URL: redis.url, ENCRYPTION_KEYS: generateKey('k1') }),
      ...settings,
    },
  })
}

for (const store of ['file', 'Redis']) {
  t.test(`with its keys in the ${store} store, a write with a key`, async (t) => {
    const running = await startWith(t, store)
    for (const { when, fault, status, outcome, then, times = 1 } of CASES) {
      t.test(`${then === 'kept' ? 'happens once' : 'may be sent again'} when ${when}`, async (t) => {
        const key = randomUUID()
        if (fault) await running.fault(fault)
        let first: Seen | undefined
        const reached = await running.reachedDuring(async () => (first = await send(running, key)))
        t.equal(reached.length, times)
        t.equal(first!.status, status)
        t.equal(first!.headers['wati-gateway-outcome'] ?? first!.body['outcome'], outcome)
        t.notOk(REPLAYED in first!.headers)
        if (then === 'free') await isSentAgain(t, running, key)
        else for (let i = 0; i < 2; i += 1) await isReplayed(t, running, key, first!, outcome)
      })
    }

    t.test('may be sent again when no connection was made', async (t) => {
      const upstream = await startWithHost(t, store, await closedPort())
      const path = PATH.replace('sales', 'gone')
      const key = randomUUID()
      for (let i = 0; i < 2; i += 1) {
        const seen = await send(upstream, key, { path, claims: { channels: ['*'] } })
        isProblem(t, seen, 502, 'wati-unreachable', 'not_sent')
        t.notOk(REPLAYED in seen.headers)
      }
    })

    t.test('is answered 409 while the first try is under way', async (t) => {
      const key = randomUUID()
      await running.fault({ kind: 'delay', delayMs: 300 })
      const reached = await running.reachedDuring(async () => {
        const first = send(running, key)
        await until(async () => running.sandbox.requests().at(-1)?.body.includes('order_shipped') === true)
        await until(async () => (await send(running, key)).status === 409)
        const second = await send(running, key)
        isProblem(t, second, 409, 'idempotency-in-flight')
        t.equal(second.headers['retry-after'], '1')
        t.match(await running.log.lineOf(String(second.headers['x-request-id'])), { idempotent: 'in-flight' })
        t.equal((await first).status, 200)
      })
      t.equal(reached.length, 1)
      t.equal((await send(running, key)).headers[REPLAYED], 'true')
    })

    t.test('reaches Wati once when it is sent twenty times at once', async (t) => {
      const key = randomUUID()
      const reached = await running.reachedDuring(async () => {
        const seen = await Promise.all(Array.from({ length: 20 }, () => send(running, key)))
        for (const { status } of seen) t.ok(status === 200 || status === 409)
        t.equal(seen.filter(({ status, headers }) => status === 200 && !(REPLAYED in headers)).length, 1)
      })
      t.equal(reached.length, 1)
    })
  })
}

async function startWithHost(t: Test, store: string, host: string): Promise<Running> {
  const redis = store === 'Redis' ? await startRedis(t) : undefined
  const settings = redis && {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: generateKey('k1'),
    REDIS_TIMEOUT_MS: '5000',
  }
  const running = await startRunning(t, { hosts: [host], ...(settings && { settings }) })
  await running.lead('gone', host)
  return running
}

async function isReplayed(
  t: Test,
  running: Running,
  key: string,
  first: Seen,
  outcome: string,
): Promise<void> {
  let again: Seen | undefined
  const reached = await running.reachedDuring(async () => (again = await send(running, key)))
  t.same(reached, [], 'nothing is sent again')
  t.strictSame(answerOf(again!), answerOf(first), 'status, header and bytes are those of the first')
  t.equal(again!.headers[REPLAYED], 'true')
  const {
    idempotent,
    outcome: logged,
    status,
  } = await running.log.lineOf(String(again!.headers['x-request-id']))
  t.same({ idempotent, outcome: logged, status }, { idempotent: 'replayed', outcome, status: first.status })
}

async function isSentAgain(t: Test, running: Running, key: string): Promise<void> {
  let again: Seen | undefined
  const reached = await running.reachedDuring(async () => (again = await send(running, key)))
  t.equal(reached.length, 1, 'it is sent')
  t.equal(again!.status, 200)
  t.notOk(REPLAYED in again!.headers)
  t.equal((await send(running, key)).headers[REPLAYED], 'true', 'and that outcome is kept')
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (await look()) return
    await sleep(5)
  }
  throw new Error('it never happened')
}

t.test('a key', async (t) => {
  const running = await startWith(t, 'file')

  t.test('belongs to one caller', async (t) => {
    const key = randomUUID()
    t.equal((await send(running, key)).status, 200)
    const other = await send(running, key, {
      claims: { sub: 'another' },
      json: { ...TEMPLATE, broadcast_name: 'x' },
    })
    t.equal(other.status, 200)
    t.notOk(REPLAYED in other.headers)
  })

  t.test('belongs to one channel', async (t) => {
    const key = randomUUID()
    t.equal((await send(running, key)).status, 200)
    const other = await send(running, key, { path: PATH.replace('sales', 'support') })
    t.equal(other.status, 200)
    t.notOk(REPLAYED in other.headers)
  })

  t.test('is the same under the alias, with a tenant, and at the bare root', async (t) => {
    const key = randomUUID()
    const reached = await running.reachedDuring(async () => {
      await send(running, key)
      t.equal(
        (await send(running, key, { path: PATH.replace('/api', '/388428/api') })).headers[REPLAYED],
        'true',
      )
      const bare = { path: PATH.replace('/channels/sales', ''), claims: { channel: 'sales' } }
      t.equal((await send(running, key, bare)).headers[REPLAYED], 'true')
    })
    t.equal(reached.length, 1)
  })

  const others: Readonly<Record<string, Sending>> = {
    'another body': { json: { ...TEMPLATE, parameters: [{ name: 'a', value: 'b' }] } },
    'another query': { path: `${PATH}1` },
    'the same query in other bytes': { path: PATH.replace('whatsappNumber=', 'whatsapp%4eumber=') },
    'another version of the operation': { path: PATH.replace('/v1/', '/v2/') },
    'another operation': { path: PATH.replace('sendTemplateMessage', 'sendTemplateMessages') },
  }
  for (const [what, other] of Object.entries(others)) {
    t.test(`with ${what} is refused`, async (t) => {
      const key = randomUUID()
      await send(running, key)
      const reached = await running.reachedDuring(async () => {
        const seen = await send(running, key, other)
        isProblem(t, seen, 422, 'idempotency-mismatch')
        t.match(await running.log.lineOf(String(seen.headers['x-request-id'])), {
          idempotent: 'mismatch',
          status: 422,
        })
      })
      t.same(reached, [])
      t.equal((await send(running, key)).headers[REPLAYED], 'true', 'and still good for the first')
    })
  }

  t.test('with another body is refused while the first is under way, too', async (t) => {
    const key = randomUUID()
    await running.fault({ kind: 'delay', delayMs: 300 })
    const first = send(running, key)
    await until(
      async () => (await send(running, key, { json: { ...TEMPLATE, broadcast_name: 'y' } })).status === 422,
    )
    t.equal((await first).status, 200)
  })

  t.test('with the parameter of another path is refused', async (t) => {
    const key = randomUUID()
    const path = `/channels/sales/api/v1/addContact/${CONTACT}`
    t.equal((await send(running, key, { path, json: { name: 'a' } })).status, 200)
    isProblem(
      t,
      await send(running, key, { path: `${path}1`, json: { name: 'a' } }),
      422,
      'idempotency-mismatch',
    )
  })

  t.test('holds for requests without a body', async (t) => {
    const key = randomUUID()
    const path = `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`
    const headers = { 'idempotency-key': key }
    const reached = await running.reachedDuring(async () => {
      t.equal((await running.call('POST', path, { headers })).status, 200)
      t.equal((await running.call('POST', path, { headers })).headers[REPLAYED], 'true')
    })
    t.equal(reached.length, 1)
  })

  t.test('is free when the request is refused before it is sent', async (t) => {
    const key = randomUUID()
    const broken = await send(running, key, {
      path: `/channels/sales/api/v1/sendTemplateMessage?x=%zz&whatsappNumber=`,
    })
    t.ok(broken.status >= 200)
    const free = randomUUID()
    const headers = { 'idempotency-key': free, 'content-type': 'application/json' }
    t.equal((await running.call('POST', PATH, { headers, body: '{' })).status, 400)
    const seen = await send(running, free)
    t.equal(seen.status, 200)
    t.notOk(REPLAYED in seen.headers)
  })

  t.test('is free when the turn of the request could not come in time', async (t) => {
    const { body } = await running.admin('GET', '/v1/accounts/acme')
    const { tenantId, baseUrl } = body
    const limit = async (limits: object): Promise<void> => {
      await running.admin('PUT', '/v1/accounts/acme', { json: { tenantId, baseUrl, limits } })
    }
    const path = `/channels/sales/api/v1/addContact/${CONTACT}`
    const add = async (key: string, name: string): Promise<Seen> => {
      const headers = { 'idempotency-key': key, prefer: 'wait=0' }
      return await running.call('POST', path, { headers, json: { name } })
    }
    await limit({ addContact: { max: 1, windowSeconds: 60 } })
    t.equal((await add(randomUUID(), 'a')).status, 200)
    const key = randomUUID()
    t.equal((await add(key, 'a')).status, 429)
    t.equal((await add(key, 'b')).status, 429, 'another request may have it')
    await limit({ addContact: null })
    const seen = await add(key, 'c')
    t.equal(seen.status, 200)
    t.notOk(REPLAYED in seen.headers)
  })

  t.test('does not show in the store', async (t) => {
    const key = 'a-key-that-can-be-recognised'
    await send(running, key)
    const { readFile } = await import('node:fs/promises')
    const text = await readFile(`${running.dataDir}/idempotency.jsonl`, 'utf8')
    t.ok(text.length > 100)
    for (const secret of [key, 'order_shipped', CONTACT, 'shop']) t.notOk(text.includes(secret))
    t.notOk(running.log.text.includes(key), 'nor in the log')
  })

  const faults: Readonly<Record<string, string>> = {
    'an empty one': '',
    'a space in it': 'a b',
    'a letter that is not ASCII': 'caf\u00e9',
    '256 characters': 'x'.repeat(256),
  }
  for (const [what, key] of Object.entries(faults)) {
    t.test(`with ${what} is malformed`, async (t) => {
      const reached = await running.reachedDuring(async () => {
        isProblem(t, await send(running, key), 400, 'malformed-request')
      })
      t.same(reached, [])
    })
  }

  for (const key of ['!', '~'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"']) {
    t.test(`of ${key.length} visible characters is good`, async (t) => {
      t.equal((await send(running, key)).status, 200)
      t.equal((await send(running, key)).headers[REPLAYED], 'true')
    })
  }

  t.test('may stand there only once', async (t) => {
    const body = JSON.stringify(TEMPLATE)
    const lines = [
      `POST ${PATH} HTTP/1.1`,
      'host: gateway',
      `authorization: Bearer ${callerToken()}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
      'Idempotency-Key: one',
      'idempotency-key: one',
      'connection: close',
    ]
    const reached = await running.reachedDuring(async () => {
      const seen = await sendBytes(running.gateway.dataUrl, `${lines.join('\r\n')}\r\n\r\n${body}`)
      isProblem(t, seen, 400, 'malformed-request')
    })
    t.same(reached, [])
  })

  t.test('means nothing on a read', async (t) => {
    const reached = await running.reachedDuring(async () => {
      for (const key of ['same', 'same', 'a b', '']) {
        const headers = { 'idempotency-key': key }
        const seen = await running.call('GET', '/channels/sales/api/v1/getContacts', { headers })
        t.equal(seen.status, 200)
        t.notOk(REPLAYED in seen.headers)
      }
    })
    t.equal(reached.length, 4)
  })

  t.test('never reaches Wati', async (t) => {
    const [seen] = await running.reachedDuring(() => send(running, randomUUID()))
    t.notOk('idempotency-key' in seen!.headers)
  })

  t.test('is not used up by an explanation', async (t) => {
    const key = randomUUID()
    const question = {
      channel: 'sales',
      method: 'POST',
      path: PATH.replace('/channels/sales', ''),
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(TEMPLATE),
    }
    for (let i = 0; i < 2; i += 1) {
      const explained = await running.admin('POST', '/v1/explain', { json: question })
      t.match(explained.body, { request: { method: 'POST' } })
      t.match(
        (explained.body['changes'] as { name: string }[]).find(({ name }) => name === 'idempotency-key'),
        { where: 'header', action: 'dropped' },
      )
    }
    t.notOk(REPLAYED in (await send(running, key)).headers)
    const broken = { ...question, headers: { 'idempotency-key': 'a b' } }
    t.match((await running.admin('POST', '/v1/explain', { json: broken })).body, { refusal: { status: 400 } })
  })
})

t.test('a caller that hangs up', async (t) => {
  const running = await startWith(t, 'file', { WATI_TIMEOUT_MS: '5000' })
  const hangUpDuring = async (key: string): Promise<void> => {
    const { hostname, port } = new URL(running.gateway.dataUrl)
    const outgoing = httpRequest({
      ...{ hostname, port, method: 'POST', path: PATH, agent: false },
      headers: {
        authorization: `Bearer ${callerToken()}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
    })
    outgoing.on('error', () => undefined)
    const count = running.sandbox.requests().length
    outgoing.end(JSON.stringify(TEMPLATE))
    await until(async () => running.sandbox.requests().length > count)
    outgoing.destroy()
  }

  t.test('hears the outcome when it asks again', async (t) => {
    const key = randomUUID()
    await running.fault({ kind: 'delay', delayMs: 200 })
    await hangUpDuring(key)
    const reached = await running.reachedDuring(async () => {
      await until(async () => (await send(running, key)).status !== 409)
      const seen = await send(running, key)
      t.equal(seen.status, 200)
      t.equal(seen.headers[REPLAYED], 'true')
    })
    t.same(reached, [])
  })

  t.test('hears it even when the gateway was stopped meanwhile', async (t) => {
    const key = randomUUID()
    await running.fault({ kind: 'delay', delayMs: 300 })
    await hangUpDuring(key)
    await running.gateway.close()
    const next = await startBefore(t, running.sandbox.url, { DATA_DIR: running.dataDir })
    const seen = await send(next, key)
    t.equal(seen.status, 200)
    t.equal(seen.headers[REPLAYED], 'true')
  })
})

t.test('an answer', async (t) => {
  const LIMIT_BYTES = 10_000
  let said: { status?: number; type?: string; body: Buffer; chunked?: boolean } = { body: Buffer.alloc(0) }
  const upstream = await startHttpUpstream(t, (response) => {
    response.statusCode = said.status ?? 200
    if (said.type !== undefined) response.setHeader('content-type', said.type)
    response.setHeader('set-cookie', 'a=b')
    response.setHeader('etag', '"x"')
    if (said.chunked !== true) response.setHeader('content-length', said.body.length)
    response.end(said.body)
  })
  const running = await startRunning(t, {
    hosts: [upstream.url],
    settings: { IDEMPOTENCY_ANSWER_LIMIT_BYTES: String(LIMIT_BYTES), ANSWER_INSPECT_LIMIT_BYTES: '1000' },
  })
  await running.lead('fake', upstream.url)
  const path = PATH.replace('sales', 'fake')
  const jsonOf = (bytes: number): Buffer => Buffer.from(`{"a":"${'é'.repeat((bytes - 8) / 2)}"}`)

  const kept: Readonly<Record<string, typeof said>> = {
    'of JSON that is looked into': { type: 'application/json', body: Buffer.from(' {"result": false}\n') },
    'of JSON that is too large to be looked into': {
      type: 'application/json',
      body: jsonOf(5_000),
      chunked: true,
    },
    'of exactly the limit': { type: 'application/json', body: jsonOf(LIMIT_BYTES), chunked: true },
    'of bytes that are no text': { type: 'image/png', body: Buffer.from([0, 255, 254, 10, 13, 0]) },
    'without a type': { body: Buffer.from('abc') },
    'without anything': { status: 204, body: Buffer.alloc(0) },
    'whose JSON says a page': { type: 'image/png', body: Buffer.from('<html>') },
  }
  for (const [what, answer] of Object.entries(kept)) {
    t.test(`${what} is replayed byte for byte, and is what it would be without a key`, async (t) => {
      said = answer
      const key = randomUUID()
      const without = await running.call('POST', path, { json: TEMPLATE, claims: { channels: ['*'] } })
      const first = await send(running, key, { path, claims: { channels: ['*'] } })
      const count = upstream.requests.length
      const again = await send(running, key, { path, claims: { channels: ['*'] } })
      t.equal(upstream.requests.length, count)
      t.strictSame(answerOf(again), answerOf(first))
      t.equal(again.headers[REPLAYED], 'true')
      t.equal(again.headers['etag'], '"x"')
      t.equal(again.bytes.compare(answer.body), 0)
      for (const name of ['wati-gateway-outcome', 'content-type'])
        t.equal(first.headers[name], without.headers[name])
      t.equal(first.status, without.status)
    })
  }

  const large: Readonly<Record<string, { answer: typeof said; outcome: string }>> = {
    'says how long it is': {
      answer: { type: 'application/json', body: jsonOf(100_000) },
      outcome: 'accepted',
    },
    flows: {
      answer: { type: 'application/json', body: jsonOf(100_000), chunked: true },
      outcome: 'accepted',
    },
    'is a refusal': {
      answer: { status: 400, type: 'text/plain', body: jsonOf(100_000) },
      outcome: 'refused',
    },
  }
  for (const [what, { answer, outcome }] of Object.entries(large)) {
    t.test(`that is too large to keep, and ${what}, comes whole, and a second try is told so`, async (t) => {
      said = answer
      const key = randomUUID()
      const first = await send(running, key, { path, claims: { channels: ['*'] } })
      t.equal(first.bytes.compare(answer.body), 0)
      const count = upstream.requests.length
      const again = await send(running, key, { path, claims: { channels: ['*'] } })
      t.equal(upstream.requests.length, count, 'nothing is sent again')
      isProblem(t, again, 502, 'wati-bad-answer', outcome)
      t.equal(again.headers[REPLAYED], 'true')
      t.equal(again.headers['wati-gateway-outcome'], outcome)
      t.match(await running.log.lineOf(String(again.headers['x-request-id'])), {
        idempotent: 'replayed',
        outcome,
      })
    })
  }
})
