import type { Static } from '@sinclair/typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { ChannelFields } from '../directory/entry.ts'
import type { Channel } from '../domain/channel.ts'
import { parseNumber } from '../domain/number.ts'
import { Refusal } from '../errors.ts'
import type { ChannelBody, ChannelPatch } from './channel-schema.ts'

const MOST_LABELS = 32

/** The channel that a `PUT` makes. Throws `invalid-request` with the field. */
export function channelFrom(
  alias: string,
  body: Static<typeof ChannelBody>,
  accounts: DirectoryReader['accounts'],
): ChannelFields {
  const { account, enabled = true, description, weight, monthlyCalls, labels } = body
  const number = parseNumber(body.number)
  if (number === undefined) {
    throw invalid('The field "number" must be 7 to 15 digits with the country code, the first not 0.')
  }
  if (accounts.get(account) === undefined) {
    throw invalid(`The field "account" names no account: create ${account} first.`)
  }
  return {
    ...{ alias, account, number, enabled },
    ...(description !== undefined && { description }),
    ...(weight !== undefined && { weight }),
    ...(monthlyCalls !== undefined && { monthlyCalls }),
    ...(labels !== undefined && { labels }),
  }
}

/** What a `PUT` of the channel with the patch applied would send (RFC 7396). */
export function patched(channel: Channel, patch: Static<typeof ChannelPatch>): Static<typeof ChannelBody> {
  const { alias: _alias, revision: _revision, ...fields } = channel
  const { labels, monthlyCalls, ...plain } = patch
  const merged = { ...fields, ...plain, ...(monthlyCalls !== undefined && { monthlyCalls }) }
  const withLabels = labels === undefined ? merged : { ...merged, labels: mergeLabels(fields.labels, labels) }
  // To take `monthlyCalls` away and to lift it are the same: it stays away.
  return Object.fromEntries(Object.entries(withLabels).filter(([, value]) => value !== null)) as Static<
    typeof ChannelBody
  >
}

function mergeLabels(
  labels: Readonly<Record<string, string>> | undefined,
  patch: object | null,
): Record<string, string> | null {
  if (patch === null) return null
  const merged = Object.entries<string | null>({ ...labels, ...patch }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  if (merged.length > MOST_LABELS)
    throw invalid(`The field "labels" must be an object of at most ${MOST_LABELS} short texts.`)
  return Object.fromEntries(merged)
}

function invalid(detail: string): Refusal {
  return new Refusal('invalid-request', detail)
}
