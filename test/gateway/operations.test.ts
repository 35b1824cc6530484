import t, { type Test } from 'tap'
import { type Body, ROWS, type Row, callOf } from '../helpers/wati-table.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  type Bare,
  type Claims,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  WATI_TOKEN,
  startBefore,
} from '../helpers/running-gateway.ts'
import { type HttpUpstream, startHttpUpstream } from '../helpers/upstream.ts'
import { BOUNDARY, FORM_TYPE, LAST_LINE, boundaryOf, field, partHead } from '../helpers/uploading.ts'

/** Every spelling a caller may try, in the places and forms where it may try it. */
const SPELLINGS = [
  'channelNumber',
  'channel_number',
  'channelPhoneNumber',
  'channel',
  'CHANNEL-NUMBER',
  'Channel_Phone_Number',
]
const WRONG = '5511999990001'
const RECIPIENT = '5511988887777'
const TYPES: Readonly<Record<Exclude<Body, 'none'>, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  multipart: FORM_TYPE,
}
const FILE = `${partHead('file', 'a.bin')}\0\r\n--\u00ff\r\n`

const PAIRS = SPELLINGS.map((name) => `${name}=${WRONG}`).join('&')
const members = (value: string | null): string =>
  SPELLINGS.map((name) => `"${name}":${JSON.stringify(value)}`).join(',')

/** A body with every spelling in front and behind, and a target; `target` as the caller writes it. */
function sentBody(type: Body, target: string): string {
  switch (type) {
    case 'none':
      return ''
    case 'json':
      return `{${members(WRONG)}, "target" : "${target}","contacts":[ {"target":"${target}"} ],"recipients":[{"target":"${target}"}],"keep":[1.0],${members(null)}}`
    case 'form':
      return `${PAIRS}&messageText=a+b&${PAIRS}`
    case 'multipart': {
      const keys = SPELLINGS.map((name) => field(`${name}[]`, WRONG)).join('')
      return `${keys}${field('caption', 'oi')}${FILE}${keys}${field('target', target)}${LAST_LINE}`
    }
  }
}

interface Targets {
  readonly body: string
  readonly contacts: string
  readonly recipients: string
}

function wantedBody(type: Body, keys: readonly string[], number: string, targets: Targets): string {
  switch (type) {
    case 'none':
      return ''
    case 'json': {
      const written = keys.map((key) => `"${key}":"${number}"`)
      const body = ` "target" : "${targets.body}"`
      const arrays = `"contacts":[ {"target":"${targets.contacts}"} ],"recipients":[{"target":"${targets.recipients}"}]`
      return `{${[...written, body, arrays, '"keep":[1.0]'].join(',')}}`
    }
    case 'form':
      return ['messageText=a+b', ...keys.map((key) => `${key}=${number}`)].join('&')
    case 'multipart': {
      const wanted = keys.map((key) => field(key, number)).join('')
      return `${wanted}${field('caption', 'oi')}${FILE}${field('target', targets.body)}${LAST_LINE}`
    }
  }
}

t.test('every operation, over real connections', async (t) => {
  const upstream = await startHttpUpstream(t, (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}'),
  )
  const gateway = await startBefore(t, upstream.url)

  for (const row of ROWS) {
    for (const body of row.bodies) {
      t.test(`${row.endpoint} with ${body} carries the channel's number and no other`, async (t) => {
        await carries(t, gateway, upstream, row, body, { front: '/channels/sales', number: SALES_NUMBER })
        await carries(t, gateway, upstream, row, body, { front: '/channels/support', number: SUPPORT_NUMBER })
        await carries(t, gateway, upstream, row, body, { front: '/channels/sales/1', number: SALES_NUMBER })
      })
    }

    t.test(`${row.endpoint} at the bare root goes where the token's channel leads`, async (t) => {
      for (const front of ['', `/${TENANT}`, '/1']) {
        for (const claims of [
          { channel: 'sales', channels: undefined },
          { channel: 'sales', channels: ['support', 'sal*'] },
        ]) {
          await carries(t, gateway, upstream, row, row.bodies[0] ?? 'none', {
            front,
            number: SALES_NUMBER,
            claims,
          })
        }
      }
    })

    t.test(`${row.endpoint} at the bare root is 403 without a channel in the token`, async (t) => {
      const { method, path } = callOf(row, RECIPIENT)
      for (const front of ['', `/${TENANT}`]) {
        const seen = await gateway.call(method, `${front}${path}`, { claims: { channels: ['*'] } })
        isProblem(t, seen, 403, 'channel-forbidden')
      }
    })

    t.test(`${row.endpoint} needs the scope ${row.scope} and no other`, async (t) => {
      const { method, path } = callOf(row, RECIPIENT)
      const others = [...new Set(ROWS.map(({ scope }) => scope))].filter((scope) => scope !== row.scope)
      const claims = { scope: `${others.join(' ')} admin:read admin:write` }
      isProblem(t, await gateway.call(method, `/channels/sales${path}`, { claims }), 403, 'scope-missing')
      await carries(t, gateway, upstream, row, row.bodies[0] ?? 'none', {
        front: '/channels/sales',
        number: SALES_NUMBER,
        claims: { scope: row.scope },
      })
    })

    t.test(`${row.endpoint} has no other method`, async (t) => {
      const { method, path } = callOf(row, RECIPIENT)
      const there = ROWS.map((other) => callOf(other, RECIPIENT))
        .filter((other) => other.path === path)
        .map((other) => other.method)
      for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
        (one) => !there.includes(one),
      )) {
        const seen = await gateway.call(other, `/channels/sales${path}`)
        if (isElsewhere(other, path)) continue
        isProblem(t, seen, 405, 'method-not-allowed')
        t.match(seen.headers.allow, method)
      }
    })
  }

  t.test('each body that an operation does not take is refused, and nothing reaches Wati', async (t) => {
    const count = upstream.requests.length
    for (const row of ROWS) {
      const { method, path } = callOf(row, RECIPIENT)
      for (const type of ['json', 'form', 'multipart'] as const) {
        if (row.bodies.includes(type)) continue
        const options = { headers: { 'content-type': TYPES[type] }, body: sentBody(type, RECIPIENT) }
        const seen = await gateway.call(method, `/channels/sales${path}`, options)
        isProblem(t, seen, 415, 'unsupported-media-type')
      }
      if (row.bodies.includes('none')) continue
      isProblem(t, await gateway.call(method, `/channels/sales${path}`), 400, 'malformed-request')
    }
    t.equal(upstream.requests.length, count)
  })

  t.test('the header that reaches Wati holds its token and nothing of the caller', async (t) => {
    const headers = {
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
      'x-channel': WRONG,
      accept: 'application/json',
    }
    await gateway.call('GET', '/channels/sales/api/ext/v3/contacts', { headers })
    const { rawHeaders } = upstream.requests.at(-1)!
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
    t.strictSame(names.sort(), [
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'host',
      'user-agent',
    ])
    t.ok(rawHeaders.includes(`Bearer ${WATI_TOKEN}`))
    t.ok(rawHeaders.includes('identity'))
  })
})

t.test(
  'with CHANNEL_KEY_CONFLICT=reject every operation refuses another number, also where Wati would not look',
  async (t) => {
    const upstream = await startHttpUpstream(t, (response) => response.end())
    const gateway = await startBefore(t, upstream.url, { CHANNEL_KEY_CONFLICT: 'reject' })
    for (const row of ROWS) {
      const { method, path } = callOf(row, RECIPIENT)
      const body = row.bodies[0] ?? 'none'
      const headers = body === 'none' ? {} : { 'content-type': TYPES[body] }
      const ask = {
        headers,
        body:
          body === 'json'
            ? `{"target":"${RECIPIENT}"}`
            : body === 'none'
              ? ''
              : `${field('target', RECIPIENT)}${LAST_LINE}`,
      }
      const seen = await gateway.call(method, `/channels/sales${path}?a=1&CHANNEL[]=${WRONG}`, ask)
      isProblem(t, seen, 409, 'channel-key-conflict')
      if (!row.endpoint.includes('{target}')) continue
      const target = callOf(row, `${WRONG}%3A${RECIPIENT}`)
      isProblem(
        t,
        await gateway.call(method, `/channels/sales${target.path}`, ask),
        409,
        'channel-key-conflict',
      )
    }
    t.strictSame(upstream.requests, [], 'nothing reached Wati')
  },
)

interface Way {
  readonly front: string
  readonly number: string
  readonly claims?: Claims
}

/** Sends every spelling of the channel key everywhere, and looks at what is left of them. */
async function carries(
  t: Test,
  gateway: Bare,
  upstream: HttpUpstream,
  row: Row,
  body: Body,
  { front, number, claims = {} }: Way,
): Promise<void> {
  const [place, rule] = row.target?.split(' ') ?? []
  for (const target of [RECIPIENT, `${WRONG}:${RECIPIENT}`]) {
    const becomes = (at: string): string =>
      place === at && (rule === 'set' || target.includes(':')) ? `${number}:${RECIPIENT}` : target
    const parameter = row.endpoint.includes('{target}') ? target : RECIPIENT
    const { method, path } = callOf(row, parameter)
    const count = upstream.requests.length
    const seen = await gateway.call(method, `${front}${path}?${PAIRS}&keep=1&${PAIRS}`, {
      claims,
      ...(body !== 'none' && { headers: { 'content-type': TYPES[body] } }),
      ...(body !== 'none' && { body: Buffer.from(sentBody(body, target), 'latin1') }),
    })
    t.equal(seen.status, 200, seen.text)
    t.equal(upstream.requests.length, count + 1, 'one request went out')
    const { url, body: bytes, method: used, rawHeaders } = upstream.requests.at(-1)!
    const wanted = callOf(row, row.endpoint.includes('{target}') ? becomes('path') : RECIPIENT)
    const query = ['keep=1', ...row.queryKeys.map((key) => `${key}=${number}`)].join('&')
    t.equal(used, method)
    t.equal(url, `${wanted.hasTenant ? `/${TENANT}` : ''}${wanted.path}?${query}`)
    const elements = { contacts: becomes('contacts'), recipients: becomes('recipients') }
    // Beside an array of targets one of the body's own would be another way in.
    const inArray = place === 'contacts' || place === 'recipients'
    const targets = { body: becomes(inArray ? place : 'body'), ...elements }
    const divider = boundaryOf(rawHeaders.find((value) => value.startsWith('multipart/')) ?? '')
    const left = bytes.toString('latin1')
    t.equal(
      body === 'multipart' ? left.replaceAll(divider, BOUNDARY) : left,
      wantedBody(body, row.bodyKeys, number, targets),
    )
  }
}

/** `GET messageTemplates/send` asks for the template called "send": the path is that of another operation. */
function isElsewhere(method: string, path: string): boolean {
  return ROWS.some(({ endpoint }) => {
    const [other = '', template = ''] = endpoint.split(' ')
    const pattern = new RegExp(`^${template.replace(/\{\w+\}/, '[^/]+')}$`)
    return other === method && pattern.test(path)
  })
}
