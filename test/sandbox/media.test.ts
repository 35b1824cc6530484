import { inflateSync } from 'node:zlib'
import t from 'tap'
import { CONTACT, startClient, type Client, type Seen } from './client.ts'

const FILES = [
  { type: 'image/png', name: 'a.png' },
  { type: 'text/html', name: 'page.html' },
  { type: 'application/pdf', name: 'Fatura de março "1".pdf' },
  { type: 'odd', name: 'x' },
]

/** Sends a file in v1 and gives the message of the answer. */
async function sendFile({ call }: Client, name: string, type: string) {
  const form = new FormData()
  form.set('file', new Blob([name], { type }), name)
  const { body } = await call('POST', `/api/v1/sendSessionFile/${CONTACT}`, { body: form })
  return body['message'] as { id: string; data: string }
}

const getMedia = ({ call }: Client, fileName: string): Promise<Seen> =>
  call('GET', `/api/v1/getMedia?fileName=${encodeURIComponent(fileName)}`)

for (const { type, name } of FILES) {
  t.test(`a sent file of type ${type} is served under its type, always with the same bytes`, async (t) => {
    const client = await startClient(t)
    const { id, data } = await sendFile(client, name, type)
    const inV1 = await getMedia(client, data)
    const inV3 = await client.v3('GET', `/conversations/messages/file/${id}`)
    for (const { status, headers, bytes } of [inV1, inV3]) {
      t.equal(status, 200)
      const known = type === 'odd' ? 'application/octet-stream' : type
      t.equal(headers.get('content-type'), known)
      t.match(headers.get('content-disposition'), /^attachment; filename="[ -~]+"$/)
      t.ok(bytes.length >= 32)
      t.same(bytes, inV1.bytes)
    }
    const other = await getMedia(client, (await sendFile(client, `other ${name}`, type)).data)
    t.notSame(other.bytes, inV1.bytes)
  })
}

t.test('a picture and an HTML document are there from the start', async (t) => {
  const client = await startClient(t)
  const png = await getMedia(client, 'sandbox.png')
  t.equal(png.headers.get('content-type'), 'image/png')
  t.equal(png.bytes.toString('latin1', 1, 4), 'PNG')
  const idat = png.bytes.indexOf('IDAT')
  t.equal(inflateSync(png.bytes.subarray(idat + 4)).length, 4 * (1 + 8), 'four rows of eight pixels')
  t.same((await client.v3('GET', `/conversations/messages/file/${'1'.padStart(24, '0')}`)).bytes, png.bytes)

  const html = await getMedia(client, 'sandbox.html')
  t.equal(html.headers.get('content-type'), 'text/html')
  t.match(html.text, /^<!DOCTYPE html>/)
  t.same((await client.v3('GET', `/conversations/messages/file/${'2'.padStart(24, '0')}`)).text, html.text)
})

t.test('a file that nobody sent is a 404, in v3 with code and message', async (t) => {
  const client = await startClient(t)
  t.match(await getMedia(client, 'data/media/x'), { status: 404, text: '' })
  t.match(await client.v3('GET', '/conversations/messages/file/x'), { status: 404, body: { code: 404 } })
  t.equal((await client.call('GET', '/api/v1/getMedia')).status, 400, 'no name at all')
})

t.test('half a file can be sent, as half of anything', async (t) => {
  const client = await startClient(t)
  await client.fault({ kind: 'truncate', operation: 'getMedia' })
  await t.rejects(getMedia(client, 'sandbox.png'))
})

t.test('a file keeps its type where JSON is called text/plain', async (t) => {
  const client = await startClient(t, { plainText: true })
  t.equal((await getMedia(client, 'sandbox.png')).headers.get('content-type'), 'image/png')
  const list = await client.v3('GET', '/contacts')
  t.equal(list.headers.get('content-type'), 'text/plain; charset=utf-8')
})
