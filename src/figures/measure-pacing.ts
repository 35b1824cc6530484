import type { Registry } from 'prom-client'
import type { WaitingFigures } from '../pacing/pacer.ts'
import { addFigure, addNumber } from './figure.ts'
import { foremost } from './foremost.ts'

interface Parts {
  readonly isAlone: () => boolean
  readonly pacer: WaitingFigures
  /** How many accounts are shown: those with the longest queues. */
  readonly limit: number
}

/** How Wati's limits are kept. */
export function measurePacing(registry: Registry, { isAlone, pacer, limit }: Parts): void {
  addNumber(registry, {
    name: 'pacing_alone',
    help: "1 while the store is away and this replica keeps to its own share of Wati's limits.",
    type: 'gauge',
    value: () => (isAlone() ? 1 : 0),
  })
  addFigure(registry, {
    name: 'pacing_waiting',
    help: "Requests that wait now for their turns at Wati's limits, by account, where there are any.",
    type: 'gauge',
    samples() {
      const queues = [...pacer.waiting].map(([account, value]) => ({ labels: { account }, value }))
      return foremost(queues, limit, ({ value }) => -value)
    },
  })
  addNumber(registry, {
    name: 'pacing_waited_total',
    help: "How often a request had to wait for its turn at Wati's limits.",
    type: 'counter',
    value: () => pacer.waited,
  })
}
