import type { Registry } from 'prom-client'
import type { WatiAgent } from '../wati/wati-agent.ts'
import { addFigure } from './figure.ts'

/** Origins beyond this are left out: there are as many as Wati has servers. */
const MOST_ORIGINS = 100

/** The connections to Wati, by its server. */
export function measurePools(registry: Registry, agent: Pick<WatiAgent, 'load'>): void {
  const origins = () => [...agent.load].slice(0, MOST_ORIGINS)
  addFigure(registry, {
    name: 'wati_connections',
    help: 'Connections to Wati: open ones, and those of them that are free.',
    type: 'gauge',
    samples: () =>
      origins().flatMap(([origin, { open, free }]) => [
        { labels: { origin, state: 'open' }, value: open },
        { labels: { origin, state: 'free' }, value: free },
      ]),
  })
  addFigure(registry, {
    name: 'wati_requests',
    help: 'Requests to Wati now: running ones wait for its answer, pending ones for a connection.',
    type: 'gauge',
    samples: () =>
      origins().flatMap(([origin, { running, pending }]) => [
        { labels: { origin, state: 'running' }, value: running },
        { labels: { origin, state: 'pending' }, value: pending },
      ]),
  })
}
