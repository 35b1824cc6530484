import type { BodyType, Operation } from '../domain/operation.ts'
import { isChannelField, isChannelKey } from './channel-key.ts'
import { nameOf, split, textOf, valueOf } from './json-members.ts'
import type { Outgoing } from './rewrite.ts'

/**
 * The last look before the bytes leave, which knows nothing of what was sent and how it was rewritten: are exactly the wanted keys there,
 * with the channel's number, and no target that names another? Gives a sentence about what is wrong, which must
 * never be: a fault of ours.
 */
export function verify(
  operation: Operation,
  number: string,
  outgoing: Outgoing,
  bodyType: BodyType,
): string | undefined {
  const { queryKeys, bodyKeys } = operation
  const query = [...new URLSearchParams(outgoing.query ?? '')]
  if (!hasExactly(query, queryKeys, number)) return 'the query does not name the number as it must'
  const wrongPath = verifyPath(operation, number, outgoing.path)
  if (wrongPath !== undefined) return wrongPath
  if (bodyType === 'form') {
    const fields = [...new URLSearchParams(outgoing.body.toString('utf8'))]
    return hasExactly(fields, bodyKeys, number) ? undefined : 'the form does not name the number as it must'
  }
  return bodyType === 'json' ? verifyJson(operation, number, outgoing.body) : undefined
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

function verifyJson({ bodyKeys, target }: Operation, number: string, body: Buffer): string | undefined {
  const fields = fieldsOf(body)
  const asTheRuntimeReads = Object.entries(JSON.parse(body.toString('utf8')) as object) as Fields
  for (const reading of [fields, asTheRuntimeReads]) {
    const found = reading.filter(([name]) => isChannelKey(name))
    if (!isExactly(found, bodyKeys, number)) return 'the body does not name the number as it must'
  }
  if (target === undefined || target.in === 'path') return undefined
  const isSet = target.in === 'body' && target.prefix === 'set'
  const targets = [fields, ...elementsOf(fields, target.in)].flatMap((place) =>
    place.filter(([name]) => name.toLowerCase() === 'target'),
  )
  if (isSet && targets.length !== 1) return 'the body does not have its target once'
  return targets.every(([, value]) => namesOnly(value, number, isSet))
    ? undefined
    : 'a target names another number'
}

type Fields = [string, unknown][]

/** The members of an object, also those that stand twice, which `JSON.parse` alone would not show. */
function fieldsOf(object: Buffer): Fields {
  return split(object).members.flatMap((member): Fields => {
    const name = nameOf(object, member)
    return name === undefined ? [] : [[name, JSON.parse(textOf(object, valueOf(object, member)))]]
  })
}

/** The members of each element of the arrays with this name. */
function elementsOf(fields: Fields, array: string): Fields[] {
  const elements = fields.filter(([name]) => name.toLowerCase() === array).flatMap(([, value]) => value)
  return elements.map((element) => Object.entries(element ?? {}))
}

function namesOnly(target: unknown, number: string, isSet: boolean): boolean {
  if (typeof target !== 'string') return target === null && !isSet
  return target.startsWith(`${number}:`) || (!isSet && !target.includes(':'))
}

function hasExactly(fields: Fields, keys: readonly string[], number: string): boolean {
  return isExactly(
    fields.filter(([name]) => isChannelField(name)),
    keys,
    number,
  )
}

function isExactly(found: Fields, keys: readonly string[], number: string): boolean {
  const isThere = (key: string): boolean => found.some(([name, value]) => name === key && value === number)
  return found.length === keys.length && keys.every(isThere)
}
