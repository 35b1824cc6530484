import type { Registry } from 'prom-client'
import type { Trouble } from '../troubles/trouble.ts'
import { addFigure } from './figure.ts'

/** How many troubles of each kind there are now, as `GET /v1/troubles` tells them in words. */
export function measureTroubles(registry: Registry, find: () => Promise<readonly Trouble[]>): void {
  addFigure(registry, {
    name: 'troubles',
    help: 'What is wrong now, by kind: GET /v1/troubles says it in words.',
    type: 'gauge',
    async samples() {
      const counts = new Map<string, { labels: { level: string; name: string }; value: number }>()
      for (const { level, name } of await find()) {
        const known = counts.get(`${level} ${name}`) ?? { labels: { level, name }, value: 0 }
        known.value += 1
        counts.set(`${level} ${name}`, known)
      }
      return [...counts.values()]
    },
  })
}
