import fc from 'fast-check'
import t from 'tap'
import {
  type Asked,
  type Owner,
  printBody,
  printHead,
  recordName,
} from '../../src/idempotency/fingerprint.ts'

const owner: fc.Arbitrary<Owner> = fc.record({
  caller: fc.string({ maxLength: 5 }),
  alias: fc.string({ maxLength: 5 }),
  key: fc.string({ maxLength: 5 }),
})
const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('POST', 'PUT'),
  template: fc.string({ maxLength: 3 }),
  path: fc.string({ maxLength: 3 }),
  query: fc.string({ maxLength: 3 }),
  bodyType: fc.constantFrom('none', 'json', 'form', 'multipart'),
})

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

t.test('two records have one name only when caller, channel and key are the same', async () => {
  fc.assert(
    fc.property(owner, owner, (one, other) => (recordName(one) === recordName(other)) === isSame(one, other)),
  )
  // What one name lends the next must not make them one.
  const one = { caller: 'ab', alias: 'c', key: 'd' }
  t.not(recordName(one), recordName({ ...one, caller: 'a', alias: 'bc' }))
})

t.test('two requests have one fingerprint only when all that was asked is the same', async () => {
  const whose = { caller: 'a', alias: 'b', key: 'c' }
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      return (printHead(whose, one) === printHead(whose, other)) === isSame(one, other)
    }),
  )
})

t.test('the same request has another fingerprint under another key', async (t) => {
  const whose = { caller: 'a', alias: 'b', key: 'c' }
  const body = Buffer.from('the same')
  t.not(printBody(whose, body), printBody({ ...whose, key: 'd' }, body))
  t.match(printBody(whose, body), /^[0-9a-f]{64}$/)
})
