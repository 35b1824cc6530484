import t from 'tap'
import { MOST_TROUBLES, type Trouble, timeOf, worstOf } from '../../src/troubles/trouble.ts'

const about = (level: Trouble['level'], name: string, id?: string): Trouble => ({
  ...{ level, name, text: `${name} ${id ?? ''}` },
  ...(id !== undefined && { target: { kind: 'channel', id } }),
})

t.test(
  'errors come first, then names, then targets in their order, and those about everything before',
  (t) => {
    const found = [
      about('warning', 'a'),
      about('error', 'z', 'sales'),
      about('error', 'z', 'a-line'),
      about('error', 'z'),
      about('error', 'b', 'sales'),
    ]
    t.same(
      worstOf(found).map(({ text }) => text.trim()),
      ['b sales', 'z', 'z a-line', 'z sales', 'a'],
    )
    t.same(worstOf(found.toReversed()), worstOf(found), 'in whatever order they were found')
    t.end()
  },
)

t.test('when all is well the list is empty', (t) => {
  t.same(worstOf([]), [])
  t.end()
})

t.test('as many as may be are shown as they are', (t) => {
  const found = Array.from({ length: MOST_TROUBLES }, (_, at) => about('error', 'a', String(at)))
  t.same(new Set(worstOf(found)), new Set(found))
  t.end()
})

t.test('of more, the last item says how many are left out', (t) => {
  for (const count of [MOST_TROUBLES + 1, 1_999, 2_000, 2_001, 50_000]) {
    const found = Array.from({ length: count }, (_, at) =>
      about(at === count - 1 ? 'error' : 'warning', 'a', String(at).padStart(6, '0')),
    )
    const shown = worstOf(found)
    t.equal(shown.length, MOST_TROUBLES)
    t.same(shown[0], found.at(-1), 'the worst was found last')
    t.same(shown.slice(1, -1), found.slice(0, MOST_TROUBLES - 2))
    const text = `There are ${count - MOST_TROUBLES + 1} more troubles that are not shown: see to the first of these.`
    t.same(shown.at(-1), { level: 'warning', name: 'more-troubles', text })
  }
  t.end()
})

t.test('a thousand errors among those left out make the last item an error', (t) => {
  const found = Array.from({ length: 5_000 }, (_, at) => about('error', 'a', String(at)))
  t.equal(worstOf(found).at(-1)?.level, 'error')
  t.end()
})

t.test('times are named to the second', (t) => {
  t.equal(timeOf(new Date('2026-11-22T14:50:13.987Z')), '2026-11-22T14:50:13Z')
  t.end()
})
