import type { Static } from '@sinclair/typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import { Refusal } from '../errors.ts'
import { type AccountCheck, type AccountCheckOptions, checkAccount } from '../wati/check-account.ts'
import { ChannelParams } from './channel-schema.ts'
import { CheckAnswer } from './check-schema.ts'
import type { ControlPlane } from './parts.ts'

type Check = Static<typeof CheckAnswer>['checks'][number]

export interface ChannelCheckOptions extends AccountCheckOptions {
  readonly directory: Pick<DirectoryReader, 'find'> & {
    readonly channels: Pick<DirectoryReader['channels'], 'get'>
    readonly accounts: Pick<DirectoryReader['accounts'], 'get'>
  }
}

/** `/v1/channels/{alias}/check`: does Wati take the account's token, and has the account the channel's number? */
export function channelCheck(app: ControlPlane, options: ChannelCheckOptions): void {
  const schema = { params: ChannelParams, response: { 200: CheckAnswer } }

  app.post('/channels/:alias/check', { schema }, async function checkChannel(request) {
    const { channel, account } = existing(options.directory, request.params.alias)
    const checks = [
      ...(account.token === undefined
        ? withoutToken(options, account)
        : describe(await checkAccount(options, account, account.token), channel, account)),
      describeEnabled(channel),
    ]
    return { ok: checks.every(({ ok }) => ok), checks }
  })
}

function existing(
  directory: ChannelCheckOptions['directory'],
  alias: string,
): { channel: Channel; account: Account } {
  const channel = directory.channels.get(alias)
  const account = directory.accounts.get(channel?.account ?? '')
  if (channel !== undefined && account !== undefined) return { channel, account }
  const found = directory.find(alias)
  if (!found.known && found.why === 'unknown') throw new Refusal('not-found', 'There is no such channel.')
  throw new Refusal(
    'store-unavailable',
    `The record of the channel ${alias} or of its account cannot be read just now.`,
    { headers: { 'retry-after': '1' } },
  )
}

/** The token stands in a variable or a file that cannot be read: there is nothing to ask Wati with. */
function withoutToken({ watiHosts }: ChannelCheckOptions, { baseUrl }: Account): Check[] {
  const detail = 'The place that tokenFrom names holds no token, so Wati was not asked.'
  return [
    describeHost(() => watiHosts.check(baseUrl)),
    { name: 'token', ok: false, detail },
    { name: 'number', ok: false, detail: NOT_TOLD },
  ]
}

function describeHost(check: () => string): Check {
  try {
    return { name: 'baseUrl', ok: true, detail: `${check()} is an allowed host; it was not asked.` }
  } catch (error) {
    return { name: 'baseUrl', ok: false, detail: `It cannot be used: ${(error as Error).message}.` }
  }
}

const NOT_TOLD = 'It could not be told whether the account has the number.'

function describe(check: AccountCheck, { number }: Channel, { id, baseUrl }: Account): Check[] {
  const reached: Check = { name: 'baseUrl', ok: true, detail: `${baseUrl} is allowed and answers.` }
  switch (check.token) {
    case 'accepted':
      return [
        reached,
        { name: 'token', ok: true, detail: `Wati accepts the token of the account ${id}.` },
        describeNumber(number, check.numbers),
      ]
    case 'rejected':
      return [
        reached,
        { name: 'token', ok: false, detail: `Wati rejects the token of the account ${id}: write a new one.` },
        { name: 'number', ok: false, detail: NOT_TOLD },
      ]
    case 'unknown':
      return [
        check.answered ? reached : { name: 'baseUrl', ok: false, detail: check.refusal.message },
        {
          name: 'token',
          ok: false,
          detail: check.answered ? check.refusal.message : 'Wati could not be asked about the token.',
        },
        { name: 'number', ok: false, detail: NOT_TOLD },
      ]
  }
}

function describeNumber(number: string, numbers: ReadonlySet<string> | undefined): Check {
  if (numbers === undefined) {
    return { name: 'number', ok: false, detail: `${NOT_TOLD} Wati gave no list of numbers.` }
  }
  const ok = numbers.has(number)
  const detail = ok
    ? `${number} is one of the account's numbers.`
    : `${number} is none of the account's numbers.`
  return { name: 'number', ok, detail }
}

function describeEnabled({ alias, enabled }: Channel): Check {
  const detail = enabled ? `The channel ${alias} is switched on.` : `The channel ${alias} is switched off.`
  return { name: 'enabled', ok: enabled, detail }
}
