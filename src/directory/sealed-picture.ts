import type { Account } from '../domain/account.ts'
import type { CallerToken } from '../domain/caller-token.ts'
import type { Channel } from '../domain/channel.ts'
import { type Action, type Entry, type EntryOrigin, sealEntry } from './entry.ts'
import type { Seal } from './seal.ts'
import type { SealedChange } from './store.ts'

/** What is in a picture; also a list of it that was made at one moment. */
export interface PictureContent {
  readonly accounts: { values(): Iterable<Account> }
  readonly channels: { values(): Iterable<Channel> }
  readonly tokens: { values(): Iterable<CallerToken> }
}

/** Every record as it stands in the picture, sealed for the place and revision it has, when its turn comes. */
export function* sealedRecords(
  { accounts, channels, tokens }: PictureContent,
  seal: Seal,
  origin: EntryOrigin & { readonly action: Action },
): Generator<SealedChange> {
  const told = { ...origin, changes: [] }
  const sealed = (entry: Entry, revision: number): SealedChange => sealEntry(seal, entry, revision)
  for (const { revision, ...rest } of accounts.values()) {
    // A token from elsewhere does not belong into the store.
    const { token, ...record } = rest
    const own = rest.tokenFrom === undefined && token !== undefined
    const account = { ...record, ...(own && { token }) }
    yield sealed({ ...told, kind: 'account', id: rest.id, record: account }, revision)
  }
  for (const { revision, ...record } of channels.values()) {
    yield sealed({ ...told, kind: 'channel', id: record.alias, record }, revision)
  }
  for (const { revision, ...record } of tokens.values()) {
    yield sealed({ ...told, kind: 'token', id: record.jti, record }, revision)
  }
}

/** In pieces of at most `size`, the last of which may be empty. */
export function* inBatches<T>(
  items: Iterable<T>,
  size: number,
  onBatch: (length: number) => void = () => undefined,
): Generator<readonly T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    onBatch(batch.length)
    yield batch
    batch = []
  }
  onBatch(batch.length)
  yield batch
}
