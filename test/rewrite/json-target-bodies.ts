import fc from 'fast-check'
import { channelNumber } from './channel-key-names.ts'

/** A `target` as it is written in JSON, what it means, and what Wati must get. */
export interface WrittenTarget {
  readonly text: string
  readonly prefix: string | undefined
  readonly recipient: string
}

export interface TargetBody {
  readonly number: string
  readonly before: string
  /** The body up to the target's value, and behind it. */
  readonly front: readonly string[]
  readonly target: WrittenTarget
  readonly name: string
  readonly back: readonly string[]
  /** Claims of the channel keys among `front` and `back`. */
  readonly gaps: readonly [string, string, string]
}

const RECIPIENTS = ['5511988887777', '65a1f0c2e4b0a1b2c3d4e5f6', 'US.1349', '+5511', 'a_b-c@d.e']
const PREFIXES = ['', '111', 'My channel', '5511999990001', '語 "x"\\', '\u0000', '[', '🎈', "'"]

export const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ')

/** A JSON string with this meaning: each letter plain or as an escape, as chance has it. */
export function written(means: string): fc.Arbitrary<string> {
  return fc.array(fc.boolean(), { minLength: means.length, maxLength: means.length }).map((coded) => {
    const letters = Array.from({ length: means.length }, (_, at) => {
      const letter = means.charAt(at)
      const code = means.charCodeAt(at)
      const must = code < 32 || letter === '"' || letter === '\\' || (code >= 0xd800 && code <= 0xdfff)
      return coded[at] === true || must ? `\\u${code.toString(16).padStart(4, '0')}` : letter
    })
    return `"${letters.join('')}"`
  })
}

export const anyTarget: fc.Arbitrary<WrittenTarget> = fc
  .tuple(fc.option(fc.constantFrom(...PREFIXES), { nil: undefined }), fc.constantFrom(...RECIPIENTS))
  .chain(([prefix, recipient]) =>
    written(prefix === undefined ? recipient : `${prefix}:${recipient}`).map((text) => ({
      text,
      prefix,
      recipient,
    })),
  )

export const targetName = fc.constantFrom('target', 'target', 'Target', 'TARGET', 'tarGet').chain(written)

/** Members that are none of ours, among them much that looks like a target. */
export const otherMember = fc.constantFrom(
  '"a":1.0',
  ' "b" : 12345678901234567890 ',
  '"nested":{"target":"9:9","channel":"9","contacts":[{"target":"9:9"}]}',
  '"list":[ "target", {"target":"9:9"} ]',
  '"targets":"9:9"',
  '"text":"\\",\\"target\\":\\"9:9"',
  '"":{}',
  '"dup":1,"dup":2',
  '"e":1e400',
)

const members = fc.array(otherMember, { maxLength: 3 })

export const targetBody: fc.Arbitrary<TargetBody> = fc.record({
  number: channelNumber,
  before: space,
  front: members,
  target: anyTarget,
  name: targetName,
  back: members,
  gaps: fc.tuple(space, space, space),
})

/** The body with this JSON text as its target. */
export function printTarget({ before, front, name, back, gaps }: TargetBody, target: string): string {
  const member = `${gaps[0]}${name}${gaps[1]}:${gaps[2]}${target}`
  return `${before}{${[...front, member, ...back].join(',')}}`
}

export interface Contact {
  readonly front: readonly string[]
  readonly name: string
  /** No target at all when there is none. */
  readonly target: WrittenTarget | undefined
  readonly gap: string
}

const contact: fc.Arbitrary<Contact> = fc.record({
  front: members,
  name: targetName,
  target: fc.option(anyTarget, { nil: undefined }),
  gap: space,
})

export interface ContactsBody {
  readonly number: string
  readonly front: readonly string[]
  readonly contacts: readonly Contact[]
  readonly back: readonly string[]
}

export const contactsBody: fc.Arbitrary<ContactsBody> = fc.record({
  number: channelNumber,
  front: members.map((texts) => texts.filter((text) => !text.includes('"contacts":['))),
  contacts: fc.array(contact, { maxLength: 4 }),
  back: members.map((texts) => texts.filter((text) => !text.includes('"contacts":['))),
})

/** The body, each target written as `print` has it. */
export function printContacts(
  { front, contacts, back }: ContactsBody,
  print: (target: WrittenTarget) => string,
): string {
  const elements = contacts.map(({ front, name, target, gap }) => {
    const own = target === undefined ? [] : [`${gap}${name}${gap}:${gap}${print(target)}${gap}`]
    return `${gap}{${[...front, ...own].join(',')}}${gap}`
  })
  return `{${[...front, `"contacts" : [${elements.join(',')}]`, ...back].join(',')}}`
}
