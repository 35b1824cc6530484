import t from 'tap'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { looksLikeChannelKey } from './channel-key-names.ts'
import { type JsonBody, jsonBody, printBody, printExpected } from './json-bodies.ts'
import { readCaseBlind, readFirst, readLast, readLenient, readMembers } from './json-readers.ts'
import { assertSame, holds } from './run-property.ts'

function rewritten(body: JsonBody): string {
  return rewriteJson(Buffer.from(printBody(body)), { keys: body.keys, number: body.number }).value.toString()
}

t.test('whatever stands in a body, the result is JSON to two parsers', async (t) => {
  holds(t, jsonBody, (body) => {
    const text = rewritten(body)
    JSON.parse(text)
    readMembers(text)
  })
})

t.test('four readers find the number of the channel under every wanted key, and nothing else', async (t) => {
  holds(t, jsonBody, (body) => {
    const members = readMembers(rewritten(body))
    const names = members.map(([name]) => name).filter((name) => looksLikeChannelKey(name))
    assertSame([...names].sort(), [...body.keys].sort())
    for (const key of body.keys) {
      assertSame(readFirst(members, key), body.number)
      assertSame(readLast(members, key), body.number)
      assertSame(readCaseBlind(members, key), body.number)
      for (const found of readLenient(members, key)) assertSame(found, body.number)
    }
    const lenient = ['channelNumber', 'channelPhoneNumber', 'channel'].flatMap((key) =>
      readLenient(members, key),
    )
    assertSame(lenient.length, body.keys.length)
  })
})

t.test("the runtime's own parser finds the number under every wanted key", async (t) => {
  holds(t, jsonBody, (body) => {
    const read = JSON.parse(rewritten(body)) as Record<string, unknown>
    for (const key of body.keys) assertSame(read[key], body.number)
  })
})

t.test('every other byte stays as it was sent', async (t) => {
  holds(t, jsonBody, (body) => assertSame(rewritten(body), printExpected(body)))
})

t.test(
  'all numbers that the caller claimed are told, in their order, but for null and empty ones',
  async (t) => {
    holds(t, jsonBody, (body) => {
      const claims = body.members.flatMap(({ isHiddenKey, claim }) =>
        isHiddenKey && claim !== undefined ? [claim] : [],
      )
      assertSame(
        rewriteJson(Buffer.from(printBody(body)), { keys: body.keys, number: body.number }).claimed,
        claims,
      )
    })
  },
)
