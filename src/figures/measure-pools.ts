import type { Registry } from 'prom-client'
import type { Agent } from 'undici'
import { addFigure } from './figure.ts'

/** Origins beyond this are left out: there are as many as Wati has servers. */
const MOST_ORIGINS = 100

/** The connections to Wati, by its server. */
export function measurePools(registry: Registry, agent: Pick<Agent, 'stats'>): void {
  const origins = () => Object.entries(agent.stats).slice(0, MOST_ORIGINS)
  addFigure(registry, {
    name: 'wati_connections',
    help: 'Connections to Wati: open ones, and those of them that are free.',
    type: 'gauge',
    samples: () =>
      origins().flatMap(([origin, pool]) => [
        { labels: { origin, state: 'open' }, value: Number(pool.connected) },
        { labels: { origin, state: 'free' }, value: 'free' in pool ? pool.free : 0 },
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
