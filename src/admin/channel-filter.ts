import type { Channel } from '../domain/channel.ts'

interface Asked {
  readonly account?: string
  readonly enabled?: 'true' | 'false'
  /** In any case. */
  readonly q?: string
}

/** A number as people write it. */
const NUMBER = /^[\d\s+-]*\d[\d\s+-]*$/
const BETWEEN_DIGITS = /[\s+-]/g

/** Tells which channels a list is to have. Called for each of very many, so what is the same for all is done before. */
export function channelFilter({ account, enabled, q }: Asked): (channel: Channel) => boolean {
  const isMatch = q === undefined ? () => true : searchFor(q)
  return (channel) =>
    (account === undefined || channel.account === account) &&
    (enabled === undefined || String(channel.enabled) === enabled) &&
    isMatch(channel)
}

function searchFor(q: string): (channel: Channel) => boolean {
  const text = q.toLowerCase()
  const digits = NUMBER.test(q) ? q.replaceAll(BETWEEN_DIGITS, '') : text
  return ({ alias, number, description }) =>
    alias.includes(text) || number.includes(digits) || description?.toLowerCase().includes(text) === true
}
