import { type Span, joined, nameOf, split, textOf, trimmed, valueOf } from './json-members.ts'
import { Malformed } from './malformed.ts'
import { type PrefixRule, isNamed, rewriteTarget } from './target.ts'

export interface TargetRules {
  readonly number: string
  readonly prefix: PrefixRule
  /** Gets each channel the caller had named in front of a target. */
  readonly claimed: string[]
}

/** Wati's own bound for one call. */
const MOST_ELEMENTS = 10_000

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/** The bytes of a `target` member with the channel in front of its value. */
export function rewriteTargetMember(body: Buffer, member: Span, rules: TargetRules): Buffer {
  const value = valueOf(body, member)
  const target: unknown = JSON.parse(textOf(body, value))
  if (target === null && rules.prefix === 'replace') return body.subarray(member.start, member.end)
  if (typeof target !== 'string') throw new Malformed('The field "target" must be a string.')
  const rewritten = rewriteTarget(target, rules.number, rules.prefix)
  rules.claimed.push(...rewritten.claimed)
  if (rewritten.target === target) return body.subarray(member.start, member.end)
  return replaced(body, member, value, Buffer.from(JSON.stringify(rewritten.target)))
}

/**
 * The bytes of a member that is an array of objects, each of which may have a target. Whatever else some reader
 * could find a target in (an object with `$values`, nested arrays) is refused.
 */
export function rewriteTargetsIn(body: Buffer, member: Span, name: string, rules: TargetRules): Buffer {
  const value = valueOf(body, member)
  if (textOf(body, value) === 'null') return body.subarray(member.start, member.end)
  const isArray = body[value.start] === OPEN_BRACKET
  const array = isArray ? split(body, value.start) : undefined
  if (array === undefined) throw new Malformed(`The field "${name}" must be an array of objects.`)
  if (array.members.length > MOST_ELEMENTS) {
    throw new Malformed(`The field "${name}" has more than ${MOST_ELEMENTS} elements.`)
  }
  const elements = array.members.map((element) =>
    rewriteElement(body, element, name, array.members.length, rules),
  )
  return replaced(body, member, value, joined(body, array, elements))
}

function rewriteElement(
  body: Buffer,
  element: Span,
  name: string,
  count: number,
  rules: TargetRules,
): Buffer {
  const { start, end } = trimmed(body, element)
  // The one element of an empty array is the white space between its brackets.
  if (start === end && count === 1) return body.subarray(element.start, element.end)
  if (body[start] !== OPEN_BRACE) throw new Malformed(`The field "${name}" must be an array of objects.`)
  const object = body.subarray(start, end)
  return replaced(body, element, { start, end }, rewriteObject(object, rules))
}

function rewriteObject(object: Buffer, rules: TargetRules): Buffer {
  const parts = split(object)
  let targets = 0
  const members = parts.members.map((member) => {
    const name = nameOf(object, member)
    if (name?.startsWith('$') === true) {
      throw new Malformed('A field name begins with "$", which some readers take for instructions.')
    }
    if (name === undefined || !isNamed(name, 'target')) return object.subarray(member.start, member.end)
    if (++targets > 1) throw new Malformed('An element in the body has the field "target" more than once.')
    return rewriteTargetMember(object, member, rules)
  })
  return joined(object, parts, members)
}

/** The outer stretch with other bytes in place of the inner one. */
function replaced(body: Buffer, outer: Span, inner: Span, bytes: Buffer): Buffer {
  return Buffer.concat([body.subarray(outer.start, inner.start), bytes, body.subarray(inner.end, outer.end)])
}
