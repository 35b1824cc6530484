import { type Command, InvalidArgumentError } from 'commander'
import { addAccountToken } from './account-token.ts'
import { all, ask } from './api.ts'
import { print, printJson } from './output.ts'
import { pathOf } from './record-kind.ts'
import { serverOf, wantsJson } from './server.ts'
import { record, table } from './table.ts'
import {
  type TokenFlags,
  type TokenFromFlags,
  addTokenFlags,
  addTokenFromFlags,
  checkOneSource,
  readTokenFrom,
  readWatiToken,
} from './token-input.ts'
import { collect, ifRevisionFlag, reportWrite, waitAllFlag, write } from './writing.ts'

interface Account {
  readonly id: string
  readonly tenantId: string
  readonly baseUrl: string
  readonly plan: string
  readonly token: { readonly fingerprint?: string | null; readonly expiresAt?: string | null }
  readonly revision: number
}

interface PutFlags extends TokenFlags, TokenFromFlags {
  readonly tenantId: string
  readonly baseUrl: string
  readonly plan?: string
  readonly limit?: readonly (readonly [string, unknown])[]
  readonly description?: string
}

/** `wati-gateway accounts …` */
export function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('the Wati accounts and their tokens')
  accounts.command('list').description('list all accounts').action(listAccounts)
  accounts
    .command('show')
    .argument('<id>', 'name of the account')
    .description('show one account')
    .action(showAccount)
  addPut(accounts)
  accounts
    .command('delete')
    .argument('<id>', 'name of the account')
    .description('delete an account that no channel uses')
    .addOption(ifRevisionFlag())
    .addOption(waitAllFlag())
    .action(deleteAccount)
  addAccountToken(accounts)
}

function addPut(accounts: Command): void {
  const put = accounts
    .command('put')
    .argument('<id>', 'name of the account: lower-case letters, digits and dashes')
    .description('create an account, or replace all of it but its token')
    .requiredOption('--tenant-id <digits>', "Wati's number of the tenant")
    .requiredOption('--base-url <origin>', 'where its API is, such as https://live-mt-server.wati.io')
    .option('--plan <plan>', 'growth (the preset), pro or business')
    .option(
      '--limit <name=max/seconds>',
      'a limit beside those of the plan; may stand several times; name=none lifts one',
      collect(readLimit),
    )
    .option('--description <text>', 'for people')
  addTokenFromFlags(addTokenFlags(put))
    .addOption(ifRevisionFlag())
    .addOption(waitAllFlag())
    .addHelpText('after', PUT_EXAMPLES)
    .action(putAccount)
}

const PUT_EXAMPLES = `
A new account needs a token; later, without one, the token stays as it is. Examples:
  wati-gateway accounts put acme --tenant-id 388428 --base-url https://live-mt-server.wati.io --token-stdin < token
  wati-gateway accounts put acme --tenant-id 388428 --base-url https://eu-api.wati.io --token-from-env ACME_TOKEN
  … --limit sendTemplateMessage=60/10 --limit monthlyCalls=200000 --limit getMessages=none`

async function listAccounts(_flags: object, command: Command): Promise<void> {
  const items = await all<Account>(serverOf(command), '/v1/accounts')
  if (wantsJson(command)) {
    printJson({ items, nextCursor: null })
    return
  }
  const lines = table(items, [
    ['id', ({ id }) => id],
    ['tenant', ({ tenantId }) => tenantId],
    ['base url', ({ baseUrl }) => baseUrl],
    ['plan', ({ plan }) => plan],
    ['token', ({ token }) => token.fingerprint],
    ['expires', ({ token }) => token.expiresAt],
    ['revision', ({ revision }) => revision],
  ])
  print(...lines)
}

async function showAccount(id: string, _flags: object, command: Command): Promise<void> {
  const { body } = await ask<Account>(serverOf(command), 'GET', pathOf('account', id))
  if (wantsJson(command)) printJson(body)
  else print(...record(body))
}

async function putAccount(id: string, flags: PutFlags, command: Command): Promise<void> {
  checkOneSource(flags)
  const { tenantId, baseUrl, plan, description } = flags
  const limits = flags.limit && Object.fromEntries(flags.limit)
  const source = { token: await readWatiToken(flags), tokenFrom: readTokenFrom(flags) }
  const body = { tenantId, baseUrl, plan, description, limits, ...source }
  const answer = await write<Account>(command, 'PUT', pathOf('account', id), { body })
  const deed = answer.status === 201 ? 'created' : 'written'
  reportWrite(command, answer, `account ${id} ${deed}, revision ${answer.body.revision}`)
}

async function deleteAccount(id: string, _flags: object, command: Command): Promise<void> {
  reportWrite(
    command,
    await write<undefined>(command, 'DELETE', pathOf('account', id)),
    `account ${id} deleted`,
  )
}

/** `sendTemplateMessage=60/10`, `monthlyCalls=200000`, `getMessages=none` */
function readLimit(text: string): readonly [string, unknown] {
  const match = /^([A-Za-z0-9]{1,64})=(?:(none)|([0-9]{1,12})(?:\/([0-9]{1,9}))?)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('It must be name=max/seconds, name=max or name=none.')
  const [, name = '', none, max, seconds] = match
  if (none !== undefined) return [name, null]
  return [name, seconds === undefined ? Number(max) : { max: Number(max), windowSeconds: Number(seconds) }]
}
