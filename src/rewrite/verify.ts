import type { BodyType, Operation } from '../domain/operation.ts'
import { isChannelField, isChannelKey } from './channel-key.ts'
import { type Span, nameOf, split, textOf, valueOf } from './json-members.ts'
import type { Outgoing } from './rewrite.ts'

/**
 * The last look before the bytes leave, which knows nothing of how they were rewritten, but that JSON has the number in
 * front: are exactly the wanted keys there, with the channel's number, and no target that names another? Gives a
 * sentence about what is wrong, which must never be: a fault of ours.
 * @param sent the body as it was sent: a large one that was not changed otherwise is looked at in less time
 */
export function verify(
  operation: Operation,
  number: string,
  outgoing: Outgoing,
  bodyType: BodyType,
  sent?: Buffer,
): string | undefined {
  const { queryKeys, bodyKeys } = operation
  if (outgoing.query === undefined ? queryKeys.length > 0 : !hasExactly(outgoing.query, queryKeys, number))
    return 'the query does not name the number as it must'
  const wrongPath = verifyPath(operation, number, outgoing.path)
  if (wrongPath !== undefined) return wrongPath
  if (bodyType === 'form') {
    return hasExactly(outgoing.body.toString('utf8'), bodyKeys, number)
      ? undefined
      : 'the form does not name the number as it must'
  }
  return bodyType === 'json' ? verifyJson(operation, number, outgoing, sent) : undefined
}

/** The same for the names of a multipart form's fields, as they were written. */
export function verifyFields(
  names: readonly string[],
  keys: readonly string[],
  hasTarget: boolean,
): string | undefined {
  const found = names.filter(isChannelField)
  const targets = names.filter((name) => name.toLowerCase() === 'target').length
  if (found.length !== keys.length || !keys.every((key) => found.includes(key))) {
    return 'the form does not name the number as it must'
  }
  return hasTarget && targets !== 1 ? 'the form does not have its target once' : undefined
}

function verifyPath({ path, target }: Operation, number: string, outgoing: string): string | undefined {
  if (target?.in !== 'path') return undefined
  const segment = decodeURIComponent(outgoing.split('/')[path.split('/').indexOf('{target}')] ?? '')
  return namesOnly(segment, number, target.prefix === 'set')
    ? undefined
    : 'the target in the path names another number'
}

function verifyJson(
  { bodyKeys, target }: Operation,
  number: string,
  { body, sentNames }: Outgoing,
  sent: Buffer | undefined,
): string | undefined {
  const keys = bodyKeys.map((key) => `"${key}":"${number}"`).join(',')
  const isOnlyPutIn = sent !== undefined && sentNames !== undefined && isPutInto(sent, sentNames, keys, body)
  if (!isOnlyPutIn && !hasKeysInFront(body.toString('utf8'), keys)) {
    return 'the body does not name the number as it must'
  }
  if (target === undefined || target.in === 'path') return undefined
  const isSet = target.in === 'body' && target.prefix === 'set'
  const isRight = (value: unknown): boolean => namesOnly(value, number, isSet)
  const { members } = split(body)
  const targets = valuesOf(body, members, 'target')
  if (isSet && targets.length !== 1) return 'the body does not have its target once'
  const elements = target.in === 'body' ? [] : valuesOf(body, members, target.in).flat()
  const isOnly = targets.every(isRight) && elements.every((element) => hasOnlyTargets(element, isRight))
  return isOnly ? undefined : 'a target names another number'
}

/**
 * Is the body what was sent, byte for byte, with the wanted keys behind the first brace, and was none of its names a
 * spelling of the channel key? Then it need not be parsed once more.
 */
function isPutInto(sent: Buffer, sentNames: readonly string[], keys: string, body: Buffer): boolean {
  if (sentNames.some(isChannelKey)) return false
  const written = keys !== '' && sentNames.length > 0 ? `${keys},` : keys
  const at = sent.indexOf('{') + 1
  const behind = at + written.length
  return (
    body.length === sent.length + written.length &&
    body.compare(sent, 0, at, 0, at) === 0 &&
    body.toString('latin1', at, behind) === written &&
    body.compare(sent, at, sent.length, behind, body.length) === 0
  )
}

/**
 * Do the wanted keys stand in front, and none in all that follows? `JSON.parse` keeps only the last of members that
 * stand twice, but loses no name: so without the front it shows whatever is too many.
 */
function hasKeysInFront(text: string, keys: string): boolean {
  const front = `{${keys}`
  const start = text.length - text.trimStart().length
  if (!text.startsWith(front, start)) return false
  const behind = start + front.length
  const hasComma = keys !== '' && text[behind] === ','
  const rest = `${text.slice(0, start)}{${text.slice(hasComma ? behind + 1 : behind)}`
  const names = Object.keys(JSON.parse(rest) as object)
  const isWhole = keys === '' || hasComma === names.length > 0
  return isWhole && !names.some(isChannelKey)
}

/** The values of all members with this name, also of those that stand twice, which `JSON.parse` would not show. */
function valuesOf(body: Buffer, members: readonly Span[], wanted: string): unknown[] {
  return members
    .filter((member) => nameOf(body, member)?.toLowerCase() === wanted)
    .map((member): unknown => JSON.parse(textOf(body, valueOf(body, member))))
}

/** Is every target of an array's element right? */
function hasOnlyTargets(element: unknown, isRight: (target: unknown) => boolean): boolean {
  return Object.entries(element ?? {}).every(
    ([name, value]) => name.toLowerCase() !== 'target' || isRight(value),
  )
}

function namesOnly(target: unknown, number: string, isSet: boolean): boolean {
  if (typeof target !== 'string') return target === null && !isSet
  return target.startsWith(`${number}:`) || (!isSet && !target.includes(':'))
}

/** Holds a query or form each of the keys once, with the number, and no other spelling of the channel key? */
function hasExactly(pairs: string, keys: readonly string[], number: string): boolean {
  const found = new Set<string>()
  for (const [name, value] of new URLSearchParams(pairs)) {
    if (!isChannelField(name)) continue
    if (value !== number || !keys.includes(name) || found.has(name)) return false
    found.add(name)
  }
  return found.size === keys.length
}
