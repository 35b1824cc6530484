import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { DirectoryReader } from '../directory/directory.ts'
import type { DirectoryWriter } from '../directory/writer.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'

/** What the control plane is handed. */
export interface ControlPlaneOptions {
  readonly directory: DirectoryReader
  readonly writer: DirectoryWriter
  readonly watiHosts: WatiHosts
}

/** An instance whose routes are typed by their schemas. */
export type ControlPlane = ReturnType<typeof withTypes>

export function withTypes(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}
