import { AccountBody } from '../admin/account-schema.ts'
import { ChannelBody } from '../admin/channel-schema.ts'
import type { Kind } from './record-kind.ts'

/** What the API takes for each kind. The file takes the same, so the two cannot drift apart. */
export const BODIES = { account: AccountBody, channel: ChannelBody } as const

/** The names of the fields of a kind, in the order in which they are shown. */
export const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  account: Object.keys(AccountBody.properties).filter((name) => name !== 'token'),
  channel: Object.keys(ChannelBody.properties),
}
