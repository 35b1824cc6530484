import type { Command } from 'commander'
import { wrongUsage } from './failure.ts'
import { pathOf } from './record-kind.ts'
import { type TokenFlags, addTokenFlags, checkOneSource, readWatiToken } from './token-input.ts'
import { ifRevisionFlag, reportWrite, waitAllFlag, write } from './writing.ts'

interface Account {
  readonly token: { readonly fingerprint: string | null }
  readonly revision: number
}

interface AccountTokenFlags extends TokenFlags {
  readonly expiresAt?: string
  readonly verify: boolean
}

/** `wati-gateway accounts token ID` */
export function addAccountToken(accounts: Command): void {
  const token = accounts
    .command('token')
    .argument('<id>', 'name of the account')
    .description("replace an account's token, after asking Wati whether the new one works")
  addTokenFlags(token)
    .option('--expires-at <time>', 'when the token ends, as 2027-01-31T00:00:00Z; you are warned before')
    .option('--no-verify', 'do not ask Wati')
    .addOption(ifRevisionFlag())
    .addOption(waitAllFlag())
    .action(putToken)
}

async function putToken(id: string, flags: AccountTokenFlags, command: Command): Promise<void> {
  checkOneSource(flags)
  const token = await readWatiToken(flags)
  if (token === undefined) {
    throw wrongUsage('The new token is missing: give --token-stdin, --token-env or --token-file.')
  }
  const answer = await write<Account>(command, 'PUT', `${pathOf('account', id)}/token`, {
    body: { token, expiresAt: flags.expiresAt },
    query: { verify: flags.verify ? undefined : 'false' },
  })
  const { fingerprint } = answer.body.token
  reportWrite(
    command,
    answer,
    `account ${id} has the token ${fingerprint ?? ''}, revision ${answer.body.revision}`,
  )
}
