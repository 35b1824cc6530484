import { setTimeout as sleep } from 'node:timers/promises'
import type { DirectoryReader } from './directory.ts'
import type { DirectoryStore } from './store.ts'

/** How often the replicas are looked at while a write waits for them. */
const LOOK_MS = 20

/** On how many of the replicas a revision is in force. */
export interface InForce {
  readonly replicas: number
  readonly of: number
}

/**
 * Waits until a revision is in force on all replicas, but no longer than `limitMs`. Gives what was known last, or
 * `undefined` when nothing is: the store can go away meanwhile, and the change is in it all the same.
 */
export async function untilInForce(
  store: DirectoryStore,
  directory: DirectoryReader,
  revision: number,
  limitMs: number,
): Promise<InForce | undefined> {
  const end = Date.now() + limitMs
  let inForce: InForce | undefined
  for (;;) {
    const seen = await look(store, directory, revision).catch(() => undefined)
    if (seen !== undefined && seen.of > 0) inForce = seen
    if (inForce !== undefined && inForce.replicas === inForce.of) return inForce
    if (Date.now() >= end) return inForce
    await sleep(LOOK_MS)
  }
}

async function look(store: DirectoryStore, directory: DirectoryReader, revision: number): Promise<InForce> {
  const { items } = await store.replicas()
  const done = items.filter((item) => item.epoch === directory.position?.epoch && item.revision >= revision)
  return { replicas: done.length, of: items.length }
}
