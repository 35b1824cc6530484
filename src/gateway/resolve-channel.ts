import type { FastifyRequest } from 'fastify'
import type { ChannelFinder, Found } from '../directory/directory.ts'
import type { UsableAccount } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import { writes } from '../domain/operation.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import { Refusal, storeUnavailable } from '../errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    channel: Channel
    account: UsableAccount
  }
}

/** Makes the hook: which number, which account? Asks only the picture in memory. */
export function makeResolveChannel(
  directory: ChannelFinder,
  watiHosts: WatiHosts,
): (request: FastifyRequest) => void {
  /** A record that changes is another object, so each is looked at once. */
  const isAllowed = memoized((account: UsableAccount) => isAmong(watiHosts, account.baseUrl))
  return function resolveChannel(request: FastifyRequest): void {
    const found = directory.find(request.alias)
    if (!found.known) throw refusalFor(found.why, request.alias)
    request.channel = found.channel
    request.account = found.account
    if (!found.channel.enabled) {
      throw new Refusal('channel-disabled', `The channel ${request.alias} is switched off: ask its admin.`)
    }
    if (!isAllowed(found.account)) throw foreignHost(found.account.id, writes(request.located.operation))
  }
}

/** `WATI_HOSTS` may have become stricter since the account was written: then its token stays here. */
function isAmong(watiHosts: WatiHosts, baseUrl: string): boolean {
  try {
    return watiHosts.check(baseUrl) === baseUrl
  } catch {
    return false
  }
}

function memoized<K extends object>(ask: (key: K) => boolean): (key: K) => boolean {
  const answers = new WeakMap<K, boolean>()
  return (key) => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = ask(key)
    answers.set(key, answer)
    return answer
  }
}

function foreignHost(account: string, isWrite: boolean): Refusal {
  const detail = `The baseUrl of the account ${account} is not among the allowed hosts (WATI_HOSTS): nothing was sent.`
  return new Refusal('wati-unreachable', detail, {
    headers: { 'proxy-status': 'wati-gateway; error=destination_ip_prohibited' },
    ...(isWrite && { outcome: 'not_sent' }),
  })
}

function refusalFor(why: Extract<Found, { known: false }>['why'], alias: string): Refusal {
  switch (why) {
    case 'unknown':
      return new Refusal('unknown-channel', `There is no channel ${alias}: check the alias in the path.`)
    case 'unreadable':
      return storeUnavailable(
        `The record of the channel ${alias} cannot be read: its admin must write it anew.`,
      )
    case 'no-token':
      return storeUnavailable(
        `The Wati token of the channel ${alias} cannot be read: its admin must see to it.`,
      )
    case 'blind':
      return storeUnavailable('The store is away, so it is not known whether this channel exists: try again.')
    case 'not-loaded':
      return storeUnavailable('The directory of channels is not loaded yet: try again.')
  }
}
