import type { Registry } from 'prom-client'
import type { DirectoryStore } from '../directory/store.ts'
import { addFigure } from './figure.ts'

/** Each replica says several times a second that it is there. */
const SILENT_MS = 5_000
/** Figures of one look at the page share what the store said. */
const SHARED_MS = 200

type Said = Awaited<ReturnType<DirectoryStore['replicas']>>

/** What the store says of the replicas, while it is there; without it there is nothing to say. */
export function measureReplicas(registry: Registry, store: Pick<DirectoryStore, 'replicas'>): void {
  let said: Promise<Said> | undefined
  const ask = async (): Promise<Said> => {
    if (said === undefined) {
      said = store.replicas()
      setTimeout(() => (said = undefined), SHARED_MS).unref()
    }
    return await said
  }
  addFigure(registry, {
    name: 'store_revision',
    help: "The store's newest revision of the directory.",
    type: 'gauge',
    samples: async () => [{ labels: {}, value: (await ask()).head }],
  })
  addFigure(registry, {
    name: 'replicas',
    help: 'Replicas the store knows: those that were heard of just now, and those that fell silent without a word.',
    type: 'gauge',
    async samples() {
      const { items } = await ask()
      const seen = items.map(({ seenAt }) => Date.parse(seenAt))
      const newest = Math.max(...seen)
      const silent = seen.filter((at) => newest - at > SILENT_MS).length
      return Object.entries({ heard: seen.length - silent, silent }).map(([state, value]) => ({
        labels: { state },
        value,
      }))
    },
  })
}
