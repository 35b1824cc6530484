import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { sendBytes } from '../helpers/http-client.ts'
import {
  type Running,
  WATI_TOKEN,
  adminToken,
  callerToken,
  sign,
  startRunning,
} from '../helpers/running-gateway.ts'
import { startHttpUpstream, startTcpUpstream } from '../helpers/upstream.ts'

/** Stands wherever a secret or personal text can stand. */
const MARK = 'PLANTED'
/** A recipient's number: a mark made of digits. */
const NUMBER = '5511977776666'

t.test('a request makes one line, which says', async (t) => {
  const running = await startRunning(t)
  const lineOf = async (t: Test, seen: Seen): Promise<Record<string, unknown>> => {
    const { time, durationMs, requestId, ...said } = await running.log.lineOf(
      String(seen.headers['x-request-id']),
    )
    // Where the time went: test/gateway/times.test.ts
    const rest = Object.fromEntries(Object.entries(said).filter(([name]) => !name.endsWith('Ms')))
    t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    t.type(durationMs, 'number')
    const count = running.log.lines.filter(
      (line) => line['requestId'] === requestId && line['msg'] === 'request',
    ).length
    t.equal(count, 1, 'there is one line')
    return rest
  }
  const always = { level: 'info', plane: 'data', caller: 'shop', msg: 'request' }

  t.test('what a read did', async (t) => {
    const seen = await running.call('GET', '/channels/sales/api/v1/getContacts')
    const expected = {
      alias: 'sales',
      operation: 'getContacts',
      method: 'GET',
      status: 200,
      outcome: 'accepted',
    }
    t.strictSame(await lineOf(t, seen), { ...always, ...expected })
  })
  t.test('what became of a write', async (t) => {
    await running.fault({ kind: 'session-expired' })
    const seen = await running.call(
      'POST',
      `/channels/support/api/v1/sendSessionMessage/${NUMBER}?messageText=a`,
    )
    const expected = {
      alias: 'support',
      operation: 'sendSessionMessage',
      method: 'POST',
      status: 200,
      outcome: 'refused',
    }
    t.strictSame(await lineOf(t, seen), { ...always, ...expected })
  })
  t.test('why Wati could not be asked', async (t) => {
    await running.fault({ kind: 'reset' })
    const seen = await running.call('POST', '/channels/sales/api/v1/updateChatStatus', { json: {} })
    const expected = {
      alias: 'sales',
      operation: 'updateChatStatus',
      method: 'POST',
      status: 502,
      outcome: 'unknown',
      problem: 'wati-unreachable',
    }
    t.strictSame(await lineOf(t, seen), { ...always, ...expected })
  })
  t.test('why a request was refused', async (t) => {
    const seen = await running.call('POST', '/channels/sales/api/v1/updateChatStatus', { body: 'x' })
    const expected = {
      alias: 'sales',
      operation: 'updateChatStatus',
      method: 'POST',
      status: 415,
      problem: 'unsupported-media-type',
    }
    t.strictSame(await lineOf(t, seen), { ...always, ...expected })
  })
  t.test('that an operation is unknown', async (t) => {
    const seen = await running.call('PUT', `/channels/sales/api/v1/${MARK}`)
    t.strictSame(await lineOf(t, seen), {
      ...always,
      method: 'PUT',
      status: 404,
      problem: 'unknown-operation',
    })
  })
  t.test('that nobody known asked', async (t) => {
    const seen = await running.call('GET', '/channels/sales/api/v1/getContacts', { claims: null })
    t.strictSame(await lineOf(t, seen), {
      level: 'info',
      plane: 'data',
      msg: 'request',
      operation: 'getContacts',
      method: 'GET',
      status: 401,
      problem: 'unauthenticated',
    })
  })
  t.test('the id that the caller gave', async (t) => {
    const headers = { 'x-request-id': 'order-17' }
    const seen = await running.call('GET', '/channels/sales/api/v1/getContacts', { headers })
    t.equal(seen.headers['x-request-id'], 'order-17')
    t.match(await running.log.lineOf('order-17'), { status: 200 })
  })
  t.test('a caller name as JSON, whatever is in it', async (t) => {
    const claims = { sub: 'a"\n{"level":"info"}\u2028' }
    const seen = await running.call('GET', '/channels/sales/api/v1/getContacts', { claims })
    t.equal((await lineOf(t, seen))['caller'], claims.sub)
  })
})

t.test('nothing secret or personal is logged at any level, whatever happens', async (t) => {
  const upstream = await startHttpUpstream(t, (response, request) => {
    const kind = new URL(request.url ?? '', 'http://x').searchParams.get('kind') ?? ''
    const headers = { 'x-planted': MARK, location: `https://${MARK}.example/`, 'set-cookie': MARK }
    if (kind === 'html')
      response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(`<html>${MARK}`)
    else if (kind === 'reset') request.socket.resetAndDestroy()
    else
      response
        .writeHead(Number(kind) || 200, { ...headers, 'content-type': 'application/json' })
        .end(`{"a":"${MARK}"}`)
  })
  const garbage = await startTcpUpstream(t, (socket) => socket.end(`${MARK} ${MARK}\r\n\r\n`))
  const overflowing = await startTcpUpstream(t, (socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nx: ${MARK}${'x'.repeat(50_000)}\r\n\r\n`),
  )
  const running = await startRunning(t, {
    hosts: [upstream.url, garbage.url, overflowing.url],
    settings: { BODY_LIMIT_BYTES: '2000' },
  })
  const token = `wati_${MARK}.${MARK}${MARK}`
  for (const [alias, { url }] of Object.entries({ fake: upstream, garbage, overflowing })) {
    await running.lead(alias, url)
    await running.admin('PUT', `/v1/accounts/${alias}`, { json: { tenantId: '1', baseUrl: url, token } })
  }

  await sendMarks(running)
  await confuseAdmin(running, token)
  await running.gateway.close()

  t.ok(running.log.lines.filter(({ msg }) => msg === 'request').length > 30, 'there is much to look through')
  for (const planted of [MARK, NUMBER, WATI_TOKEN, ...tokenStarts()]) {
    const line = running.log.text.split('\n').find((line) => line.includes(planted))
    t.equal(line, undefined, `${planted} is not in the log`)
  }
})

t.test('a path that is too long is not logged either', async (t) => {
  const running = await startRunning(t)
  await running.call('GET', `/channels/sales/api/v1/getMessages/${NUMBER.repeat(60)}`)
  await running.admin('GET', `/v1/accounts/${MARK.repeat(100)}`)
  for (const planted of [MARK, NUMBER]) t.notOk(running.log.text.includes(planted), planted)
})

t.test('a write whose caller has left is logged with what became of it', async (t) => {
  let answer: () => void = () => undefined
  let arrived: () => void
  const asked = new Promise<void>((resolve) => (arrived = resolve))
  const upstream = await startHttpUpstream(t, (response) => {
    answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
    arrived()
  })
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('fake', upstream.url)
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  const head = [
    'POST /channels/fake/api/v1/updateChatStatus HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${callerToken({ channels: ['fake'] })}`,
  ]
  socket.write(
    [...head, 'X-Request-Id: left', 'Content-Type: application/json', 'Content-Length: 2', '', '{}'].join(
      '\r\n',
    ),
  )
  await asked
  socket.destroy()
  await new Promise((resolve) => socket.once('close', resolve))
  answer()
  const line = await running.log.lineOf('left')
  t.match(line, { alias: 'fake', operation: 'updateChatStatus', outcome: 'accepted' })
})

t.test('a caller that hangs up inside its body is no failure of the gateway', async (t) => {
  const running = await startRunning(t)
  const { hostname, port } = new URL(running.gateway.dataUrl)
  const socket = connect(Number(port), hostname)
  const head = [
    'POST /channels/sales/api/v1/updateChatStatus HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${callerToken()}`,
  ]
  const lines = [
    'X-Request-Id: half',
    'Content-Type: application/json',
    'Content-Length: 9',
    'Expect: 100-continue',
    '',
    '',
  ]
  socket.write([...head, ...lines].join('\r\n'))
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write('{"a"')
  socket.destroy()
  const line = await running.log.lineOf('half')
  t.ok(Number(line['status']) < 500, `it is logged with ${String(line['status'])}`)
  t.not(line['problem'], 'internal-error')
  t.strictSame(running.sandbox.requests(), [], 'nothing reached Wati')
  t.strictSame(
    running.log.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

/** Puts the mark everywhere a caller can write, in requests that pass and in requests that fail. */
async function sendMarks(running: Running): Promise<void> {
  const headers = {
    cookie: MARK,
    'x-planted': MARK,
    'user-agent': MARK,
    referer: MARK,
    'x-request-id': `${MARK} ${MARK}`,
  }
  const claims = { channels: ['*'], planted: MARK, jti: MARK }
  const query = `messageText=${MARK}&channelNumber=${MARK}`
  const json = { 'content-type': 'application/json' }
  for (const alias of ['sales', 'fake', 'garbage', 'overflowing', 'missing']) {
    for (const kind of alias === 'fake'
      ? ['200', '302', '401', '404', '429', '500', 'html', 'reset']
      : ['']) {
      const front = `/channels/${alias}/api/v1`
      const ask = async (method: string, path: string, more: object = {}): Promise<Seen> =>
        await running.call(method, `${front}${path}?kind=${kind}&${query}`, { claims, headers, ...more })
      await ask('GET', `/getMessages/${NUMBER}`)
      await ask('POST', `/sendSessionMessage/${NUMBER}`)
      await ask('POST', `/sendTemplateMessage`, {
        headers: { ...headers, ...json },
        body: `{"a":"${MARK}","channel":"${MARK}"}`,
      })
      await ask('POST', `/sendTemplateMessage`, { headers: { ...headers, ...json }, body: `{"a":${MARK}` })
      await ask('POST', `/sendTemplateMessage`, { headers: { ...headers, ...json }, body: MARK.repeat(1000) })
      await ask('POST', `/sendTemplateMessage`, {
        headers: { ...headers, 'content-type': `text/${MARK}` },
        body: MARK,
      })
    }
  }
  const { dataUrl } = running.gateway
  const call = async (method: string, path: string, more: object = {}): Promise<Seen> =>
    await running.call(method, path, { claims, headers, ...more })
  await call('GET', `/channels/sales/api/v1/${MARK}/${NUMBER}?${query}`)
  await call('PUT', `/channels/sales/api/v1/getMessages/${NUMBER}?${query}`)
  await call('GET', `/channels/sales/api/v1/getMessages/${NUMBER}%zz?${query}`)
  await call('GET', `/channels/sales/api/v1/getMessages/${NUMBER}%2F?${query}`)
  await call('GET', `/channels/${MARK}/api/v1/getMessages/${NUMBER}?${query}`, { claims: {} })
  await call('GET', `/${MARK}?${query}`)
  for (const authorization of [
    MARK,
    `Bearer ${MARK}`,
    `Bearer ${MARK}.${MARK}.${MARK}`,
    `Basic ${MARK}`,
    `Bearer ${sign({ planted: MARK }, MARK.repeat(9))}`,
  ]) {
    await call('GET', '/channels/sales/api/v1/getContacts', { claims: null, headers: { authorization } })
  }
  await sendBytes(dataUrl, `${MARK} ${NUMBER}\r\n\r\n`)
  await sendBytes(dataUrl, `GET /${MARK} HTTP/1.1\r\nHost: x\r\nx: ${MARK.repeat(5000)}\r\n\r\n`)
}

async function confuseAdmin(running: Running, token: string): Promise<void> {
  const json = { 'content-type': 'application/json' }
  const bodies = [
    `{"token":"${token}"}`,
    `{"token":"${token}","tenantId":"${MARK}","baseUrl":"https://${MARK}.example"}`,
    `{"token":"${token}","tenantId":"1","baseUrl":"https://${MARK}.example"}`,
    `{"token":${token}}`,
    `{"${token}":1}`,
    token,
    token.repeat(100),
  ]
  for (const body of bodies) {
    await running.admin('PUT', '/v1/accounts/planted', { headers: { ...json, 'if-match': MARK }, body })
    await running.admin('PUT', '/v1/channels/planted', { headers: json, body })
  }
  await running.admin('GET', `/v1/accounts/${MARK}?cursor=${MARK}`)
  await running.admin('GET', `/v1/accounts?limit=${MARK}`)
  await running.admin('GET', `/v1/${'x'.repeat(600)}${MARK}`)
}

/** How every token of a caller begins: none of it is ever written. */
function tokenStarts(): string[] {
  return [callerToken(), adminToken()].map((token) => token.slice(0, 20))
}
