import fc from 'fast-check'
import t from 'tap'
import { printLabels, readLabels } from '../../src/web/views/channels/labels.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text === text.trim())
const awkward = fc.stringMatching(/^[a=\\\n\r]{0,8}$/).filter((text) => text === text.trim())
const value = fc.oneof(text, awkward)
const key = value.filter((text) => text !== '')

t.test('labels come back from their lines as they were', async (t) => {
  const labels = fc.dictionary(key, value)
  fc.assert(
    fc.property(labels, (labels) => {
      t.same(readLabels(printLabels(labels)), { ...labels })
    }),
  )
})

t.test('people write lines as they like', async (t) => {
  t.same(readLabels('team = sales\r\n\n  city=São Paulo  \nempty='), {
    team: 'sales',
    city: 'São Paulo',
    empty: '',
  })
  t.same(readLabels('formula=a=b'), { formula: 'a=b' })
  t.same(readLabels(''), {})
  t.same(readLabels('a=1\na=2'), { a: '2' })
})

t.test('a line that is no label is told', async (t) => {
  t.equal(readLabels('a=1\nno equals sign\nb=2'), 'no equals sign')
  t.equal(readLabels('=value'), '=value')
})
