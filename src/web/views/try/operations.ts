import { answer, api } from '../../api/client.ts'
import type { operations } from '../../api/openapi.ts'

type OperationList = operations['listOperations']['responses'][200]['content']['application/json']

/** An operation of Wati that the gateway carries. */
export type Operation = OperationList['items'][number]
export type BodyType = Operation['bodies'][number]

/** All of them, in the order of Wati's versions. Throws a `Problem`. */
export async function listOperations(signal: AbortSignal): Promise<readonly Operation[]> {
  const { body } = await answer(api.GET('/v1/operations', { signal }))
  return body.items
}

/** What tells an operation from all others: v1 and v2 share names. */
export function endpointOf({ method, path }: Operation): string {
  return `${method} ${path}`
}

/** The names in braces of Wati's path. */
export function pathParameters({ path }: Operation): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** Wati's path without what all of its version have in front. */
export function shortPath({ path }: Operation): string {
  return path.replace(/^\/api\/(?:ext\/)?v\d\//, '')
}
