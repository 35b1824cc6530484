/** What the declarative file describes; in this order, because a channel needs its account. */
export const KINDS = ['account', 'channel'] as const

export type Kind = (typeof KINDS)[number]

/** The name of each kind in the file, and in the API's paths. */
export const SECTIONS = { account: 'accounts', channel: 'channels' } as const

/** Where a record is in the API. */
export function pathOf(kind: Kind, id: string): string {
  return `/v1/${SECTIONS[kind]}/${encodeURIComponent(id)}`
}
