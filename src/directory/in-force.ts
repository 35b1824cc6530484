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

/** Waits until a revision is in force on all replicas, but no longer than `limitMs`. */
export async function untilInForce(
  store: DirectoryStore,
  directory: DirectoryReader,
  revision: number,
  limitMs: number,
): Promise<InForce> {
  const end = Date.now() + limitMs
  for (;;) {
    const inForce = await look(store, directory, revision)
    if (inForce.replicas === inForce.of || Date.now() >= end) return inForce
    await sleep(LOOK_MS)
  }
}

async function look(store: DirectoryStore, directory: DirectoryReader, revision: number): Promise<InForce> {
  const { items } = await store.replicas()
  const done = items.filter((item) => item.epoch === directory.position?.epoch && item.revision >= revision)
  return { replicas: done.length, of: items.length }
}
