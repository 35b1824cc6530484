import type { BodyType, Operation } from '../domain/operation.ts'
import { isChannelKey } from './channel-key.ts'
import type { Outgoing } from './rewrite.ts'

/**
 * The last look before the bytes leave, by other means than the rewriters': are exactly the wanted keys there,
 * with the channel's number? Gives a sentence about what is wrong, which must never be: a fault of ours.
 */
export function verify(
  operation: Operation,
  number: string,
  outgoing: Outgoing,
  bodyType: BodyType,
): string | undefined {
  const { queryKeys, bodyKeys, target } = operation
  const query = [...new URLSearchParams(outgoing.query ?? '')]
  if (!hasExactly(query, queryKeys, number)) return 'the query does not name the number as it must'
  if (target?.in === 'path' && target.prefix === 'set' && !outgoing.path.includes(`/${number}:`)) {
    return 'the target in the path does not name the number'
  }
  if (bodyType === 'form') {
    const fields = [...new URLSearchParams(outgoing.body.toString('utf8'))]
    return hasExactly(fields, bodyKeys, number) ? undefined : 'the form does not name the number as it must'
  }
  return bodyType === 'json' ? verifyJson(operation, number, outgoing.body) : undefined
}

function verifyJson({ bodyKeys, target }: Operation, number: string, body: Buffer): string | undefined {
  const fields = Object.entries(JSON.parse(body.toString('utf8')) as Record<string, unknown>)
  if (!hasExactly(fields, bodyKeys, number)) return 'the body does not name the number as it must'
  if (target?.in !== 'body' || target.prefix !== 'set') return undefined
  const targets = fields.filter(([name]) => name.toLowerCase() === 'target').map(([, value]) => value)
  const isSet = targets.length === 1 && typeof targets[0] === 'string' && targets[0].startsWith(`${number}:`)
  return isSet ? undefined : 'the target does not name the number'
}

function hasExactly(
  fields: readonly (readonly [string, unknown])[],
  keys: readonly string[],
  number: string,
): boolean {
  const found = fields.filter(([name]) => isChannelKey(name.split('[', 1)[0] ?? ''))
  return (
    found.length === keys.length &&
    keys.every((key) => found.some(([name, value]) => name === key && value === number))
  )
}
