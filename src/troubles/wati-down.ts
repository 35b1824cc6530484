import type { DirectoryReader } from '../directory/directory.ts'
import type { Account } from '../domain/account.ts'
import type { OpenBreaker } from '../wati/gate.ts'
import { type Trouble, timeOf } from './trouble.ts'

/** For which accounts this replica does not try Wati; nothing where nobody calls Wati. */
export interface Breakers {
  readonly breakerOf?: (account: Account) => OpenBreaker | undefined
}

/** Accounts whose calls are refused, because Wati failed them again and again. */
export function* watiDown({
  directory,
  breakerOf,
}: Breakers & { readonly directory: Pick<DirectoryReader, 'accounts'> }): Generator<Trouble> {
  for (const account of directory.accounts.values()) {
    const open = breakerOf?.(account)
    if (open === undefined) continue
    const { id, baseUrl } = account
    yield {
      level: 'error',
      name: 'wati-down',
      text:
        `Wati has failed the account ${id} since ${timeOf(open.since)}, so its calls are refused and tried again from ` +
        `time to time (last failure: ${open.lastFailure.detail}): see whether ${baseUrl} can be reached from here.`,
      target: { kind: 'account', id },
    }
  }
}
