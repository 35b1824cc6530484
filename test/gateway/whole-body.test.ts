import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { Refusal } from '../../src/errors.ts'
import { takeWhole } from '../../src/gateway/whole-body.ts'

const LIMIT = 10

t.test('a body is taken whole, in one piece, in several or in none, up to the limit', async (t) => {
  for (const pieces of [['{"a":1}'], ['{"a"', ':1}'], Array.from('0123456789'), []]) {
    const stream = new PassThrough()
    const taken = takeWhole(stream, LIMIT)
    for (const piece of pieces) stream.write(piece)
    stream.end()
    t.equal((await taken).toString(), pieces.join(''))
  }
})

t.test('a body that came before anybody asked is taken as well', async (t) => {
  const stream = new PassThrough()
  stream.end('{"a":1}')
  t.equal((await takeWhole(stream, LIMIT)).toString(), '{"a":1}')
})

t.test('a body over the limit is refused at once, and its rest dropped as it comes', async (t) => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const taken = takeWhole(stream, LIMIT)
  stream.write('01234567890')
  await t.rejects(taken, { name: 'Refusal', problem: 'body-too-large' })
  stream.end('x'.repeat(1_000))
  await once(stream, 'end')
})

t.test('a body that breaks off is refused:', async (t) => {
  const broken = { message: 'The body broke off before it was complete.', problem: 'malformed-request' }
  t.test('with an error', async (t) => {
    const stream = new PassThrough()
    const taken = takeWhole(stream, LIMIT)
    stream.write('{"a"')
    stream.destroy(new Error('hung up'))
    await t.rejects(taken, { ...broken, cause: { message: 'hung up' } })
  })
  t.test('without one', async (t) => {
    const stream = new PassThrough()
    const taken = takeWhole(stream, LIMIT)
    stream.destroy()
    await t.rejects(taken, broken)
  })
  t.test('before anybody asked for it', async (t) => {
    const stream = new PassThrough()
    stream.write('{"a":1}')
    stream.destroy()
    await once(stream, 'close')
    const refused: unknown = await takeWhole(stream, LIMIT).catch((error: unknown) => error)
    t.type(refused, Refusal)
    t.match(refused, broken)
  })
})
