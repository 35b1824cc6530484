import { Registry } from 'prom-client'
import t from 'tap'
import type { Account } from '../../src/domain/account.ts'
import { Records } from '../../src/directory/records.ts'
import { measureGate } from '../../src/figures/measure-gate.ts'
import { RefusedCalls } from '../../src/figures/refused-calls.ts'

t.test(
  'of too many accounts the page shows those that Wati fails, and those with the most calls',
  async (t) => {
    const registry = new Registry()
    const names = ['calm', 'busy', 'down']
    const accounts = new Records<Account>()
    for (const id of names) accounts.set(id, { id } as Account)
    const lastFailure = { at: new Date(), problem: 'wati-timeout', detail: 'No answer.' } as const
    const gate = {
      breakerOf: ({ id }: { id: string }) =>
        id === 'down' ? { state: 'open' as const, since: new Date(), lastFailure } : undefined,
      inFlightOf: (id: string) => (id === 'busy' ? 3 : 0),
    }
    measureGate(registry, { directory: { accounts }, gate, limit: 1 })
    t.same(await samples(registry), [
      'wati_gateway_account_breaker_state{account="down",state="closed"} 0',
      'wati_gateway_account_breaker_state{account="down",state="open"} 1',
      'wati_gateway_account_breaker_state{account="down",state="half-open"} 0',
      'wati_gateway_account_calls_in_flight{account="busy"} 3',
    ])
  },
)

t.test('calls not sent for accounts beyond the limit are counted together', async (t) => {
  const registry = new Registry()
  const refused = new RefusedCalls(1)
  refused.addTo(registry)
  refused.count('acme', 'breaker')
  for (const account of ['globex', 'initech', 'acme']) refused.count(account, 'in-flight')
  t.same(await samples(registry), [
    'wati_gateway_account_refused_calls_total{account="acme",why="breaker"} 1',
    'wati_gateway_account_refused_calls_total{account="acme",why="in-flight"} 1',
    'wati_gateway_account_refused_calls_total{account="(other)",why="breaker"} 0',
    'wati_gateway_account_refused_calls_total{account="(other)",why="in-flight"} 2',
  ])
})

async function samples(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => /^\w/.test(line))
}
