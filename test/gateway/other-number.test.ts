import t, { type Test } from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { type Bare, CONTACT, SALES_NUMBER, startBefore } from '../helpers/running-gateway.ts'
import { FORM_TYPE, LAST_LINE, field } from '../helpers/uploading.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'

const OTHER_NUMBER = '5511999990001'
const METRIC = 'wati_gateway_channel_key_overrides_total'
const FILE = '/channels/sales/api/ext/v3/conversations/messages/file'

/** Named operation → how often its callers were overridden. */
async function overrides(gateway: Bare): Promise<Record<string, number>> {
  const { status, headers, text } = await gateway.admin('GET', '/metrics', { claims: null })
  if (status !== 200) throw new Error(text)
  if (!/^text\/plain/.test(headers['content-type'] ?? ''))
    throw new Error('it is not the format of Prometheus')
  const lines = [...text.matchAll(new RegExp(`^${METRIC}\\{operation="([^"]+)"\\} (\\d+)$`, 'gm'))]
  return Object.fromEntries(lines.map(([, name = '', count]) => [name, Number(count)]))
}

const ways: readonly (readonly [how: string, operation: string, ask: (gateway: Bare) => Promise<Seen>])[] = [
  [
    'in every place and spelling',
    'sendSessionMessage',
    (gateway) =>
      gateway.call(
        'POST',
        `/channels/sales/api/v1/sendSessionMessage/${CONTACT}?channel=1&CHANNEL=2&channelNumber=3`,
        {
          json: { channel: OTHER_NUMBER, channel_number: '4' },
        },
      ),
  ],
  [
    'in a path',
    'GET conversations/{target}/messages',
    (gateway) =>
      gateway.call('GET', `/channels/sales/api/ext/v3/conversations/${OTHER_NUMBER}:${CONTACT}/messages`),
  ],
  [
    'in a target',
    'POST conversations/messages/text',
    (gateway) =>
      gateway.call('POST', '/channels/sales/api/ext/v3/conversations/messages/text', {
        json: { target: `${OTHER_NUMBER}:${CONTACT}` },
      }),
  ],
  [
    'three times in a form',
    'POST conversations/messages/file',
    (gateway) =>
      gateway.call('POST', FILE, {
        headers: { 'content-type': FORM_TYPE },
        body: `${field('channel', '1')}${field('channel', '2')}${field('target', `3:${CONTACT}`)}${LAST_LINE}`,
      }),
  ],
]

t.test('a caller that names another number', async (t) => {
  const upstream = await startHttpUpstream(t, (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"success":true}'),
  )
  const gateway = await startBefore(t, upstream.url)
  const lineOf = (seen: Seen) => gateway.log.lineOf(String(seen.headers['x-request-id']))

  for (const [how, operation, ask] of ways) {
    t.test(`${how} is counted once, and logged once, without the number`, async (t) => {
      const before = (await overrides(gateway))[operation] ?? 0
      const seen = await ask(gateway)
      t.equal(seen.status, 200)
      t.match(await lineOf(seen), { operation, namedOtherNumber: true, outcome: 'accepted' })
      const lines = gateway.log.lines.filter((line) => line['requestId'] === seen.headers['x-request-id'])
      t.equal(lines.filter((line) => line['namedOtherNumber'] !== undefined).length, 1, 'once')
      t.equal((await overrides(gateway))[operation], before + 1)
      t.notOk(gateway.log.text.includes(OTHER_NUMBER), 'the number is not logged')
    })
  }

  t.test('and one that names the right one, nothing or null is not', async (t) => {
    const before = await overrides(gateway)
    for (const channel of [SALES_NUMBER, `+${SALES_NUMBER}`, '', null]) {
      await isQuiet(t, gateway, { channel, target: CONTACT })
      await isQuiet(t, gateway, { target: `${SALES_NUMBER}:${CONTACT}` })
    }
    t.strictSame(await overrides(gateway), before)
  })

  t.test('is counted under the names of the table alone, and not on the data plane', async (t) => {
    const names = Object.keys(await overrides(gateway))
    t.strictSame(names.sort(), ways.map(([, operation]) => operation).sort())
    t.equal((await gateway.call('GET', '/metrics')).status, 404)
  })

  async function isQuiet(t: Test, running: Bare, json: object): Promise<void> {
    const seen = await running.call('POST', '/channels/sales/api/ext/v3/conversations/messages/text', {
      json,
    })
    t.equal(seen.status, 200)
    t.equal((await lineOf(seen))['namedOtherNumber'], undefined, JSON.stringify(json))
  }
})

t.test('with CHANNEL_KEY_CONFLICT=reject nothing is counted, because nothing is overridden', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => response.end())
  const gateway = await startBefore(t, upstream.url, { CHANNEL_KEY_CONFLICT: 'reject' })
  for (const [, , ask] of ways) t.equal((await ask(gateway)).status, 409)
  t.strictSame(await overrides(gateway), {})
})

t.test("an odd name in JSON is the caller's business, and raises no alarm", async (t) => {
  const upstream = await startHttpUpstream(t, (response) => response.end('{}'))
  const gateway = await startBefore(t, upstream.url)
  for (const name of ['channel[0]', 'channelNumber[x]', 'channel[]', 'Channel_Number[a][b]']) {
    const json = { [name]: OTHER_NUMBER, a: 1 }
    const seen = await gateway.call('POST', '/channels/sales/api/v1/sendTemplateMessage', { json })
    t.equal(seen.status, 200, name)
  }
  t.notOk(gateway.log.lines.some((line) => line['alarm'] !== undefined))
})
