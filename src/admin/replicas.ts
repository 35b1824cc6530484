import { Type } from '@sinclair/typebox'
import { storeUnavailable } from '../errors.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'

const ReplicaList = Type.Object({
  head: Type.Integer({ description: "the store's newest revision" }),
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      revision: Type.Integer(),
      appliedAt: Type.String(),
      seenAt: Type.String(),
      address: Type.String(),
    }),
  ),
})

const DirectoryAnswer = Type.Object({
  state: Type.String(),
  revision: Type.Integer(),
  accounts: Type.Integer(),
  channels: Type.Integer(),
  tokens: Type.Integer(),
  unreadable: Type.Array(Type.String()),
})

const MOST_NAMED = 1_000

/** `/v1/replicas` and `/v1/directory`: how far everybody is, and what to do when the store has lost everything. */
export function replicas(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer } = options
  app.get('/replicas', { schema: { response: { 200: ReplicaList } } }, async function listReplicas() {
    const { head, items } = await options.replicas.replicas().catch((cause: unknown) => {
      throw storeUnavailable('The store is away, so the replicas are not known.', cause)
    })
    const inOrder = [...items].sort((one, other) => (one.id < other.id ? -1 : 1))
    return { head, items: inOrder }
  })

  app.get('/directory', { schema: { response: { 200: DirectoryAnswer } } }, function getDirectory() {
    const { state, position, accounts, channels, tokens, unreadable } = directory
    return {
      state,
      revision: position?.revision ?? 0,
      accounts: accounts.size,
      channels: channels.size,
      tokens: tokens.size,
      unreadable: [...unreadable.keys()].slice(0, MOST_NAMED),
    }
  })

  const reseeded = Type.Object({ revision: Type.Integer(), records: Type.Integer() })
  app.post(
    '/directory/reseed',
    { schema: { response: { 200: reseeded } } },
    async function reseedDirectory(request) {
      const records = await writer.reseed(originOf(request))
      return { revision: directory.position?.revision ?? 0, records }
    },
  )
}
