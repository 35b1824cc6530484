import { isUtf8 } from 'node:buffer'
import { type Rewritten, isChannelKey } from './channel-key.ts'
import { type Span, joined, nameOf, split, textOf, valueOf } from './json-members.ts'
import { type TargetRules, rewriteTargetMember, rewriteTargetsIn } from './json-targets.ts'
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
  checkTarget(names, rules)
  const kept = object.members.flatMap((member, index) => {
    const name = names[index]
    if (name === undefined || !isChannelKey(name)) return [rewriteMember(body, member, name, rules, claimed)]
    claimed.push(...claimOf(textOf(body, valueOf(body, member))))
    return []
  })
  if (rules.keys.length === 0 && isUntouched(body, object.members, kept)) return { value: body, claimed }
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
function checkTarget(names: readonly (string | undefined)[], { target }: JsonRules): void {
  if (target === undefined) return
  const count = names.filter((name) => name !== undefined && isNamed(name, 'target')).length
  if (count > 1) throw new Malformed('The body has the field "target" more than once.')
  if (count === 0 && target === 'set') throw new Malformed('The body needs the field "target".')
}

function rewriteMember(
  body: Buffer,
  member: Span,
  name: string | undefined,
  { number, target, targetsIn }: JsonRules,
  claimed: string[],
): Buffer {
  const rules = (prefix: PrefixRule): TargetRules => ({ number, prefix, claimed })
  if (name !== undefined && target !== undefined && isNamed(name, 'target')) {
    return rewriteTargetMember(body, member, rules(target))
  }
  if (name !== undefined && targetsIn !== undefined && isNamed(name, targetsIn.array)) {
    return rewriteTargetsIn(body, member, targetsIn.array, rules(targetsIn.prefix))
  }
  return body.subarray(member.start, member.end)
}

/** The number that a value names, as text; nothing for null and the empty string. */
function claimOf(text: string): string[] {
  const value: unknown = JSON.parse(text)
  if (value === null || value === '') return []
  return [typeof value === 'string' ? value : text]
}

function isUntouched(body: Buffer, members: readonly Span[], kept: readonly Buffer[]): boolean {
  if (kept.length !== members.length) return false
  return members.every(({ start, end }, index) => kept[index]?.equals(body.subarray(start, end)) === true)
}

/** The empty object has one member, of nothing but white space: behind it no comma may stand. */
function inFront(written: readonly Buffer[], kept: readonly Buffer[]): Buffer[] {
  const onlySpace = kept.length === 1 && kept[0]?.toString('latin1').trim() === ''
  if (!onlySpace || written.length === 0) return [...written, ...kept]
  return [...written.slice(0, -1), Buffer.concat([...written.slice(-1), ...kept])]
}
