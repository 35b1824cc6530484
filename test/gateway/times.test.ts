import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { LogLine } from '../helpers/captured-log.ts'
import type { Seen } from '../helpers/http-client.ts'
import { type Bare, TENANT, WATI_TOKEN, startBefore } from '../helpers/running-gateway.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'

/** Where the time of a request went, as the log and `Server-Timing` say it. */

const JSON_TYPE = { 'content-type': 'application/json' }

async function lineOf({ log }: Bare, { headers }: Seen): Promise<LogLine> {
  return await log.lineOf(String(headers['x-request-id']))
}

function timing(t: Test, { headers }: Seen): Record<string, number> {
  const said = String(headers['server-timing'])
  t.match(said, /^wait;dur=\d+(?:\.\d)?, wati;dur=\d+(?:\.\d)?, gateway;dur=\d+(?:\.\d)?$/)
  return Object.fromEntries(
    said.split(', ').map((metric) => {
      const [name = '', ms] = metric.split(';dur=')
      return [name, Number(ms)]
    }),
  )
}

t.test('a request says where its time went', async (t) => {
  const upstream = await startHttpUpstream(t, (response, request) => {
    void (async () => {
      await sleep(100)
      if (request.url?.includes('getMedia')) {
        response.writeHead(200, { 'content-type': 'image/png' }).write('a')
        await sleep(200)
        response.end('b')
      } else response.writeHead(200, JSON_TYPE).end('{}')
    })()
  })
  const bare = await startBefore(t, upstream.url)
  const { call, admin } = bare

  t.test('at Wati: to the first byte, and whole', async (t) => {
    const seen = await call('GET', '/channels/sales/api/v1/getContacts')
    const line = await lineOf(bare, seen)
    const { waitMs, firstByteMs, watiMs, gatewayMs, durationMs } = line as Record<string, number>
    t.ok(firstByteMs! >= 99, `first byte ${firstByteMs}`)
    t.ok(watiMs! >= firstByteMs!)
    t.ok(waitMs! < 50)
    t.ok(Math.abs(durationMs! - waitMs! - watiMs! - gatewayMs!) < 1, 'together they are the whole')
    t.ok(timing(t, seen)['wati']! >= 99)
  })

  t.test('an answer that flows is at Wati until it is whole', async (t) => {
    const seen = await call('GET', '/channels/sales/api/v1/getMedia?fileName=a')
    const { firstByteMs, watiMs } = (await lineOf(bare, seen)) as Record<string, number>
    t.ok(watiMs! >= firstByteMs! + 150, `first byte ${firstByteMs}, whole ${watiMs}`)
    t.ok(timing(t, seen)['wati']! < watiMs! - 100, 'Server-Timing leaves with the first byte')
  })

  t.test('the wait for its turn', async (t) => {
    const limits = { getContacts: { max: 1, windowSeconds: 1 } }
    const account = { tenantId: TENANT, baseUrl: upstream.url, token: WATI_TOKEN, limits }
    await admin('PUT', '/v1/accounts/acme', { json: account })
    await call('GET', '/channels/sales/api/v1/getContacts')
    const seen = await call('GET', '/channels/sales/api/v1/getContacts')
    const { waitMs, gatewayMs } = (await lineOf(bare, seen)) as Record<string, number>
    t.ok(waitMs! > 500, `waited ${waitMs}`)
    t.ok(gatewayMs! < 500, 'which the gateway did not take itself')
    t.ok(timing(t, seen)['wait']! > 500)
    const refused = await call('GET', '/channels/sales/api/v1/getContacts', { headers: { prefer: 'wait=0' } })
    t.equal(refused.status, 429)
    t.equal(timing(t, refused)['wati'], 0)
    t.notOk('watiMs' in (await lineOf(bare, refused)), 'it never was at Wati')
  })

  t.test('no Server-Timing under a key: what is kept is the same each time', async (t) => {
    const sent = { json: {}, headers: { 'idempotency-key': 'k1' } }
    const seen = await call('POST', '/channels/sales/api/v1/updateChatStatus', sent)
    t.equal(seen.status, 200)
    t.notOk('server-timing' in seen.headers)
    t.ok(Number((await lineOf(bare, seen))['watiMs']) > 0, 'the log says it all the same')
  })

  t.test('nothing of it to whoever may not use the channel', async (t) => {
    for (const claims of [null, { channels: ['other'] }]) {
      const seen = await call('GET', '/channels/sales/api/v1/getContacts', { claims })
      t.notOk('server-timing' in seen.headers)
    }
  })
})
