import type { Difference } from './differences.ts'
import type { DirectoryFile } from './directory-file.ts'
import type { Existing } from './existing.ts'

/** What the gateway would refuse half-way through, as sentences: known before anything is written. */
export function obstaclesOf(file: DirectoryFile, found: readonly Difference[], existing: Existing): string[] {
  return [
    ...tokensMissing(found),
    ...accountsMissing(file, found, existing),
    ...accountsInUse(file, found, existing),
  ]
}

/** One for each new account for which the file says no source of the token. */
export function tokensMissing(found: readonly Difference[]): string[] {
  const bare = found.filter(({ kind, change, fields }) => {
    return kind === 'account' && change === 'create' && !fields.some(({ field }) => field === 'tokenFrom')
  })
  return bare.map(
    ({ id }) =>
      `The account ${id} is new, so it needs "tokenFrom": a token itself does not belong in the file. ` +
      `Or create it with: wati-gateway accounts put ${id} --token-stdin …`,
  )
}

function accountsMissing(file: DirectoryFile, found: readonly Difference[], existing: Existing): string[] {
  return found.flatMap(({ kind, change, id }) => {
    if (kind !== 'channel' || change === 'delete') return []
    const account = accountOf(file.channel?.get(id))
    if (existing.account.has(account) || file.account?.has(account) === true) return []
    return [`The channel ${id} names the account ${account}, which is not there.`]
  })
}

/** Accounts that would be removed though a channel that stays uses them. */
function accountsInUse(file: DirectoryFile, found: readonly Difference[], existing: Existing): string[] {
  const removed = new Set(
    found.filter(({ change }) => change === 'delete').map(({ kind, id }) => `${kind} ${id}`),
  )
  const afterwards = new Map([...existing.channel, ...(file.channel ?? [])])
  return [...afterwards]
    .filter(([alias, fields]) => {
      return !removed.has(`channel ${alias}`) && removed.has(`account ${accountOf(fields)}`)
    })
    .map(([alias, fields]) => {
      return `--prune would remove the account ${accountOf(fields)}, which the channel ${alias} uses.`
    })
}

function accountOf(channel: Readonly<Record<string, unknown>> | undefined): string {
  return String(channel?.['account'])
}
