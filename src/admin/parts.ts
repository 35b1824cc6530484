import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import type { Dispatcher } from 'undici'
import type { DirectoryReader } from '../directory/directory.ts'
import type { InForce } from '../directory/in-force.ts'
import type { Rotation } from '../directory/rotation.ts'
import type { Seal } from '../directory/seal.ts'
import type { DirectoryStore } from '../directory/store.ts'
import type { TokenReader } from '../directory/token-reader.ts'
import type { DirectoryWriter } from '../directory/writer.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import type { Settings } from '../settings-schema.ts'
import type { Trouble } from '../troubles/trouble.ts'
import type { Usage } from '../usage/usage.ts'
import type { WatiGate } from '../wati/gate.ts'
import type { ExplainOptions } from './explain.ts'

/** What the control plane is handed. */
export interface ControlPlaneOptions {
  readonly settings: Settings
  readonly directory: DirectoryReader
  /** Seals the sessions of the page. */
  readonly seal: Seal
  readonly writer: DirectoryWriter
  readonly watiHosts: WatiHosts
  /** Reads the tokens that accounts keep elsewhere (`tokenFrom`). */
  readonly tokenReader: TokenReader
  /** Why the token of an account cannot be read where `tokenFrom` says. */
  readonly tokenTrouble: (account: string) => string | undefined
  /** Waits until a revision is in force on all replicas, as long as a write may wait; `undefined` if nobody knows. */
  readonly untilInForce: (revision: number) => Promise<InForce | undefined>
  /** The audit is the history of changes; opened by the seal. */
  readonly history: Pick<DirectoryStore, 'history'> & { readonly seal: Seal }
  readonly replicas: Pick<DirectoryStore, 'replicas'>
  readonly rotation: Rotation
  /** What the checks of a channel ask Wati with. */
  readonly agent: Dispatcher
  /** For which accounts this replica does not try Wati. */
  readonly gate: Pick<WatiGate, 'breakerOf'>
  readonly explain: ExplainOptions['explain']
  readonly usage: Pick<Usage, 'report' | 'calls' | 'traffic'>
  /** What is wrong now, the worst first; never throws. */
  readonly findTroubles: () => Promise<readonly Trouble[]>
  /** Signs a caller's token; missing without `JWT_SECRET`. */
  readonly sign: ((claims: Readonly<Record<string, unknown>>) => string) | undefined
  /** Refuses reads while the process is overloaded. */
  readonly shed: onRequestHookHandler
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route of the control plane needs, where its method does not say it. */
    readonly scope?: 'admin:read' | 'admin:write'
  }
}

/** An instance whose routes are typed by their schemas. */
export type ControlPlane = ReturnType<typeof withTypes>

export function withTypes(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}
