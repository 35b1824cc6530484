import { isUtf8 } from 'node:buffer'
import { type Rewritten, isChannelKey } from './channel-key.ts'
import { type Span, joined, nameOf, split, textOf, trimmed, valueOf } from './json-members.ts'
import { Malformed } from './malformed.ts'
import { type PrefixRule, rewriteTarget } from './target.ts'

export interface JsonRules {
  /** Written at the top level, in front. */
  readonly keys: readonly string[]
  readonly number: string
  /** The top-level `target` gets the channel as its prefix; with `set` it must be there, once. */
  readonly target?: PrefixRule
  /** The same for the `target` of each element of the top-level `contacts`. */
  readonly contactTargets?: PrefixRule
}

/**
 * Writes the number under each of `keys` at the top level of a JSON object, takes every spelling of the channel
 * key that the caller wrote there away, and puts the number in front of targets. All other bytes stay as they
 * were: big integers, `1e400`, duplicate keys, escapes, order, white space. So the body is spliced, never
 * printed anew.
 *
 * Only strict UTF-8 JSON (RFC 8259) whose outermost value is an object passes; else throws `Malformed`.
 */
export function rewriteJson(body: Buffer, rules: JsonRules): Rewritten<Buffer> {
  checkJson(body)
  const object = split(body)
  const claimed: string[] = []
  const names = object.members.map((member) => nameOf(body, member))
  checkTargetOnce(names, rules)
  const kept = object.members.flatMap((member, index) => {
    const name = names[index]
    if (name !== undefined && isChannelKey(name)) {
      claimed.push(...claimOf(textOf(body, valueOf(body, member))))
      return []
    }
    return [rewriteMember(body, member, name?.toLowerCase(), rules, claimed)]
  })
  const written = rules.keys.map((key) => Buffer.from(`"${key}":"${rules.number}"`))
  const before = body.subarray(0, object.open)
  const after = body.subarray(object.close + 1)
  return { value: Buffer.concat([before, joined(body, object, inFront(written, kept)), after]), claimed }
}

function checkJson(body: Buffer): void {
  if (!isUtf8(body))
    throw new Malformed('The body is not UTF-8: send JSON as UTF-8 without a byte order mark.')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new Malformed('The body is not valid JSON (RFC 8259): check it with a JSON linter.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed('The body must be a JSON object, such as {"template_name": "…"}.')
  }
}

/** Wati reads one of several targets, and we could not know which. */
function checkTargetOnce(names: readonly (string | undefined)[], { target }: JsonRules): void {
  if (target === undefined) return
  const count = names.filter((name) => name?.toLowerCase() === 'target').length
  if (count > 1) throw new Malformed('The body has the field "target" more than once.')
  if (count === 0 && target === 'set') throw new Malformed('The body needs the field "target".')
}

function rewriteMember(
  body: Buffer,
  member: Span,
  name: string | undefined,
  rules: JsonRules,
  claimed: string[],
): Buffer {
  if (name === 'target' && rules.target !== undefined) {
    return withTarget(body, member, rules.number, rules.target, claimed)
  }
  if (name === 'contacts' && rules.contactTargets !== undefined) {
    return withContacts(body, member, rules.number, rules.contactTargets, claimed)
  }
  return body.subarray(member.start, member.end)
}

function withTarget(body: Buffer, member: Span, number: string, rule: PrefixRule, claimed: string[]): Buffer {
  const value = valueOf(body, member)
  const target: unknown = JSON.parse(textOf(body, value))
  if (typeof target !== 'string') {
    if (rule === 'replace') return body.subarray(member.start, member.end)
    throw new Malformed('The field "target" must be a string.')
  }
  const rewritten = rewriteTarget(target, number, rule)
  claimed.push(...rewritten.claimed)
  if (rewritten.target === target) return body.subarray(member.start, member.end)
  return replaced(body, member, value, Buffer.from(JSON.stringify(rewritten.target)))
}

/** Goes through an array of objects; what has another form has no target, and stays. */
function withContacts(
  body: Buffer,
  member: Span,
  number: string,
  rule: PrefixRule,
  claimed: string[],
): Buffer {
  const value = valueOf(body, member)
  if (body[value.start] !== 0x5b) return body.subarray(member.start, member.end)
  const array = split(body, value.start)
  const elements = array.members.map((element) => {
    const { start, end } = trimmed(body, element)
    if (body[start] !== 0x7b) return body.subarray(element.start, element.end)
    const rewritten = rewriteContact(body.subarray(start, end), number, rule, claimed)
    return replaced(body, element, { start, end }, rewritten)
  })
  return replaced(body, member, value, joined(body, array, elements))
}

function rewriteContact(contact: Buffer, number: string, rule: PrefixRule, claimed: string[]): Buffer {
  const object = split(contact)
  const names = object.members.map((member) => nameOf(contact, member)?.toLowerCase())
  if (names.filter((name) => name === 'target').length > 1) {
    throw new Malformed('A contact in the body has the field "target" more than once.')
  }
  const members = object.members.map((member, index) =>
    names[index] === 'target'
      ? withTarget(contact, member, number, rule, claimed)
      : contact.subarray(member.start, member.end),
  )
  return joined(contact, object, members)
}

/** The outer stretch with other bytes in place of the inner one. */
function replaced(body: Buffer, outer: Span, inner: Span, bytes: Buffer): Buffer {
  return Buffer.concat([body.subarray(outer.start, inner.start), bytes, body.subarray(inner.end, outer.end)])
}

/** The number that a value names, as text; nothing for null and the empty string. */
function claimOf(text: string): string[] {
  const value: unknown = JSON.parse(text)
  if (value === null || value === '') return []
  return [typeof value === 'string' ? value : text]
}

/** The empty object has one member, of nothing but white space: behind it no comma may stand. */
function inFront(written: readonly Buffer[], kept: readonly Buffer[]): Buffer[] {
  const onlySpace = kept.length === 1 && kept[0]?.toString('latin1').trim() === ''
  if (!onlySpace || written.length === 0) return [...written, ...kept]
  return [...written.slice(0, -1), Buffer.concat([...written.slice(-1), ...kept])]
}
