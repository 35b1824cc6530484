import type { DirectoryReader } from '../directory/directory.ts'
import { monthlyCallsOf } from '../domain/rate-limits.ts'
import { type QuotaStep, stepOf } from '../pacing/quota.ts'
import type { TroubleParts } from './find-troubles.ts'
import type { Trouble } from './trouble.ts'

/** A channel that has used 80 percent or more of the calls it may make in a month. */
export interface NearQuota {
  readonly alias: string
  readonly step: QuotaStep
  readonly quota: number
  readonly used: number
}

/** Accounts that have used most of their calls of the month. */
export function* quotasOfAccounts({ directory, callsOf }: TroubleParts): Generator<Trouble> {
  for (const account of directory.accounts.values()) {
    const quota = monthlyCallsOf(account)
    const used = callsOf(account.id)
    const step = stepOf(quota, used)
    if (quota === undefined || step === 0) continue
    const isRefused = step === 100 && account.enforceQuota === true
    yield {
      level: step === 100 ? 'error' : 'warning',
      name: 'account-quota',
      text:
        `The account ${account.id} ${describe({ step, quota, used })}` +
        `${isRefused ? ', and its calls are refused until the month ends' : ''}: ` +
        'ask Wati for more and raise limits.monthlyCalls, or see in the usage who sends them.',
      target: { kind: 'account', id: account.id },
    }
  }
}

/** Channels that have used most of the calls they may make in a month. */
export function* quotasOfChannels({ channelsNearQuota }: TroubleParts): Generator<Trouble> {
  for (const { alias, ...near } of channelsNearQuota) {
    const isOver = near.step === 100
    yield {
      level: isOver ? 'error' : 'warning',
      name: 'channel-quota',
      text:
        `The channel ${alias} ${describe(near)}${isOver ? ', and its calls are refused until the month ends' : ''}: ` +
        'raise its monthlyCalls, or see in the usage who sends them.',
      target: { kind: 'channel', id: alias },
    }
  }
}

function describe({ step, quota, used }: Omit<NearQuota, 'alias'>): string {
  if (step === 100) return `has used up its ${quota} calls of this month (${used})`
  return `has used ${step} % or more of its ${quota} calls of this month (${used})`
}

/** A look at 100,000 channels takes some milliseconds: it is not taken for every request. */
const LOOK_MS = 10_000

interface ChannelSources {
  /** Its channels are looked up each time: the picture that holds them is replaced as a whole. */
  readonly directory: Pick<DirectoryReader, 'channels'>
  readonly callsOf: (account: string, channel: string) => { readonly channel: number }
}

/** Makes the look at all channels with a quota of their own; what it gives is at most ten seconds old. */
export function makeQuotaLook({ directory, callsOf }: ChannelSources): (now: Date) => readonly NearQuota[] {
  let found: readonly NearQuota[] = []
  let lookedAt = -Infinity
  return (now) => {
    if (Math.abs(now.getTime() - lookedAt) < LOOK_MS) return found
    lookedAt = now.getTime()
    const near: NearQuota[] = []
    for (const { alias, account, enabled, monthlyCalls } of directory.channels.values()) {
      if (!enabled || typeof monthlyCalls !== 'number') continue
      const used = callsOf(account, alias).channel
      const step = stepOf(monthlyCalls, used)
      if (step > 0) near.push({ alias, step, quota: monthlyCalls, used })
    }
    return (found = near)
  }
}
