import t from 'tap'
import { KeepAliveTrust } from '../../src/wati/keep-alive-trust.ts'

const ONE = 'https://one.wati.io'
const OTHER = 'https://other.wati.io'

t.test(
  'an origin is trusted until it closes a connection without a word, and again a minute later',
  async (t) => {
    let now = 1_000
    const trust = new KeepAliveTrust(() => now)
    t.ok(trust.holds(ONE))
    trust.lose(ONE)
    t.notOk(trust.holds(ONE))
    t.ok(trust.holds(OTHER), 'the others are not affected')
    now += 59_999
    t.notOk(trust.holds(ONE))
    now += 1
    t.ok(trust.holds(ONE))
  },
)

t.test('every such end counts anew', async (t) => {
  let now = 0
  const trust = new KeepAliveTrust(() => now)
  trust.lose(ONE)
  now = 50_000
  trust.lose(ONE)
  now = 100_000
  t.notOk(trust.holds(ONE))
  now = 110_000
  t.ok(trust.holds(ONE))
})
