import type { Registry } from 'prom-client'
import type { DirectoryReader } from '../directory/directory.ts'
import { monthlyCallsOf } from '../domain/rate-limits.ts'
import { type Sample, addFigure } from './figure.ts'
import { foremost } from './foremost.ts'

interface Parts {
  readonly directory: Pick<DirectoryReader, 'accounts'>
  /** How many calls of this month an account has used. */
  readonly callsOf: (account: string) => number
  /** How many accounts are shown: those that need somebody soonest. */
  readonly limit: number
}

/** When the tokens of accounts end, and how much of the month is used. */
export function measureAccounts(registry: Registry, { directory, callsOf, limit }: Parts): void {
  addFigure(registry, {
    name: 'account_token_expiry_timestamp_seconds',
    help: "When an account's token expires, where that is known; of too many accounts, the soonest.",
    type: 'gauge',
    samples() {
      const known = [...directory.accounts.values()].flatMap(({ id, tokenExpiresAt }) => {
        if (tokenExpiresAt === undefined) return []
        return [{ labels: { account: id }, value: Date.parse(tokenExpiresAt) / 1_000 }]
      })
      return foremost(known, limit, ({ value }) => value)
    },
  })
  addFigure(registry, {
    name: 'account_monthly_calls',
    help: 'Calls of an account in this month, and how many it may make; of too many accounts, the nearest to that.',
    type: 'gauge',
    samples() {
      const accounts = [...directory.accounts.values()].map((account) => ({
        id: account.id,
        used: callsOf(account.id),
        quota: monthlyCallsOf(account),
      }))
      const shown = foremost(accounts, limit, ({ used, quota }) => -used / (quota ?? Infinity))
      return shown.flatMap(({ id, used, quota }): Sample[] => [
        { labels: { account: id, of: 'used' }, value: used },
        ...(quota === undefined ? [] : [{ labels: { account: id, of: 'quota' }, value: quota }]),
      ])
    },
  })
}
