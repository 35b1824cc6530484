import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import { Secret } from '../domain/secret.ts'
import type { Seal } from './seal.ts'
import type { SealedChange } from './store.ts'

/** Who made a change: kept with it, because it cannot be found out later. */
export interface Actor {
  readonly sub: string
  readonly jti?: string
  /** The address the admin called from. */
  readonly address: string
}

export type AccountFields = Omit<Account, 'revision'>
export type ChannelFields = Omit<Channel, 'revision'>

/** One change of the directory, in clear. `null` removes what the target names. */
export type Entry = AccountEntry | ChannelEntry

export interface AccountEntry extends EntryOrigin {
  readonly kind: 'account'
  readonly id: string
  readonly account: AccountFields | null
}

export interface ChannelEntry extends EntryOrigin {
  readonly kind: 'channel'
  readonly id: string
  readonly channel: ChannelFields | null
}

export interface EntryOrigin {
  readonly at: string
  readonly actor: Actor
  readonly requestId: string
}

/** Where an entry stands in the store: `account:acme`, `channel:sales`. */
export function targetOf(entry: Entry): string {
  return `${entry.kind}:${entry.id}`
}

/** The whole entry is sealed, its Wati token with it, and bound to its target and revision. */
export function sealEntry(seal: Seal, entry: Entry, revision: number): SealedChange {
  const target = targetOf(entry)
  const deleted = entry.kind === 'account' ? entry.account === null : entry.channel === null
  return { revision, target, deleted, sealed: seal.seal(printEntry(entry), boundTo(target, revision)) }
}

/** Throws when the seal does not hold for this target and revision. */
export function openEntry(seal: Seal, change: SealedChange): Entry {
  const text = seal.open(change.sealed, boundTo(change.target, change.revision))
  // What opens was sealed by a gateway: its form needs no second check.
  const printed = JSON.parse(text) as PrintedAccountEntry | ChannelEntry
  if (printed.kind === 'channel') return printed
  const { account } = printed
  return { ...printed, account: account && { ...account, token: new Secret(account.token) } }
}

/** An account entry as it stands under the seal: the only text in which a token is in clear. */
interface PrintedAccountEntry extends Omit<AccountEntry, 'account'> {
  readonly account: (Omit<AccountFields, 'token'> & { readonly token: string }) | null
}

function printEntry(entry: Entry): string {
  if (entry.kind === 'channel' || entry.account === null) return JSON.stringify(entry)
  return JSON.stringify({ ...entry, account: { ...entry.account, token: entry.account.token.reveal() } })
}

function boundTo(target: string, revision: number): string {
  return `wati-gateway/directory/${target}/${revision}`
}
