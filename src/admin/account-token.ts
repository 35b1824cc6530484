import type { AccountEntry, AccountFields } from '../directory/entry.ts'
import type { Account } from '../domain/account.ts'
import { Secret } from '../domain/secret.ts'
import { withoutBearer } from '../domain/wati-token.ts'
import { Refusal } from '../errors.ts'
import { givenToken } from './account-fields.ts'
import { AccountAnswer, AccountParams, AccountTokenBody, AccountTokenQuery } from './account-schema.ts'
import { changesOf, describer, existing } from './accounts.ts'
import { waitForReplicas } from './in-force.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { readTime } from './read-time.ts'
import { checkPreconditions, etagOf } from './revision.ts'
import { verifyToken } from './verify-token.ts'

/** `PUT /v1/accounts/{account}/token`: a new token takes over, once Wati has accepted it. */
export function accountToken(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer } = options
  const schema = {
    params: AccountParams,
    querystring: AccountTokenQuery,
    body: AccountTokenBody,
    response: { 200: AccountAnswer },
  }
  app.put('/accounts/:account/token', { schema }, async function putToken(request, reply) {
    const id = request.params.account
    const origin = originOf(request)
    const { token, expiresAt: given } = request.body
    const expiresAt = given === undefined ? undefined : readTime('expiresAt', given).toISOString()
    const asked = existing(directory, id)
    checkPreconditions(request, asked)
    if (request.query.verify !== 'false') await verifyToken(options, asked, new Secret(withoutBearer(token)))
    const { entry, revision } = await writer.write((): AccountEntry & { record: AccountFields } => {
      const current = existing(directory, id)
      checkPreconditions(request, current)
      refuseIfMoved(asked, current)
      const record = withToken(current, givenToken(token, current, origin.at, expiresAt))
      const changes = changesOf(current, record)
      return { ...origin, kind: 'account', id, action: 'account.token', record, changes }
    })
    await waitForReplicas(options, request.query, reply, revision)
    const account = describer(options)({ ...entry.record, revision })
    return await reply.header('etag', etagOf({ revision })).send(account)
  })
}

/** The account with nothing left of the token it had, or of where that was kept. */
function withToken(current: Account, token: ReturnType<typeof givenToken>): AccountFields {
  const { revision: _1, token: _2, tokenFrom: _3, tokenExpiresAt: _4, ...fields } = current
  return { ...fields, ...token }
}

/** Wati was asked about a token for one tenant: it must not end up with another. */
function refuseIfMoved(asked: Account, current: Account): void {
  if (asked.tenantId === current.tenantId && asked.baseUrl === current.baseUrl) return
  throw new Refusal('revision-mismatch', 'Somebody else changed the account meanwhile. Read it again first.')
}
