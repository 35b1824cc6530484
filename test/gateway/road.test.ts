import t from 'tap'
import { sendBytes } from '../helpers/http-client.ts'
import {
  CONTACT,
  type Running,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  callerToken,
  startRunning,
} from '../helpers/running-gateway.ts'

const JSON_TYPES = ['application/json', 'application/json-patch+json', 'text/json', 'application/*+json']
const FORM = 'application/x-www-form-urlencoded'
const WRONG = '5511999990001'

t.test('the road', async (t) => {
  const running = await startRunning(t)

  t.test('the bytes of a JSON body stay as they were but for the channel key', async (t) => {
    const rest =
      ' "big":12345678901234567890123, "f" : 1.0,"e":1e400,\r\n"dup":1,"dup":2,"s":"\\u00e9\\/é😀","n":{"channel":"1"} '
    const path = '/channels/sales/api/v1/sendTemplateMessage'
    const [seen] = await running.reachedDuring(() =>
      post(running, path, 'application/json', `{"channelNumber":"${WRONG}",${rest}}`),
    )
    const bytes = Buffer.from(seen!.bodyBase64, 'base64')
    t.ok(bytes.includes(Buffer.from(rest)), 'everything else is there, byte for byte')
    t.equal(
      bytes.length,
      Buffer.byteLength(rest) +
        `{"channelNumber":"${SALES_NUMBER}","channel_number":"${SALES_NUMBER}",}`.length,
      'and nothing more',
    )
  })

  t.test('a body without channel key is not touched at all', async (t) => {
    const body = '{ "customParams" : [{"name":"age","value":1.0}],"big":12345678901234567890123 }\n'
    const [seen] = await running.reachedDuring(() =>
      post(running, `/channels/sales/api/v1/addContact/${CONTACT}`, 'application/json', body),
    )
    t.equal(seen?.body, body)
  })

  t.test('an escaped spelling of the channel key is still one', async (t) => {
    const body = `{"\\u0063hannel_number":"${WRONG}","CHANNELPHONENUMBER":"${WRONG}","a":1}`
    const [seen] = await running.reachedDuring(() =>
      post(running, '/channels/sales/api/v1/updateChatStatus', 'application/json', body),
    )
    t.strictSame(JSON.parse(seen!.body), { channelPhoneNumber: SALES_NUMBER, a: 1 })
  })

  t.test('a query keeps its order and its bytes', async (t) => {
    const query = 'b=2&a=%e2%82%ac+x&channel%50honeNumber=1&=&a=1&&channelphonenumber=2&q=%zz;c'
    const [seen] = await running.reachedDuring(() =>
      running.call('GET', `/channels/sales/api/v1/getMessages/${CONTACT}?${query}`),
    )
    const [, sent = ''] = seen!.url.split('?')
    t.strictSame(
      sent.split('&').filter((pair) => !pair.startsWith('channelPhoneNumber=')),
      ['b=2', 'a=%e2%82%ac+x', '=', 'a=1', '', 'q=%zz;c'],
    )
  })

  for (const type of JSON_TYPES) {
    t.test(`${type} is JSON, and keeps its name`, async (t) => {
      const contentType = `${type}; charset=UTF-8`
      const [seen] = await running.reachedDuring(() =>
        post(running, '/channels/sales/api/v1/updateChatStatus', contentType, '{"a":1}'),
      )
      t.equal(seen?.headers['content-type'], `${type}; charset=utf-8`)
      t.strictSame(JSON.parse(seen!.body), { channelPhoneNumber: SALES_NUMBER, a: 1 })
    })
  }

  for (const type of [...JSON_TYPES, FORM, undefined]) {
    t.test(
      `a session message as a query passes with an empty body called ${type ?? 'nothing'}`,
      async (t) => {
        const path = `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`
        const headers = type === undefined ? {} : { 'content-type': type }
        for (const options of [{ headers }, { headers, body: '' }, { headers, body: '', chunked: true }]) {
          const reached = await running.reachedDuring(async () =>
            t.equal((await running.call('POST', path, options)).status, 200),
          )
          t.match(reached, [
            {
              url: `/388428/api/v1/sendSessionMessage/${CONTACT}?messageText=hi&channelPhoneNumber=${SALES_NUMBER}`,
              body: '',
            },
          ])
        }
      },
    )
  }

  t.test('a number in the path passes as it was written', async (t) => {
    for (const number of ['%2B55%2011988887777', '+5511988887777', 'US.123', '55119~_-8888']) {
      const [seen] = await running.reachedDuring(() =>
        running.call('GET', `/channels/sales/api/v1/getMessages/${number}`),
      )
      t.equal(seen?.url, `/388428/api/v1/getMessages/${number}?channelPhoneNumber=${SALES_NUMBER}`)
    }
  })

  t.test("whatever tenant the caller names, the account's is sent", async (t) => {
    for (const front of [
      '/channels/sales',
      '/channels/sales/388428',
      '/channels/sales/1',
      '/channels/sales/00000000000000000000000',
    ]) {
      const [seen] = await running.reachedDuring(() =>
        running.call('GET', `${front}/api/v1/getContacts?pageSize=2`),
      )
      t.equal(seen?.url, '/388428/api/v1/getContacts?pageSize=2', front)
    }
  })

  t.test('at the bare root the channel is that of the token', async (t) => {
    const tokens = [
      { channel: 'sales', channels: undefined },
      { channel: 'sales', channels: ['support', 'sales'] },
      { channel: 'sales', channels: ['sal*'] },
    ]
    for (const claims of tokens) {
      for (const front of ['', '/388428', '/1']) {
        const [seen] = await running.reachedDuring(() =>
          running.call('GET', `${front}/api/v1/getMessages/${CONTACT}`, { claims }),
        )
        t.equal(seen?.url, `/388428/api/v1/getMessages/${CONTACT}?channelPhoneNumber=${SALES_NUMBER}`, front)
      }
    }
  })

  t.test('a channel claim does not move a request that names its channel', async (t) => {
    const claims = { channel: 'sales', channels: ['sales', 'support'] }
    const [seen] = await running.reachedDuring(() =>
      running.call('GET', `/channels/support/api/v1/getMessages/${CONTACT}`, { claims }),
    )
    t.match(seen?.url, new RegExp(`channelPhoneNumber=${SUPPORT_NUMBER}$`))
  })

  for (const channels of [['*'], ['sal*'], ['s*', 'x'], [1, null, 'sales']]) {
    t.test(`a token with the channels ${JSON.stringify(channels)} may use sales`, async (t) => {
      t.equal(
        (await running.call('GET', '/channels/sales/api/v1/getContacts', { claims: { channels } })).status,
        200,
      )
    })
  }

  t.test('exactly one hundred header lines pass', async (t) => {
    const lines = Array.from({ length: 97 }, (_, at) => `x-${at}: 1`)
    const fixed = ['Host: x', `Authorization: Bearer ${callerToken()}`, 'Connection: close']
    const head = ['GET /channels/sales/api/v1/getContacts HTTP/1.1', ...fixed, ...lines, '', '']
    t.equal((await sendBytes(running.gateway.dataUrl, head.join('\r\n'))).status, 200)
  })

  t.test('a body that comes byte by byte arrives whole', async (t) => {
    const body = '{"a":"é"}'
    const chunks = [...Buffer.from(body)].map((byte) =>
      Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
    )
    const head = `POST /channels/sales/api/v1/addContact/${CONTACT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${callerToken()}\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const bytes = Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')])
    const [seen] = await running.reachedDuring(() => sendBytes(running.gateway.dataUrl, bytes))
    t.equal(seen?.body, body)
  })

  t.test('requests on one connection do not mix', async (t) => {
    const one = (path: string, last = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${callerToken()}\r\n${last}\r\n`
    const bytes =
      one('/channels/sales/api/v1/getMessages/5511900000001') +
      one('/channels/support/api/v1/getMessages/5511900000002', 'Connection: close\r\n')
    const reached = await running.reachedDuring(() => sendBytes(running.gateway.dataUrl, bytes))
    t.strictSame(reached.map(({ url }) => url).sort(), [
      `/388428/api/v1/getMessages/5511900000001?channelPhoneNumber=${SALES_NUMBER}`,
      `/388428/api/v1/getMessages/5511900000002?channelPhoneNumber=${SUPPORT_NUMBER}`,
    ])
  })

  t.test('fifty requests at a time each carry their own number', async (t) => {
    const reached = await running.reachedDuring(() =>
      Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const alias = at % 2 === 0 ? 'sales' : 'support'
          await post(
            running,
            `/channels/${alias}/api/v1/updateChatStatus`,
            'application/json',
            JSON.stringify({ alias, at }),
          )
        }),
      ),
    )
    t.equal(reached.length, 50)
    for (const { body } of reached) {
      const { alias, channelPhoneNumber } = JSON.parse(body) as Record<string, string>
      t.equal(channelPhoneNumber, alias === 'sales' ? SALES_NUMBER : SUPPORT_NUMBER)
    }
  })

  t.test('no message went out from the default number by accident', async (t) => {
    t.strictSame(
      running.sandbox.messages().filter(({ fromDefault }) => fromDefault),
      [],
    )
  })
})

t.test('with CHANNEL_KEY_CONFLICT=reject', async (t) => {
  const running = await startRunning(t, { settings: { CHANNEL_KEY_CONFLICT: 'reject' } })
  const path = '/channels/sales/api/v1/updateChatStatus'

  for (const claim of [null, '', SALES_NUMBER, '+852 6431-8722', Number(SALES_NUMBER)]) {
    t.test(`a body that says ${JSON.stringify(claim)} passes`, async (t) => {
      const [seen] = await running.reachedDuring(() =>
        post(running, path, 'application/json', JSON.stringify({ channel: claim, a: 1 })),
      )
      t.strictSame(JSON.parse(seen!.body), { channelPhoneNumber: SALES_NUMBER, a: 1 })
    })
  }

  for (const claim of ['', SALES_NUMBER, '%2B852+6431-8722', '%2b852%206431%208722']) {
    t.test(`a query that says "${claim}" passes`, async (t) => {
      const [seen] = await running.reachedDuring(() =>
        running.call('GET', `/channels/sales/api/v1/getMessages/${CONTACT}?channelNumber=${claim}`),
      )
      t.equal(seen?.url, `/388428/api/v1/getMessages/${CONTACT}?channelPhoneNumber=${SALES_NUMBER}`)
    })
  }
})

async function post(running: Running, path: string, contentType: string, body: string) {
  return await running.call('POST', path, { headers: { 'content-type': contentType }, body })
}
