import fc from 'fast-check'
import t from 'tap'
import { changesIn } from '../../src/directory/history.ts'
import { change } from './store-suite.ts'

t.test('a range of changes is what a search through all of them would find', async (t) => {
  const from = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined })
  fc.assert(
    fc.property(
      fc.record({ first: fc.integer({ min: 1, max: 15 }), length: fc.nat({ max: 10 }) }),
      fc.record({ from, count: fc.nat({ max: 12 }), newestFirst: fc.boolean() }),
      ({ first, length }, { from, count, newestFirst }) => {
        const changes = Array.from({ length }, (_, i) => change(first + i, 'channel:sales', `s${i}`))
        const found = changesIn(changes, { count, newestFirst, ...(from !== undefined && { from }) })
        const wanted = changes.filter(
          ({ revision }) => from === undefined || (newestFirst ? revision < from : revision > from),
        )
        t.same(found, (newestFirst ? wanted.reverse() : wanted).slice(0, count))
      },
    ),
    { numRuns: 500 },
  )
})
