import fc from 'fast-check'
import t from 'tap'
import { Records } from '../../src/directory/records.ts'
import { SortedNames } from '../../src/directory/sorted-names.ts'

/** Few names, so that they meet; odd ones among them. */
const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'ab',
    'a-b',
    'B',
    '',
    '__proto__',
    'constructor',
    'é',
    '\u{1F388}',
    '\uFFFF',
    '0',
    '10',
    '9',
  ),
  fc.string({ maxLength: 2 }),
)
const step = fc.record({ kind: fc.constantFrom('set', 'delete', 'page'), name })

t.test('records are listed in the order of their names, whatever came and went', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), name, (steps, from) => {
      const records = new Records<{ revision: number; name: string }>()
      const model = new Map<string, number>()
      for (const [revision, { kind, name }] of steps.entries()) {
        if (kind === 'set') {
          records.set(name, { revision, name })
          model.set(name, revision)
        } else if (kind === 'delete') {
          records.delete(name)
          model.delete(name)
        } else {
          t.same([...records.after(name)], expected(model, name))
        }
        t.equal(records.size, model.size)
        t.equal(records.get(name)?.revision, model.get(name))
      }
      t.same([...records.after(from)], expected(model, from))
      t.same(new Set([...records.values()].map(({ name }) => name)), new Set(model.keys()))
    }),
    { numRuns: 300 },
  )
})

function expected(model: ReadonlyMap<string, number>, after: string) {
  const names = [...model.keys()].sort().filter((name) => name > after)
  return names.map((name) => ({ revision: model.get(name), name }))
}

t.test('a page costs no more than its items', async (t) => {
  const names = Array.from({ length: 100_000 }, (_, i) => `channel-${i}`)
  let asked = 0
  const sorted = new SortedNames(() => (asked++, names))
  t.equal(sorted.after('').next().value, 'channel-0')
  const started = performance.now()
  for (let i = 0; i < 1_000; i += 1) {
    sorted.add(`new-${i}`)
    t.equal(sorted.after(`channel-${i}`).next().done, false)
    sorted.remove(`new-${i}`)
  }
  t.equal(asked, 1, 'all names are gone through once')
  t.ok(performance.now() - started < 2_000)
})

t.test('pages follow each other without a gap while records come and go', async (t) => {
  const records = new Records<{ revision: number }>()
  for (const name of ['b', 'd', 'f']) records.set(name, { revision: 1 })
  const nameOfFirst = (after: string): string | undefined => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const [first] = records.after(after)
      if (first !== undefined && records.get(name) === first) return name
    }
    return undefined
  }
  t.equal(nameOfFirst(''), 'b')
  records.delete('b')
  records.set('a', { revision: 2 })
  t.equal(nameOfFirst('b'), 'd')
  records.delete('d')
  records.set('e', { revision: 3 })
  t.equal(nameOfFirst('d'), 'e')
  t.equal(nameOfFirst('f'), undefined)
})
