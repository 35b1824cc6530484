import { Readable } from 'node:stream'
import t from 'tap'
import { Mirror } from '../../src/explain/mirror.ts'
import { WatiCallFailed } from '../../src/wati/call-failures.ts'
import { type WatiRequest, callWati } from '../../src/wati/wati-call.ts'

const REQUEST: WatiRequest = {
  origin: 'https://live-mt-server.wati.io',
  method: 'POST',
  path: '/388428/api/v1/x?a=b',
  headers: ['accept', 'a/b', 'Authorization', 'Bearer wati_planted'],
  body: null,
}

const show = async (request: Partial<WatiRequest>): Promise<unknown> => {
  const options = { wholeLimitBytes: 1_000_000, wantsWhole: () => true }
  const { status, body } = await callWati(new Mirror(), { ...REQUEST, ...request }, options)
  t.equal(status, 200)
  return JSON.parse((body as Buffer).toString()) as unknown
}

const shown = {
  method: 'POST',
  url: 'https://live-mt-server.wati.io/388428/api/v1/x?a=b',
  headers: { accept: 'a/b', authorization: 'Bearer [secret]' },
}

t.test('a request is shown with its token masked', async (t) => {
  t.strictSame(await show({}), { ...shown, body: '' })
  t.strictSame(await show({ body: Buffer.from('é') }), { ...shown, body: 'é' })
})

t.test('a body that flows is shown whole', async (t) => {
  const body = Readable.from([Buffer.from('a'), Buffer.from('é')], { objectMode: false })
  t.strictSame(await show({ body }), { ...shown, body: 'aé' })
})

t.test('bytes that are no text are shown in base64', async (t) => {
  t.strictSame(await show({ body: Buffer.from([0xff, 0]) }), {
    ...shown,
    body: '/wA=',
    bodyEncoding: 'base64',
  })
})

t.test('a body that fails while it flows fails the call', async (t) => {
  const fault = new Error('found wrong')
  const body = new Readable({ read: () => void body.destroy(fault) })
  await t.rejects(show({ body }), { name: WatiCallFailed.name, cause: fault })
})

t.test('it can be closed and destroyed, and there is nothing to it', async () => {
  const mirror = new Mirror()
  await mirror.close()
  await mirror.destroy()
})
