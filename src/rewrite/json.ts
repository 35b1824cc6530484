import { isUtf8 } from 'node:buffer'
import { type Rewritten, isChannelKey } from './channel-key.ts'
import { edited } from './edits.ts'
import { type Span, nameOf, split, textOf, valueOf } from './json-members.ts'
import { type Changes, changeTarget, changeTargetsIn } from './json-targets.ts'
import { Malformed } from './malformed.ts'
import { type PrefixRule, isNamed } from './target.ts'

export interface JsonRules {
  /** Written at the top level, in front. */
  readonly keys: readonly string[]
  readonly number: string
  /** The top-level `target` gets the channel as its prefix; with `set` it must be there, once. */
  readonly target?: PrefixRule
  /** The same for the `target` of each element of a top-level array. */
  readonly targetsIn?: { readonly array: 'contacts' | 'recipients'; readonly prefix: PrefixRule }
}

export interface RewrittenJson extends Rewritten<Buffer> {
  /** The names that stood at the top level, each once. */
  readonly sentNames: readonly string[]
}

/**
 * Writes the number under each of `keys` at the top level of a JSON object, takes every spelling of the channel
 * key that the caller wrote there away, and puts the number in front of targets. All other bytes stay as they
 * were: big integers, `1e400`, duplicate keys, escapes, order, white space. So the body is spliced, never
 * printed anew.
 *
 * Only strict UTF-8 JSON (RFC 8259) whose outermost value is an object passes; else throws `Malformed`.
 */
export function rewriteJson(body: Buffer, rules: JsonRules): RewrittenJson {
  const sentNames = namesIn(body)
  const { open, members } = split(body)
  const names = members.map((member) => nameOf(body, member))
  checkTarget(names, rules)
  const isKept = names.map((name) => name === undefined || !isChannelKey(name))
  const lastKept = isKept.lastIndexOf(true)
  const changes: Changes = { edits: [], claimed: [] }
  // The empty object has one member, of nothing but white space: before it no comma may stand.
  writeKeys(rules, open + 1, lastKept !== -1 && names[0] !== undefined, changes)
  for (const [index, member] of members.entries()) {
    if (isKept[index] === true) changeMember(body, member, names[index], rules, changes)
    else takeAway(body, member, { open, hasNext: index < lastKept }, changes)
  }
  return { value: edited(body, changes.edits), claimed: changes.claimed, sentNames }
}

/** The names at the top level of a body that is strictly JSON, as `JSON.parse` sees them. */
function namesIn(body: Buffer): readonly string[] {
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
  return Object.keys(value)
}

/** Wati reads one of several targets, and we could not know which. */
function checkTarget(names: readonly (string | undefined)[], { target }: JsonRules): void {
  if (target === undefined) return
  const count = names.filter((name) => name !== undefined && isNamed(name, 'target')).length
  if (count > 1) throw new Malformed('The body has the field "target" more than once.')
  if (count === 0 && target === 'set') throw new Malformed('The body needs the field "target".')
}

function writeKeys({ keys, number }: JsonRules, at: number, hasNext: boolean, { edits }: Changes): void {
  if (keys.length === 0) return
  const written = keys.map((key) => `"${key}":"${number}"`).join(',')
  edits.push({ start: at, end: at, text: hasNext ? `${written},` : written })
}

/** With the comma behind it, or with the one before when nothing that stays follows. */
function takeAway(
  body: Buffer,
  member: Span,
  { open, hasNext }: { open: number; hasNext: boolean },
  { edits, claimed }: Changes,
): void {
  const value = textOf(body, valueOf(body, member))
  claimed.push(...claimOf(value))
  const start = hasNext ? member.start : Math.max(member.start - 1, open + 1)
  edits.push({ start, end: hasNext ? member.end + 1 : member.end, text: '' })
}

function changeMember(
  body: Buffer,
  member: Span,
  name: string | undefined,
  { number, target, targetsIn }: JsonRules,
  changes: Changes,
): void {
  if (name === undefined) return
  if (target !== undefined && isNamed(name, 'target')) {
    changeTarget(body, member, { number, prefix: target }, changes)
  } else if (targetsIn !== undefined && isNamed(name, targetsIn.array)) {
    const { array, prefix } = targetsIn
    changeTargetsIn(body, member, array, { number, prefix }, changes)
  }
}

/** The number that a value names, as text; nothing for null and the empty string. */
function claimOf(text: string): string[] {
  const value: unknown = JSON.parse(text)
  if (value === null || value === '') return []
  return [typeof value === 'string' ? value : text]
}
