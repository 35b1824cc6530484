import { type Seal } from '../directory/seal.ts'
import { openEntry } from '../directory/entry.ts'
import type { AnnouncedReplica, DirectoryStore } from '../directory/store.ts'

/** What the store says of the replicas, when it was asked. */
export type StoreView =
  | { readonly isAway: true; readonly why: string }
  | { readonly isAway: false; readonly replicas: readonly ReplicaView[] }

export interface ReplicaView {
  readonly id: string
  /** Host and port of its data plane. */
  readonly address: string
  /** For how long nobody has heard of it, by the store's clock. */
  readonly silentMs: number
  /** How many changes it has not applied. */
  readonly missing: number
  /** For how long the first of them has been there; 0 when nothing is missing, or that cannot be said. */
  readonly behindMs: number
}

export interface StoreViewOptions {
  readonly store: Pick<DirectoryStore, 'replicas' | 'history'>
  readonly seal: Seal
  /** The longest wait for the store. */
  readonly limitMs: number
}

/** Of so many replicas that lack something it is asked for how long. */
const MOST_DATED = 10

/** Makes the look at the store: never throws, and never lasts longer than its limit; one is under way at a time. */
export function makeStoreLook({ limitMs, ...source }: StoreViewOptions): () => Promise<StoreView> {
  let underWay: Promise<StoreView> | undefined
  return async () => {
    underWay ??= askStore(source).finally(() => (underWay = undefined))
    return await within(limitMs, underWay)
  }
}

async function within(limitMs: number, asked: Promise<StoreView>): Promise<StoreView> {
  return await new Promise((resolve) => {
    const why = `no answer within ${limitMs / 1_000} s`
    const timer = setTimeout(() => resolve({ isAway: true, why }), limitMs)
    void asked.then((view) => {
      clearTimeout(timer)
      resolve(view)
    })
  })
}

type Source = Omit<StoreViewOptions, 'limitMs'>

async function askStore(source: Source): Promise<StoreView> {
  try {
    const { head, items } = await source.store.replicas()
    const heardOf = Math.max(...items.map(({ seenAt }) => Date.parse(seenAt)))
    const laggards = items.filter(({ revision }) => revision < head).slice(0, MOST_DATED)
    const dates = await Promise.all(
      laggards.map(async (one) => [one.id, await behindMs(source, one)] as const),
    )
    const behind = new Map(dates)
    const replicas = items.map(({ id, address, revision, seenAt }) => ({
      ...{ id, address },
      silentMs: heardOf - Date.parse(seenAt),
      missing: Math.max(0, head - revision),
      behindMs: behind.get(id) ?? 0,
    }))
    return { isAway: false, replicas }
  } catch (error) {
    return { isAway: true, why: (error as Error).message }
  }
}

/** For how long the first change that a replica lacks has been in the store: the change itself says when it was made. */
async function behindMs({ store, seal }: Source, { revision }: AnnouncedReplica): Promise<number> {
  const [missed] = await store.history({ from: revision, count: 1, newestFirst: false })
  if (missed === undefined) return 0
  try {
    return Math.max(0, Date.now() - Date.parse(openEntry(seal, missed).at))
  } catch {
    // It does not open: that is another trouble, and it says no time.
    return 0
  }
}
