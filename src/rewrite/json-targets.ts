import type { Edit } from './edits.ts'
import { type Span, isString, nameOf, split, stringAt, textOf, trimmed, valueOf } from './json-members.ts'
import { Malformed } from './malformed.ts'
import { type PrefixRule, isNamed, rewriteTarget } from './target.ts'

/** What becomes of a body, in the order of its bytes. */
export interface Changes {
  readonly edits: Edit[]
  /** Each number the caller had named. */
  readonly claimed: string[]
}

export interface TargetRules {
  readonly number: string
  readonly prefix: PrefixRule
}

/** Wati's own bound for one call. */
const MOST_ELEMENTS = 10_000

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/** Puts the channel in front of the value of a `target` member. */
export function changeTarget(body: Buffer, member: Span, rules: TargetRules, changes: Changes): void {
  const value = valueOf(body, member)
  if (!isString(body, value.start)) {
    if (rules.prefix === 'replace' && isNull(body, value)) return
    throw new Malformed('The field "target" must be a string.')
  }
  const sent = stringAt(body, value.start)
  const { target, claimed } = rewriteTarget(sent, rules.number, rules.prefix)
  changes.claimed.push(...claimed)
  if (target !== sent) changes.edits.push({ ...value, text: JSON.stringify(target) })
}

/**
 * The same in a member that is an array of objects, each of which may have a target. Whatever else some reader
 * could find a target in (an object with `$values`, nested arrays) is refused.
 */
export function changeTargetsIn(
  body: Buffer,
  member: Span,
  name: string,
  rules: TargetRules,
  changes: Changes,
): void {
  const value = valueOf(body, member)
  if (isNull(body, value)) return
  const elements = body[value.start] === OPEN_BRACKET ? split(body, value.start).members : undefined
  if (elements === undefined) throw new Malformed(`The field "${name}" must be an array of objects.`)
  if (elements.length > MOST_ELEMENTS) {
    throw new Malformed(`The field "${name}" has more than ${MOST_ELEMENTS} elements.`)
  }
  for (const element of elements) {
    const { start, end } = trimmed(body, element)
    // The one element of an empty array is the white space between its brackets.
    if (start === end && elements.length === 1) return
    if (body[start] !== OPEN_BRACE) throw new Malformed(`The field "${name}" must be an array of objects.`)
    changeElement(body, start, rules, changes)
  }
}

function changeElement(body: Buffer, start: number, rules: TargetRules, changes: Changes): void {
  let targets = 0
  for (const member of split(body, start).members) {
    const name = nameOf(body, member)
    if (name?.startsWith('$') === true) {
      throw new Malformed('A field name begins with "$", which some readers take for instructions.')
    }
    if (name === undefined || !isNamed(name, 'target')) continue
    if (++targets > 1) throw new Malformed('An element in the body has the field "target" more than once.')
    changeTarget(body, member, rules, changes)
  }
}

function isNull(body: Buffer, value: Span): boolean {
  return textOf(body, value) === 'null'
}
