import type { Static } from 'typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { AccountEntry, AccountFields } from '../directory/entry.ts'
import type { Account } from '../domain/account.ts'
import { Secret } from '../domain/secret.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import { Refusal } from '../errors.ts'
import { AccountAnswer, AccountBody, AccountList, AccountParams } from './account-schema.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { PageQuery, pageOf } from './page.ts'
import { checkIfMatch, etagOf } from './revision.ts'

const PATH = '/accounts/:account'

/** `/v1/accounts`: the Wati accounts and their tokens. */
export function accounts(app: ControlPlane, options: ControlPlaneOptions): void {
  readAccounts(app, options.directory)
  writeAccounts(app, options)
}

function readAccounts(app: ControlPlane, directory: DirectoryReader): void {
  const get = { params: AccountParams, response: { 200: AccountAnswer } }
  const list = { querystring: PageQuery, response: { 200: AccountList } }

  app.get(PATH, { schema: get }, async function getAccount(request, reply) {
    const account = existing(directory.account(request.params.account))
    return await reply.header('etag', etagOf(account)).send(describeAccount(account))
  })

  app.get('/accounts', { schema: list }, function listAccounts(request) {
    const page = pageOf(directory.accounts(), (account) => account.id, request.query)
    return { ...page, items: page.items.map(describeAccount) }
  })
}

function writeAccounts(app: ControlPlane, { directory, writer, watiHosts }: ControlPlaneOptions): void {
  const put = { params: AccountParams, body: AccountBody, response: { '2xx': AccountAnswer } }

  app.put(PATH, { schema: put }, async function putAccount(request, reply) {
    const id = request.params.account
    const origin = originOf(request)
    let status = 200 as 200 | 201
    const { entry, revision } = await writer.write((): AccountEntry & { account: AccountFields } => {
      const current = directory.account(id)
      checkIfMatch(request, current)
      status = current === undefined ? 201 : 200
      return {
        ...origin,
        kind: 'account',
        id,
        account: decide(id, request.body, current, watiHosts, origin.at),
      }
    })
    const account = { ...entry.account, revision }
    return await reply.code(status).header('etag', etagOf(account)).send(describeAccount(account))
  })

  app.delete(PATH, { schema: { params: AccountParams } }, async function deleteAccount(request, reply) {
    const id = request.params.account
    await writer.write((): AccountEntry => {
      checkIfMatch(request, existing(directory.account(id)))
      refuseWhileUsed(id, directory.channels())
      return { ...originOf(request), kind: 'account', id, account: null }
    })
    return await reply.code(204).send()
  })
}

function decide(
  id: string,
  body: Static<typeof AccountBody>,
  current: Account | undefined,
  watiHosts: WatiHosts,
  now: string,
): AccountFields {
  const { tenantId, plan = 'growth', description } = body
  const given = body.token === undefined ? undefined : new Secret(withoutBearer(body.token))
  const token = given ?? current?.token
  if (token === undefined) throw new Refusal('invalid-request', 'A new account needs the field "token".')
  return {
    id,
    tenantId,
    baseUrl: checkBaseUrl(watiHosts, body.baseUrl),
    token,
    tokenUpdatedAt: given === undefined && current !== undefined ? current.tokenUpdatedAt : now,
    plan,
    ...(description !== undefined && { description }),
  }
}

function checkBaseUrl(watiHosts: WatiHosts, baseUrl: string): string {
  try {
    return watiHosts.check(baseUrl)
  } catch (error) {
    throw new Refusal('invalid-request', `The field "baseUrl" cannot be used: ${(error as Error).message}.`)
  }
}

/** People paste the token with the word that stands in front of it in Wati's examples. */
function withoutBearer(token: string): string {
  return token.trim().replace(/^bearer\s+/i, '')
}

function existing(account: Account | undefined): Account {
  if (account === undefined) throw new Refusal('not-found', 'There is no such account.')
  return account
}

function refuseWhileUsed(id: string, channels: Iterable<{ alias: string; account: string }>): void {
  const users = [...channels].filter((channel) => channel.account === id).map((channel) => channel.alias)
  if (users.length === 0) return
  const named = users.slice(0, 5).join(', ')
  throw new Refusal(
    'conflict',
    `${users.length} channel(s) use the account (${named}): move or delete them first.`,
  )
}

function describeAccount(account: Account): Static<typeof AccountAnswer> {
  const { id, tenantId, baseUrl, plan, description, token, tokenUpdatedAt, revision } = account
  return {
    id,
    tenantId,
    baseUrl,
    plan,
    ...(description !== undefined && { description }),
    token: { fingerprint: token.fingerprint(), updatedAt: tokenUpdatedAt },
    revision,
  }
}
