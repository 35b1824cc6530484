import t from 'tap'
import { findAll } from './planted.ts'

const value = 'wati_PLANTED"by\\a/test+0123456789<&>%41.abcdefgh'
const planted = [{ name: 'it', value }]
const isFound = (text: string): boolean =>
  findAll(planted, [{ where: 'a log', bytes: Buffer.from(text) }]).length > 0

t.test('the search for planted secrets finds them in every form', async (t) => {
  t.ok(isFound(`before ${value} after`))
  t.ok(isFound(JSON.stringify({ a: value })))
  t.ok(isFound(JSON.stringify({ a: JSON.stringify({ b: value }) })))
  t.ok(isFound(`?token=${encodeURIComponent(value)}`))
  t.ok(isFound(Buffer.from(value).toString('hex')))
  t.ok(isFound(value.slice(3, 19)), 'in pieces of 16 characters')
  for (let before = 0; before < 5; before++) {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${'x'.repeat(before)}${value} and more`).toString(encoding)
      t.ok(isFound(`a${text}b`), `${encoding}, ${before} bytes in front of it`)
    }
  }
  t.notOk(isFound('nothing of the kind, though wati_PLANTED is its beginning'))
})
