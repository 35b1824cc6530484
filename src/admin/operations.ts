import type { Static } from '@sinclair/typebox'
import { OPERATIONS, type Operation } from '../domain/operation.ts'
import { OperationList } from './operation-schema.ts'
import type { ControlPlane } from './parts.ts'

/** `GET /v1/operations`: what a channel can be asked for. It stays the same while the gateway runs. */
export function operations(app: ControlPlane): void {
  const answer = { items: OPERATIONS.map(describeOperation) }
  app.get('/operations', { schema: { response: { 200: OperationList } } }, function listOperations() {
    return answer
  })
}

function describeOperation(operation: Operation): Static<typeof OperationList>['items'][number] {
  const { name, method, path, scope, bodies, queryKeys, bodyKeys, target, isDownload } = operation
  return {
    ...{ name, version: versionOf(path), method, path, scope, bodies: [...bodies], isDownload },
    number: { query: [...queryKeys], body: [...bodyKeys], ...(target && { target }) },
  }
}

function versionOf(path: string): 'v1' | 'v2' | 'v3' {
  if (path.startsWith('/api/ext/v3/')) return 'v3'
  return path.startsWith('/api/v2/') ? 'v2' : 'v1'
}
