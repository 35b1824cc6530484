import { messages } from '../../messages/messages.ts'
import type { Operation } from './operations.ts'

const { tryIt } = messages

/** What an operation needs, and how the channel's number travels, in sentences. */
export function aboutOperation(operation: Operation): string {
  const ways = waysOf(operation)
  return [
    tryIt.scope(operation.scope),
    ways.length === 0 ? tryIt.nowhere : tryIt.travels(ways.join(tryIt.and)),
    ...(operation.isDownload ? [tryIt.isDownload] : []),
  ].join(' ')
}

function waysOf({ number: { query, body, target }, bodies }: Operation): string[] {
  const inBody = bodies.includes('none') ? tryIt.places.bodyIfAny : tryIt.places.body
  return [
    ...(query.length > 0 ? [tryIt.places.query(query.join(tryIt.and))] : []),
    ...(body.length > 0 ? [inBody(body.join(tryIt.and))] : []),
    ...(target === undefined ? [] : [tryIt.places[target.prefix][target.in]]),
  ]
}
