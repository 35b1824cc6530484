import type { Registry } from 'prom-client'
import type { DirectoryReader } from '../directory/directory.ts'
import type { WatiGate } from '../wati/gate.ts'
import { addFigure } from './figure.ts'
import { foremost } from './foremost.ts'

interface Parts {
  readonly directory: Pick<DirectoryReader, 'accounts'>
  readonly gate: Pick<WatiGate, 'breakerOf' | 'inFlightOf'>
  /** How many accounts are shown: those that Wati fails, or with the most calls on their way. */
  readonly limit: number
}

const STATES = ['closed', 'open', 'half-open'] as const

/** What this replica sends to Wati at the moment, and for which accounts it does not try. */
export function measureGate(registry: Registry, { directory, gate, limit }: Parts): void {
  addFigure(registry, {
    name: 'account_breaker_state',
    help: '1 for the state of the breaker of an account: open and half-open mean that its calls are not tried.',
    type: 'gauge',
    samples() {
      const accounts = [...directory.accounts.values()].map((account) => ({
        id: account.id,
        now: gate.breakerOf(account)?.state ?? 'closed',
      }))
      return foremost(accounts, limit, ({ now }) => (now === 'closed' ? 1 : 0)).flatMap(({ id, now }) =>
        STATES.map((state) => ({ labels: { account: id, state }, value: now === state ? 1 : 0 })),
      )
    },
  })
  addFigure(registry, {
    name: 'account_calls_in_flight',
    help: 'Calls of an account that are on their way to Wati; of too many accounts, those with the most.',
    type: 'gauge',
    samples() {
      const counts = [...directory.accounts.values()].map(({ id }) => ({
        labels: { account: id },
        value: gate.inFlightOf(id),
      }))
      return foremost(counts, limit, ({ value }) => -value)
    },
  })
}
