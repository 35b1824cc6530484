import { isUtf8 } from 'node:buffer'
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal, storeUnavailable } from '../errors.ts'
import { accountToken } from './account-token.ts'
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import { callerTokens } from './caller-tokens.ts'
import { channels } from './channels.ts'
import { channelCheck } from './check.ts'
import { explain } from './explain.ts'
import { keys } from './keys.ts'
import { logAdminRequest } from './log-request.ts'
import { operations } from './operations.ts'
import { type ControlPlaneOptions, withTypes } from './parts.ts'
import { replicas } from './replicas.ts'
import { authenticateAdmin, sessions } from './session.ts'
import { traffic } from './traffic.ts'
import { troubles } from './troubles.ts'
import { usage } from './usage.ts'
import { describeViolations } from './violations.ts'
import { refuseWhatNobodyReads } from './what-nobody-reads.ts'

/** The control plane, to be mounted under `/v1`: the only part that is handed the writer. */
export async function controlPlane(app: FastifyInstance, options: ControlPlaneOptions): Promise<void> {
  await app.register(cookie)
  app.decorateRequest('session')
  app.addHook('onResponse', logAdminRequest)
  app.addHook('onRequest', options.shed)
  app.addHook('onRequest', authenticateAdmin(options))
  app.addHook('onRequest', requireAdminScope)
  app.addHook('onRequest', refuseSecondToken)
  app.addHook('onRequest', async function requireDirectory() {
    if (options.directory.state === 'not-loaded')
      throw storeUnavailable('The directory of channels is not loaded yet: see GET /readyz.')
  })
  app.setNotFoundHandler(refuseUnknownPath)
  app.setSchemaErrorFormatter(describeViolations)
  refuseWhatNobodyReads(app)
  takeOnlyJson(app)
  const plane = withTypes(app)
  accounts(plane, options)
  accountToken(plane, options)
  channels(plane, options)
  channelCheck(plane, options)
  explain(plane, options)
  operations(plane)
  callerTokens(plane, options)
  keys(plane, options)
  audit(plane, options)
  usage(plane, options)
  traffic(plane, options)
  replicas(plane, options)
  troubles(plane, options)
  sessions(plane, options)
}

/** Hook: a caller's token never opens the control plane. */
async function requireAdminScope(request: FastifyRequest): Promise<void> {
  const { scope } = request.routeOptions.config
  const needed = scope ?? (request.method === 'GET' ? 'admin:read' : 'admin:write')
  if (!request.caller.scopes.has(needed)) {
    throw new Refusal('scope-missing', `This needs the scope ${needed}: use an admin token that has it.`)
  }
}

/** Hook: of several lines Node keeps the first and says nothing; whoever stands in front may have read the last. */
async function refuseSecondToken({ raw }: FastifyRequest): Promise<void> {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.filter((name) => name.toLowerCase() === 'authorization').length > 1)
    throw new Refusal('malformed-request', 'The request has more than one authorization line: send one.')
}

async function refuseUnknownPath(): Promise<never> {
  throw new Refusal('not-found', 'The control plane has nothing at this path and method.')
}

/**
 * Clients send `Content-Type: application/json` with an empty body on DELETE: that is no body. Bytes that are not
 * UTF-8 would be replaced by others without a word, so they are refused.
 */
function takeOnlyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    function parseBody(request, body, done) {
      if (body.length === 0) done(null, undefined)
      else if (!isUtf8(body as Buffer)) done(new Refusal('invalid-request', 'The body is not UTF-8.'))
      else void parseJson(request, body.toString('utf8'), done)
    },
  )
}
