import { setTimeout as sleep } from 'node:timers/promises'
import { storeUnavailable } from '../errors.ts'
import type { DirectoryReader } from './directory.ts'
import { type Entry, type EntryOrigin, sealEntry } from './entry.ts'
import { reseedStore } from './reseed.ts'
import type { Seal } from './seal.ts'
import { type DirectoryStore, type SealedChange, StoreLost, type StorePosition } from './store.ts'

/** How often a write starts again because another replica was faster, and how long it pauses before. */
const MOST_TRIES = 20
const LONGEST_PAUSE_MS = 20

const AWAY = 'The store is away, so nothing was changed. Try again when GET /readyz no longer says degraded.'

/** The store did not say what became of a commit. */
class Unanswered extends Error {}

/** The only way to change the directory; handed to the control plane and to nobody else. */
export interface DirectoryWriter {
  /**
   * Decides on the newest picture and writes the decision, if nobody wrote in between; else decides anew.
   * So what `decide` saw (an account that exists, a revision) still holds when the change is in the store.
   * The change is synced when this resolves. Throws what `decide` throws, or `store-unavailable`.
   */
  write<E extends Entry>(decide: () => E): Promise<Written<E>>

  /**
   * Gives a store that has lost the directory a new life, with all that is in this replica's last picture.
   * Gives how many records were written. Throws `conflict` when nothing is lost, or another directory is there.
   */
  reseed(origin: EntryOrigin): Promise<number>
}

export interface Written<E extends Entry> {
  readonly entry: E
  readonly revision: number
}

interface Parts {
  readonly store: DirectoryStore
  readonly directory: DirectoryReader
  readonly seal: Seal
  /** How long a write waits until this process itself has applied it. */
  readonly applyTimeoutMs: number
}

export function makeWriter(parts: Parts): DirectoryWriter {
  const inTurn = makeQueue()
  return {
    write: async (decide) => await inTurn(() => writeUntilCommitted(parts, decide)),
    reseed: async (origin) => await inTurn(() => reseed(parts, origin)),
  }
}

async function writeUntilCommitted<E extends Entry>(parts: Parts, decide: () => E): Promise<Written<E>> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const position = writablePosition(parts.directory)
    const entry = decide()
    const change = sealEntry(parts.seal, entry, position.revision + 1)
    const result = await commit(parts.store, position.epoch, change)
    const applied = await parts.directory.reached(change.revision, parts.applyTimeoutMs)
    if (result === 'committed') return { entry, revision: change.revision }
    if (!applied)
      throw storeUnavailable('This replica is behind the store, so nothing was changed. Try again.')
    // Replicas that write without a pause would else meet again and again.
    await sleep(Math.random() * LONGEST_PAUSE_MS)
  }
  throw storeUnavailable('Other replicas kept writing at the same moment, so nothing was changed. Try again.')
}

function writablePosition({ state, position }: DirectoryReader): StorePosition {
  if (state === 'current' && position !== undefined) return position
  if (state === 'lost') {
    throw storeUnavailable(
      'The store has lost the directory, so it takes no changes. The last picture stays in force for callers. ' +
        'wati-gateway apply (or POST /v1/directory/reseed) writes it back into the store.',
    )
  }
  throw storeUnavailable(AWAY)
}

async function commit(
  store: DirectoryStore,
  epoch: string,
  change: SealedChange,
): Promise<'committed' | 'moved'> {
  try {
    return await store.commit(epoch, change)
  } catch (cause) {
    const isLost = cause instanceof StoreLost
    const what = isLost ? 'The store has lost the directory' : 'The store did not confirm the change'
    const detail = `${what}: read it back to see whether it was made, before you try again.`
    throw storeUnavailable(detail, isLost ? cause : new Unanswered('the commit failed', { cause }))
  }
}

/**
 * Runs one task after another, so that the writes of one process do not race each other. Whoever waits behind a write
 * that the store did not answer is told at once: else the tenth would wait ten times as long as the first.
 */
function makeQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let unanswered = 0
  return (task) => {
    const before = unanswered
    const turn = last.then(async () => {
      if (unanswered > before) throw storeUnavailable(AWAY)
      return await task()
    })
    last = turn.catch((error: unknown) => {
      if ((error as Error).cause instanceof Unanswered) unanswered += 1
    })
    return turn
  }
}

async function reseed(parts: Parts, origin: EntryOrigin): Promise<number> {
  const records = await reseedStore(parts, origin)
  await writeUntilCommitted(parts, () => ({
    ...origin,
    kind: 'directory' as const,
    id: 'directory',
    action: 'directory.reseed' as const,
    record: null,
    changes: [{ field: 'records', to: records }],
  }))
  return records
}
