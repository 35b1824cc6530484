import type { Logger } from 'pino'
import type { DirectoryReader } from '../directory/directory.ts'
import { quotaStep, quotaWarning } from './quota.ts'

interface Parts {
  /** Its accounts are looked up each time: the picture that holds them is replaced as a whole. */
  readonly directory: Pick<DirectoryReader, 'accounts'>
  readonly callsOf: (account: string) => number
  readonly log: Logger
  readonly everyMs: number
}

/** Warns once in the log when an account has used 80, 95 and 100 percent of its calls of the month. */
export function watchQuotas(parts: Parts): { look(): void; stop(): void } {
  const warned = new Map<string, number>()
  const look = (): void => {
    for (const account of parts.directory.accounts.values()) {
      const used = parts.callsOf(account.id)
      const step = quotaStep(account, used)
      // In a new month it is less again.
      if (step > (warned.get(account.id) ?? 0)) {
        const warning = quotaWarning(account, used)
        parts.log.warn({ alarm: 'quota', account: account.id, percent: step, warning }, 'calls run out')
      }
      warned.set(account.id, step)
    }
  }
  const timer = setInterval(look, parts.everyMs).unref()
  return { look, stop: () => clearInterval(timer) }
}
