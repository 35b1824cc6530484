import type { TroubleParts } from './find-troubles.ts'
import type { Trouble } from './trouble.ts'

/** The store gave no answer to this replica when it was asked just now. */
export function storeAway({ store }: Pick<TroubleParts, 'store'>): Trouble[] {
  if (!store.isAway) return []
  const text = `The store does not answer (${store.why}), so nothing can be changed: start it, or see to the way there.`
  return [{ level: 'error', name: 'store-away', text }]
}

/** Wati's limits are kept by shares, because the replicas cannot speak to each other. */
export function pacingAlone({ isAlone }: Pick<TroubleParts, 'isAlone'>): Trouble[] {
  if (!isAlone) return []
  const text =
    "This replica keeps to its own share of Wati's limits while the store is away, so fewer calls may leave: " +
    'see to the store.'
  return [{ level: 'warning', name: 'pacing-alone', text }]
}
