import type {
  AccountEntry,
  AccountFields,
  ChannelEntry,
  ChannelFields,
  Entry,
  EntryOrigin,
  TokenEntry,
  TokenFields,
} from '../../src/directory/entry.ts'
import { type OpenedChange, Picture } from '../../src/directory/picture.ts'
import { Secret } from '../../src/domain/secret.ts'

export const ORIGIN: EntryOrigin = {
  at: '2026-11-22T09:00:00.000Z',
  actor: { sub: 'admin', jti: 'id-1', address: '127.0.0.1' },
  requestId: 'request-1',
}

export const WATI_TOKEN = 'wati_11111111-2222.abcdef'

/** An account with a token, or as `fields` say; each call gives a new one. */
export function accountEntry(id: string, fields: Partial<AccountFields> = {}): AccountEntry {
  const record: AccountFields = {
    id,
    tenantId: '388428',
    baseUrl: 'https://live-mt-server.wati.io',
    ...(fields.tokenFrom === undefined && { token: new Secret(WATI_TOKEN) }),
    tokenUpdatedAt: ORIGIN.at,
    plan: 'growth',
    ...fields,
  }
  return { ...ORIGIN, kind: 'account', id, action: 'account.create', changes: [], record }
}

/** A channel of the account acme, or as `fields` say. */
export function channelEntry(alias: string, fields: Partial<ChannelFields> = {}): ChannelEntry {
  const record = { alias, account: 'acme', number: '85264318722', enabled: true, ...fields }
  return { ...ORIGIN, kind: 'channel', id: alias, action: 'channel.create', changes: [], record }
}

/** A token that is revoked. */
export function revocation(jti: string): TokenEntry {
  const record: TokenFields = { jti, revokedAt: ORIGIN.at }
  return { ...ORIGIN, kind: 'token', id: jti, action: 'token.revoke', changes: [], record }
}

export function removal(kind: 'account' | 'channel' | 'token', id: string): Entry {
  const told = { ...ORIGIN, id, changes: [], record: null }
  if (kind === 'account') return { ...told, kind, action: 'account.delete' }
  if (kind === 'channel') return { ...told, kind, action: 'channel.delete' }
  return { ...told, kind, action: 'token.forget' }
}

/** What the picture gets of an entry whose seal held. */
export function opened(entry: Entry, revision: number): OpenedChange {
  return { target: `${entry.kind}:${entry.id}`, revision, entry }
}

/** What the picture gets where the seal did not hold. */
export function unreadable(target: string, revision: number): OpenedChange {
  return { target, revision, entry: undefined }
}

export function pictureWith(...changes: readonly OpenedChange[]): Picture {
  const picture = new Picture()
  for (const change of changes) picture.put(change)
  return picture
}
