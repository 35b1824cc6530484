import t from 'tap'
import { rewriteForm } from '../../src/rewrite/form.ts'
import { rewritePairs } from '../../src/rewrite/pairs.ts'
import { looksLikeChannelField } from './channel-key-names.ts'
import { type PairsBody, claimsOf, formBody, printExpected, printPairs, queryBody } from './pairs-bodies.ts'
import { readCaseBlind, readFirst, readLast, readLenient, readOldNode, readPairs } from './pairs-readers.ts'
import { assertSame, holds } from './run-property.ts'

interface Result {
  readonly text: string
  readonly claimed: readonly string[]
}

function rewriteAsQuery(body: PairsBody): Result {
  const { value, claimed } = rewritePairs(printPairs(body), body.keys, body.number)
  return { text: value, claimed }
}

function rewriteAsForm(body: PairsBody): Result {
  const { value, claimed } = rewriteForm(Buffer.from(printPairs(body)), body.keys, body.number)
  return { text: value.toString(), claimed }
}

for (const [what, bodies, rewritten] of [
  ['query', queryBody, rewriteAsQuery],
  ['form', formBody, rewriteAsForm],
] as const) {
  t.test(`${what}: readers find the number under every wanted key, and nothing else`, async (t) => {
    holds(t, bodies, (body) => {
      const { text } = rewritten(body)
      const pairs = readPairs(text)
      const names = pairs.map(([name]) => name).filter((name) => looksLikeChannelField(name))
      assertSame([...names].sort(), [...body.keys].sort())
      for (const key of body.keys) {
        assertSame(readFirst(pairs, key), body.number)
        assertSame(readLast(pairs, key), body.number)
        assertSame(readCaseBlind(pairs, key), body.number)
        for (const found of readLenient(pairs, key)) assertSame(found, body.number)
        assertSame(readOldNode(text, key), [body.number])
      }
      const lenient = ['channelNumber', 'channelPhoneNumber', 'channel'].flatMap((key) =>
        readLenient(pairs, key),
      )
      assertSame(lenient.length, body.keys.length)
    })
  })

  t.test(`${what}: every other byte stays as it was sent`, async (t) => {
    holds(t, bodies, (body) => assertSame(rewritten(body).text, printExpected(body)))
  })

  t.test(`${what}: all numbers that the caller claimed are told, in their order`, async (t) => {
    holds(t, bodies, (body) => assertSame(rewritten(body).claimed, claimsOf(body)))
  })
}
