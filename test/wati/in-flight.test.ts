import t from 'tap'
import { InFlight } from '../../src/wati/in-flight.ts'

t.test('each account has its own places, and a place that was left is free', async (t) => {
  const inFlight = new InFlight(2)
  t.strictSame(
    [1, 2, 3].map(() => inFlight.enter('acme')),
    [true, true, false],
  )
  t.equal(inFlight.of('acme'), 2)
  t.ok(inFlight.enter('other'))
  inFlight.leave('acme')
  t.equal(inFlight.of('acme'), 1)
  t.ok(inFlight.enter('acme'))
  t.notOk(inFlight.enter('acme'))
  for (const account of ['acme', 'acme', 'other']) inFlight.leave(account)
  t.strictSame([inFlight.of('acme'), inFlight.of('other')], [0, 0])
})
