import { AccountBody } from '../admin/account-schema.ts'
import { ChannelBody } from '../admin/channel-schema.ts'

/** What the declarative file describes; in this order, because a channel needs its account. */
export const KINDS = ['account', 'channel'] as const

export type Kind = (typeof KINDS)[number]

/** The name of each kind in the file, and in the API's paths. */
export const SECTIONS = { account: 'accounts', channel: 'channels' } as const

/** What the API takes for each kind. The file takes the same, so the two cannot drift apart. */
export const BODIES = { account: AccountBody, channel: ChannelBody } as const

/** The names of the fields of a kind, in the order in which they are shown. */
export const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  account: Object.keys(AccountBody.properties).filter((name) => name !== 'token'),
  channel: Object.keys(ChannelBody.properties),
}

/** Where a record is in the API. */
export function pathOf(kind: Kind, id: string): string {
  return `/v1/${SECTIONS[kind]}/${encodeURIComponent(id)}`
}
