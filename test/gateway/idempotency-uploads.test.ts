import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { CONTACT, type Running, callerToken, startRunning } from '../helpers/running-gateway.ts'
import { startFlowUpstream } from '../helpers/uploading.ts'
import { request as httpRequest } from 'node:http'

const PATH = `/channels/sales/api/v1/sendSessionFile/${CONTACT}?caption=hi`
const REPLAYED = 'idempotency-replayed'

interface Part {
  readonly name: string
  readonly filename?: string
  readonly type?: string
  readonly content: string | Buffer
}

const FILE: Part = { name: 'file', filename: 'a.png', type: 'image/png', content: randomBytes(200_000) }
const FIELD: Part = { name: 'note', content: 'x' }

/** A form of these parts, with a boundary that nobody had before. */
function formOf(parts: readonly Part[]): { type: string; body: Buffer } {
  const boundary = `b-${randomUUID()}`
  const pieces = parts.flatMap(({ name, filename, type, content }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '' : `\r\nContent-Type: ${type}`,
    ...['\r\n\r\n', content, '\r\n'],
  ])
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece as string)))
  return { type: `multipart/form-data; boundary=${boundary}`, body }
}

async function upload(
  running: Running,
  key: string,
  parts: readonly Part[] = [FILE],
  path = PATH,
): Promise<Seen> {
  const { type, body } = formOf(parts)
  const headers = { 'idempotency-key': key, 'content-type': type }
  return await running.call('POST', path, { headers, body, chunked: true, claims: { channels: ['*'] } })
}

t.test('an upload with a key', async (t) => {
  const running = await startRunning(t, { settings: { UPLOAD_LIMIT_BYTES: '1000000' } })

  t.test('happens once, whatever boundary its tries have', async (t) => {
    const key = randomUUID()
    const reached = await running.reachedDuring(async () => {
      const first = await upload(running, key, [FIELD, FILE])
      t.equal(first.status, 200)
      const again = await upload(running, key, [FIELD, FILE])
      t.equal(again.headers[REPLAYED], 'true')
      t.equal(again.text, first.text)
    })
    t.equal(reached.length, 1)
  })

  const others: Readonly<Record<string, readonly Part[]>> = {
    'a byte that is different': [
      FIELD,
      { ...FILE, content: Buffer.concat([FILE.content as Buffer, Buffer.from('x')]) },
    ],
    'another file name': [FIELD, { ...FILE, filename: 'b.png' }],
    'another type': [FIELD, { ...FILE, type: 'image/jpeg' }],
    'another field name': [{ ...FIELD, name: 'caption' }, FILE],
    'another value': [{ ...FIELD, content: 'y' }, FILE],
    'another order': [FILE, FIELD],
    'a part more': [FIELD, FILE, FIELD],
    'a part less': [FILE],
    'a part that was cut in two': [{ ...FIELD, content: '' }, { ...FIELD, content: 'x' }, FILE],
  }
  for (const [what, parts] of Object.entries(others)) {
    t.test(`is refused with ${what}`, async (t) => {
      const key = randomUUID()
      t.equal((await upload(running, key, [FIELD, FILE])).status, 200)
      const reached = await running.reachedDuring(async () => {
        isProblem(t, await upload(running, key, parts), 422, 'idempotency-mismatch')
      })
      t.same(reached, [])
      t.equal((await upload(running, key, [FIELD, FILE])).headers[REPLAYED], 'true')
    })
  }

  t.test('is no other kind of body with the same key', async (t) => {
    const key = randomUUID()
    const path = `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`
    const headers = { 'idempotency-key': key }
    t.equal((await running.call('POST', path, { headers })).status, 200)
    isProblem(t, await upload(running, key, [FIELD], path), 422, 'idempotency-mismatch')
  })

  t.test('whose second try is not well-formed is malformed', async (t) => {
    const key = randomUUID()
    await upload(running, key, [FIELD, FILE])
    const { type, body } = formOf([FIELD, FILE])
    const headers = { 'idempotency-key': key, 'content-type': type }
    const cut = await running.call('POST', PATH, { headers, body: body.subarray(0, -20) })
    isProblem(t, cut, 400, 'malformed-request')
    const large = formOf([{ ...FILE, content: Buffer.alloc(1_100_000) }])
    const seen = await running.call('POST', PATH, {
      headers: { ...headers, 'content-type': large.type },
      body: large.body,
      chunked: true,
    })
    isProblem(t, seen, 413, 'body-too-large')
  })

  t.test('is free again when a fault was found in it while it flowed', async (t) => {
    const key = randomUUID()
    const { type, body } = formOf([FIELD, FILE])
    const headers = { 'idempotency-key': key, 'content-type': type }
    isProblem(
      t,
      await running.call('POST', PATH, { headers, body: body.subarray(0, -20) }),
      400,
      'malformed-request',
    )
    const seen = await upload(running, key, [FIELD, FILE])
    t.equal(seen.status, 200)
    t.notOk(REPLAYED in seen.headers)
  })

  t.test('is unknown when Wati broke the connection, whatever a second try brings', async (t) => {
    const key = randomUUID()
    await running.fault({ kind: 'reset', accepted: true })
    isProblem(t, await upload(running, key), 502, 'wati-unreachable', 'unknown')
    const reached = await running.reachedDuring(async () => {
      const again = await upload(running, key)
      t.equal(again.status, 502)
      t.equal(again.headers[REPLAYED], 'true')
    })
    t.same(reached, [])
  })
})

t.test('an upload that is still flowing', async (t) => {
  const upstream = await startFlowUpstream(t)
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('flow', upstream.url)
  const path = PATH.replace('sales', 'flow')
  const begin = async (key: string) => {
    const { hostname, port } = new URL(running.gateway.dataUrl)
    const { type, body } = formOf([FIELD, FILE])
    const headers = {
      authorization: `Bearer ${callerToken({ channels: ['*'] })}`,
      'content-type': type,
      'idempotency-key': key,
    }
    const outgoing = httpRequest({ hostname, port, method: 'POST', path, headers, agent: false })
    outgoing.on('error', () => undefined)
    const reached = upstream.next()
    outgoing.write(body.subarray(0, 100_000))
    return { outgoing, rest: body.subarray(100_000), flowing: await reached }
  }

  t.test('lets no second one pass', async (t) => {
    const key = randomUUID()
    const { outgoing, rest } = await begin(key)
    const count = upstream.requests.length
    isProblem(t, await upload(running, key, [FIELD, FILE], path), 409, 'idempotency-in-flight')
    isProblem(t, await upload(running, key, [FIELD, FILE], `${path}&b=1`), 422, 'idempotency-mismatch')
    t.equal(upstream.requests.length, count)
    const answered = new Promise<number>((resolve) =>
      outgoing.once('response', ({ statusCode }) => resolve(statusCode ?? 0)),
    )
    outgoing.end(rest)
    t.equal(await answered, 200)
    t.equal((await upload(running, key, [FIELD, FILE], path)).headers[REPLAYED], 'true')
  })

  t.test('and is given up by its caller never was a whole form, so the key is free', async (t) => {
    const key = randomUUID()
    const { outgoing, flowing } = await begin(key)
    outgoing.destroy()
    await flowing.closed
    t.notOk(flowing.complete)
    let seen = await upload(running, key, [FIELD, FILE], path)
    for (let i = 0; i < 100 && seen.status === 409; i += 1) {
      await sleep(10)
      seen = await upload(running, key, [FIELD, FILE], path)
    }
    t.equal(seen.status, 200)
    t.notOk(REPLAYED in seen.headers)
    t.equal(upstream.requests.filter(({ complete }) => complete).length, 2)
  })
})
