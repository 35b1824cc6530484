import t from 'tap'
import type { Caller } from '../src/domain/caller.ts'
import { RememberedCallers } from '../src/remembered-callers.ts'

const caller: Caller = { sub: 'shop', scopes: new Set(), grants: ['sales'], expiresAt: 100 }

t.test('a token is known again until the very moment it ends', async (t) => {
  let now = 0
  const remembered = new RememberedCallers(
    () => undefined,
    () => now,
  )
  t.equal(remembered.find('Bearer a'), undefined)
  remembered.add('Bearer a', caller, remembered.keys)
  t.equal(remembered.find('Bearer a'), caller)
  t.equal(remembered.find('Bearer b'), undefined)
  t.equal(remembered.find(undefined), undefined)
  now = 99_999
  t.equal(remembered.find('Bearer a'), caller)
  now = 100_000
  t.equal(remembered.find('Bearer a'), undefined)
})

t.test('when the keys change every token is verified anew', async (t) => {
  let keys = ['old']
  const remembered = new RememberedCallers(
    () => keys,
    () => 0,
  )
  remembered.add('Bearer a', caller, remembered.keys)
  keys = ['new']
  t.equal(remembered.find('Bearer a'), undefined)
})

t.test('keys that changed while a token was verified are not those it was verified with', async (t) => {
  let keys = ['old']
  const remembered = new RememberedCallers(
    () => keys,
    () => 0,
  )
  const before = remembered.keys
  keys = ['new']
  remembered.add('Bearer a', caller, before)
  t.equal(remembered.find('Bearer a'), undefined)
})

t.test('its memory is bounded: the oldest make room, and a very long token is not kept', async (t) => {
  const remembered = new RememberedCallers(
    () => undefined,
    () => 0,
  )
  for (let n = 0; n < 5_001; n++) remembered.add(`Bearer ${n}`, caller, undefined)
  t.equal(remembered.find('Bearer 0'), undefined)
  t.equal(remembered.find('Bearer 1'), caller)
  t.equal(remembered.find('Bearer 5000'), caller)
  const long = `Bearer ${'x'.repeat(2_000)}`
  remembered.add(long, caller, undefined)
  t.equal(remembered.find(long), undefined)
})
