import t from 'tap'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { readCaseBlind, readFirst, readLast, readLenient, readMembers } from './json-readers.ts'
import {
  type TargetBody,
  type WrittenTarget,
  contactsBody,
  printContacts,
  printTarget,
  targetBody,
} from './json-target-bodies.ts'
import { assertSame, holds } from './run-property.ts'

function rewritten(body: TargetBody, rule: 'set' | 'replace'): { text: string; claimed: readonly string[] } {
  const bytes = Buffer.from(printTarget(body, body.target.text))
  const { value, claimed } = rewriteJson(bytes, { keys: [], number: body.number, target: rule })
  return { text: value.toString(), claimed }
}

t.test('a target gets the channel in front however it is written, and no other byte changes', async (t) => {
  holds(t, targetBody, (body) => {
    const { text, claimed } = rewritten(body, 'set')
    const { prefix, recipient, text: sent } = body.target
    const isSo = prefix === body.number
    assertSame(text, printTarget(body, isSo ? sent : `"${body.number}:${recipient}"`))
    assertSame(claimed, prefix === undefined || prefix === '' ? [] : [prefix])
  })
})

t.test('four readers find the channel in front of the target, and no other', async (t) => {
  holds(t, targetBody, (body) => {
    const members = readMembers(rewritten(body, 'set').text)
    const wanted = `${body.number}:${body.target.recipient}`
    const name = String(JSON.parse(body.name))
    for (const read of [readFirst, readLast]) assertSame(read(members, name), wanted)
    assertSame(readCaseBlind(members, 'target'), wanted)
    assertSame(readLenient(members, 'target'), [wanted])
  })
})

t.test('where a prefix is only replaced, a bare target keeps every byte', async (t) => {
  holds(t, targetBody, (body) => {
    const { prefix, recipient, text: sent } = body.target
    const { text } = rewritten(body, 'replace')
    const stays = prefix === undefined || prefix === body.number
    assertSame(text, printTarget(body, stays ? sent : `"${body.number}:${recipient}"`))
  })
})

t.test('each contact loses the prefix of another channel, and no other byte changes', async (t) => {
  holds(t, contactsBody, (body) => {
    const bytes = Buffer.from(printContacts(body, ({ text }) => text))
    const rules = {
      keys: [],
      number: body.number,
      targetsIn: { array: 'contacts', prefix: 'replace' },
    } as const
    const { value, claimed } = rewriteJson(bytes, rules)
    const becomes = ({ prefix, recipient, text }: WrittenTarget): string =>
      prefix === undefined || prefix === body.number ? text : `"${body.number}:${recipient}"`
    assertSame(value.toString(), printContacts(body, becomes))
    const prefixes = body.contacts.flatMap(({ target }) => target?.prefix ?? [])
    assertSame(
      claimed,
      prefixes.filter((prefix) => prefix !== ''),
    )
  })
})
