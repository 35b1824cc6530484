import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authenticate } from '../authentication.ts'
import type { Scope } from '../domain/caller.ts'
import { Refusal } from '../errors.ts'
import { accounts } from './accounts.ts'
import { channels } from './channels.ts'
import { type ControlPlaneOptions, withTypes } from './parts.ts'
import { describeViolations } from './violations.ts'

/** The control plane, to be mounted under `/v1`: the only part that is handed the writer. */
export async function controlPlane(app: FastifyInstance, options: ControlPlaneOptions): Promise<void> {
  app.addHook('onRequest', authenticate)
  app.addHook('onRequest', requireAdminScope)
  app.setNotFoundHandler(refuseUnknownPath)
  app.setSchemaErrorFormatter(describeViolations)
  takeEmptyJson(app)
  accounts(withTypes(app), options)
  channels(withTypes(app), options)
}

/** Hook: a caller's token never opens the control plane. */
async function requireAdminScope(request: FastifyRequest): Promise<void> {
  const needed: Scope = request.method === 'GET' ? 'admin:read' : 'admin:write'
  if (!request.caller.scopes.has(needed)) {
    throw new Refusal('scope-missing', `This needs the scope ${needed}: use an admin token that has it.`)
  }
}

async function refuseUnknownPath(): Promise<never> {
  throw new Refusal('not-found', 'The control plane has nothing at this path and method.')
}

/** Clients send `Content-Type: application/json` with an empty body on DELETE: that is no body. */
function takeEmptyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    function parseBody(request, body, done) {
      if (body.length === 0) done(null, undefined)
      else void parseJson(request, body as string, done)
    },
  )
}
