import type { Static } from '@sinclair/typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { AccountEntry, AccountFields } from '../directory/entry.ts'
import type { Account } from '../domain/account.ts'
import { monthlyCallsOf, rateLimitsOf } from '../domain/rate-limits.ts'
import { expiryWarning } from '../domain/token-expiry.ts'
import { Refusal } from '../errors.ts'
import { quotaWarning } from '../pacing/quota.ts'
import { dayOf, monthOf } from '../usage/day.ts'
import type { OpenBreaker } from '../wati/gate.ts'
import { accountFrom } from './account-fields.ts'
import { AccountAnswer, AccountBody, AccountList, AccountParams } from './account-schema.ts'
import { auditableAccount, fieldChanges } from './field-changes.ts'
import { WriteQuery, waitForReplicas } from './in-force.ts'
import { missing } from './missing.ts'
import { originOf } from './origin.ts'
import { PageQuery, pageOf } from './page.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { checkPreconditions, etagOf } from './revision.ts'

const PATH = '/accounts/:account'

/** `/v1/accounts`: the Wati accounts. */
export function accounts(app: ControlPlane, options: ControlPlaneOptions): void {
  readAccounts(app, options)
  putAccount(app, options)
  deleteAccount(app, options)
}

function readAccounts(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory } = options
  const get = { params: AccountParams, response: { 200: AccountAnswer } }
  const list = { querystring: PageQuery, response: { 200: AccountList } }
  const describe = describer(options)

  app.get(PATH, { schema: get }, async function getAccount(request, reply) {
    const account = existing(directory, request.params.account)
    return await reply.header('etag', etagOf(account)).send(describe(account))
  })

  app.get('/accounts', { schema: list }, function listAccounts(request) {
    const page = pageOf(directory.accounts, (account) => account.id, request.query)
    return { ...page, items: page.items.map(describe) }
  })
}

function putAccount(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer, watiHosts, tokenReader } = options
  const schema = {
    params: AccountParams,
    querystring: WriteQuery,
    body: AccountBody,
    response: { '2xx': AccountAnswer },
  }
  app.put(PATH, { schema }, async function putAccount(request, reply) {
    const id = request.params.account
    const origin = originOf(request)
    const means = { watiHosts, tokenReader, now: origin.at }
    const { entry, revision } = await writer.write((): AccountEntry & { record: AccountFields } => {
      const current = directory.accounts.get(id)
      checkPreconditions(request, current)
      const record = accountFrom(id, request.body, current, means)
      const action = current === undefined ? 'account.create' : 'account.update'
      return { ...origin, kind: 'account', id, action, record, changes: changesOf(current, record) }
    })
    await waitForReplicas(options, request.query, reply, revision)
    const inPlace = directory.accounts.get(id)
    // As it is in place, with a token that is kept elsewhere, unless somebody changed it again already.
    const account = inPlace?.revision === revision ? inPlace : { ...entry.record, revision }
    return await reply
      .code(entry.action === 'account.create' ? 201 : 200)
      .header('etag', etagOf(account))
      .send(describer(options)(account))
  })
}

function deleteAccount(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer } = options
  const schema = { params: AccountParams, querystring: WriteQuery }
  app.delete(PATH, { schema }, async function deleteAccount(request, reply) {
    const id = request.params.account
    const { revision } = await writer.write((): AccountEntry => {
      const current = existing(directory, id)
      checkPreconditions(request, current)
      refuseWhileUsed(id, directory)
      const changes = changesOf(current, undefined)
      return { ...originOf(request), kind: 'account', id, action: 'account.delete', record: null, changes }
    })
    await waitForReplicas(options, request.query, reply, revision)
    return await reply.code(204).send()
  })
}

/** For the audit, tokens by fingerprint. */
export function changesOf(before: Account | undefined, after: AccountFields | undefined) {
  const { revision: _revision, ...fields } = before ?? { revision: 0 }
  const known = before === undefined ? undefined : (fields as AccountFields)
  return fieldChanges(auditableAccount(known), auditableAccount(after))
}

/** Throws `not-found`, or `store-unavailable` where that cannot be said. */
export function existing(directory: DirectoryReader, id: string): Account {
  const account = directory.accounts.get(id)
  if (account === undefined) throw missing(directory, 'account', id)
  return account
}

function refuseWhileUsed(id: string, { channels, unreadable }: DirectoryReader): void {
  const users = [...channels.values()].filter(({ account }) => account === id).map(({ alias }) => alias)
  const hidden = [...unreadable.keys()]
    .filter((target) => target.startsWith('channel:'))
    .map((target) => target.slice('channel:'.length))
  const [all, what] =
    users.length > 0 ? [users, 'use the account'] : [hidden, 'cannot be read and may use the account']
  if (all.length === 0) return
  const named = all.slice(0, 5).join(', ')
  throw new Refusal('conflict', `${all.length} channel(s) ${what} (${named}): move or delete them first.`)
}

/** Makes an account what the API shows of it: never its token. */
export function describer({ settings, usage, tokenTrouble, gate }: ControlPlaneOptions) {
  return (account: Account): Static<typeof AccountAnswer> => {
    const now = new Date()
    const calls = usage.calls(account.id, '').account
    return {
      ...fieldsOf(account),
      limitsInForce: rateLimitsOf(account),
      token: {
        fingerprint: account.token?.fingerprint() ?? null,
        updatedAt: account.tokenUpdatedAt,
        expiresAt: account.tokenExpiresAt ?? null,
      },
      usage: {
        month: monthOf(dayOf(now.getTime())),
        calls,
        monthlyCalls: monthlyCallsOf(account) ?? null,
      },
      ...breakerOf(gate.breakerOf(account)),
      warnings: [
        unreadToken(tokenTrouble(account.id), account),
        expiryWarning(account, now, settings.TOKEN_EXPIRY_WARNING_DAYS),
        quotaWarning(account, calls),
      ].filter((warning) => warning !== undefined),
      revision: account.revision,
    }
  }
}

function unreadToken(trouble: string | undefined, { token }: Account): string | undefined {
  if (trouble === undefined) return undefined
  const effect = token === undefined ? 'it cannot be used' : 'the last one that was read stays in force'
  return `The token cannot be read where tokenFrom says (${trouble}): ${effect}.`
}

function breakerOf(open: OpenBreaker | undefined): Pick<Static<typeof AccountAnswer>, 'breaker'> {
  if (open === undefined) return {}
  const { state, since, lastFailure } = open
  const last = { ...lastFailure, at: lastFailure.at.toISOString() }
  return { breaker: { state, since: since.toISOString(), lastFailure: last } }
}

function fieldsOf({ id, tenantId, baseUrl, plan, limits, enforceQuota, description, tokenFrom }: Account) {
  return {
    ...{ id, tenantId, baseUrl, plan },
    ...(limits !== undefined && { limits: { ...limits } }),
    ...(enforceQuota !== undefined && { enforceQuota }),
    ...(description !== undefined && { description }),
    ...(tokenFrom !== undefined && { tokenFrom }),
  }
}
