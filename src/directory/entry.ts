import type { Account } from '../domain/account.ts'
import type { CallerToken } from '../domain/caller-token.ts'
import type { Channel } from '../domain/channel.ts'
import { Secret } from '../domain/secret.ts'
import type { Seal } from './seal.ts'
import type { SealedChange } from './store.ts'

/** Who made a change. */
export interface Actor {
  readonly sub: string
  readonly jti?: string
  /** The address the admin called from. */
  readonly address: string
}

/** Every kind of change there is, as the audit names it. */
export type Action =
  | 'account.create'
  | 'account.update'
  | 'account.token'
  | 'account.delete'
  | 'channel.create'
  | 'channel.update'
  | 'channel.delete'
  | 'token.issue'
  | 'token.revoke'
  | 'token.forget'
  | 'session.end'
  | 'keys.rotate'
  | 'directory.reseed'

/** What became of one field. Tokens are named by their fingerprints. */
export interface FieldChange {
  readonly field: string
  readonly from?: unknown
  readonly to?: unknown
}

/** What the audit keeps of a change: it cannot be found out later. */
export interface EntryOrigin {
  readonly at: string
  readonly actor: Actor
  readonly requestId: string
}

interface Told extends EntryOrigin {
  readonly action: Action
  readonly changes: readonly FieldChange[]
  readonly id: string
}

export type AccountFields = Omit<Account, 'revision'>
export type ChannelFields = Omit<Channel, 'revision'>
export type TokenFields = Omit<CallerToken, 'revision'>

export type AccountEntry = Told & { readonly kind: 'account'; readonly record: AccountFields | null }
export type ChannelEntry = Told & { readonly kind: 'channel'; readonly record: ChannelFields | null }
export type TokenEntry = Told & { readonly kind: 'token'; readonly record: TokenFields | null }
/** Something that happened to the directory as a whole: it leaves no record. */
export type EventEntry = Told & { readonly kind: 'keys' | 'directory'; readonly record: null }

/** One change of the directory, in clear. The record `null` removes what the target names. */
export type Entry = AccountEntry | ChannelEntry | TokenEntry | EventEntry

/** Where an entry stands in the store: `account:acme`, `channel:sales`. */
export function targetOf({ kind, id }: Pick<Entry, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}

/** The whole entry is sealed, its Wati token with it, and bound to its target and revision. */
export function sealEntry(seal: Seal, entry: Entry, revision: number): SealedChange {
  const target = targetOf(entry)
  const sealed = seal.seal(printEntry(entry), boundTo(target, revision))
  return { revision, target, deleted: entry.record === null, sealed }
}

/** Throws when the seal does not hold for this target and revision. */
export function openEntry(seal: Seal, change: SealedChange): Entry {
  const text = seal.open(change.sealed, boundTo(change.target, change.revision))
  // What opens was sealed by a gateway: its form needs no second check.
  const entry = JSON.parse(text) as Exclude<Entry, AccountEntry> | PrintedAccountEntry
  if (entry.kind !== 'account' || entry.record === null) return entry as Entry
  const { token, ...record } = entry.record
  return { ...entry, record: { ...record, ...(token !== undefined && { token: new Secret(token) }) } }
}

/** The same text under the ring's first key; `undefined` when it is so already, or does not open. */
export function sealAgain(seal: Seal, change: SealedChange): string | undefined {
  if (seal.keyOf(change.sealed) === seal.first) return undefined
  const bound = boundTo(change.target, change.revision)
  try {
    return seal.seal(seal.open(change.sealed, bound), bound)
  } catch {
    // Damaged, or sealed with a key that nobody has: it stays what it is.
    return undefined
  }
}

/** An account entry as it stands under the seal: the only text in which a token is in clear. */
type PrintedAccountEntry = Omit<AccountEntry, 'record'> & {
  readonly record: (Omit<AccountFields, 'token'> & { readonly token?: string }) | null
}

function printEntry(entry: Entry): string {
  if (entry.kind !== 'account' || entry.record?.token === undefined) return JSON.stringify(entry)
  return JSON.stringify({ ...entry, record: { ...entry.record, token: entry.record.token.reveal() } })
}

function boundTo(target: string, revision: number): string {
  return `wati-gateway/directory/${target}/${revision}`
}
