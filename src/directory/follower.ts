import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { DirectoryCopy } from './copy.ts'
import { continues } from './deed.ts'
import type { Directory } from './directory.ts'
import { MOST_ALARMS, opener } from './open-change.ts'
import { Picture } from './picture.ts'
import type { Seal } from './seal.ts'
import { type DirectoryStore, StoreLost, type StorePosition } from './store.ts'

const FIRST_RETRY_MS = 50
/** With the wait for a connection it stays below the second in which a replica is to be current again. */
const LONGEST_RETRY_MS = 250

export interface Follower {
  /** Ends the following; resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

interface Parts {
  readonly store: DirectoryStore
  readonly directory: Directory
  readonly seal: Seal
  readonly log: Logger
  /** The copy on the disk, where one is kept. */
  readonly copy?: Pick<DirectoryCopy, 'find' | 'load' | 'passOver' | 'changed'> | undefined
  /** Puts in the token of an account that keeps it elsewhere. */
  readonly fill: (account: Account) => Account
  /** Called after changes were applied, and now and then as a sign of life. */
  readonly onApplied: () => void
}

/**
 * Keeps the directory at the store's newest revision: loads it once, then follows the change stream.
 * When the store is away the last picture stays in force, and the following goes on where it was left.
 */
export function followStore(parts: Parts): Follower {
  const stopping = new AbortController()
  const running = followUntilStopped(parts, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function followUntilStopped(parts: Parts, signal: AbortSignal): Promise<void> {
  let [failures, loads] = [0, 0]
  const isStopped = (): boolean => signal.aborted
  if (parts.directory.position === undefined) await untilLoaded(parts, signal)
  while (!isStopped()) {
    try {
      await followFromPosition(parts, signal, (changes) => {
        failures = 0
        if (changes > 0) loads = 0
      })
    } catch (error) {
      if (isStopped()) return
      // Also after a load: what stands in the stream may lead to the next one at once.
      const wait = waitAfter((await loadedAnew(parts, error)) ? loads++ : failures++)
      await sleep(wait, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function untilLoaded(parts: Parts, signal: AbortSignal): Promise<void> {
  const isStopped = (): boolean => signal.aborted
  for (let failures = 0; !isStopped(); failures++) {
    try {
      await loadFirst(parts)
      return
    } catch (error) {
      const { directory, copy } = parts
      const copied = directory.position === undefined ? await copy?.load() : undefined
      if (isStopped()) return
      if (copied !== undefined) directory.replace(copied.position, copied.picture)
      noteFailure(parts, error)
      await sleep(waitAfter(failures), undefined, { signal }).catch(() => undefined)
    }
  }
}

/**
 * The first picture comes from the store, also after the copy was in force: what is in the copy is nobody's word but
 * the disk's. A store that has less than the copy has lost something.
 */
async function loadFirst(parts: Parts): Promise<void> {
  const { copy, directory, seal } = parts
  const known = await copy?.find()
  try {
    await load(parts, known)
  } catch (error) {
    if (known === undefined || !(error instanceof StoreLost) || error.successor === undefined) throw error
    const { epoch, hasRecords = false } = error.successor
    const isContinued = continues(seal, error.successor, known.epoch)
    // Another directory is followed by those that start, as without a copy; who serves already stays with the old one.
    if (!isContinued && (!hasRecords || directory.position !== undefined)) throw error
    await load(parts, { epoch, revision: 0 })
    if (!isContinued) copy?.passOver('there is another directory in the store')
  }
}

function waitAfter(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS)
}

/** What a failure of following calls for besides trying again: a whole new picture, or a word in the log. */
async function loadedAnew(parts: Parts, error: unknown): Promise<boolean> {
  const known = parts.directory.position
  const isTrimmed = error instanceof StoreLost && error.reason === 'trimmed'
  const isContinued = error instanceof StoreLost && known !== undefined && goesOn(parts.seal, error, known)
  if (!isTrimmed && !isContinued) {
    noteFailure(parts, error)
    return false
  }
  const expected = isTrimmed ? known : successorOf(error, known)
  parts.log.warn({ reason: error.message }, 'the directory is loaded anew')
  try {
    // The old picture stays in force until the new one is there.
    await load(parts, expected)
    return true
  } catch (failure) {
    noteFailure(parts, failure)
    return false
  }
}

/** May the store that stands there now be taken for ours? */
function goesOn(seal: Seal, { successor }: StoreLost, known: StorePosition): boolean {
  // Whoever has seen no change yet has nothing to lose.
  if (known.revision === 0) return true
  return successor !== undefined && continues(seal, successor, known.epoch)
}

/** What is to be loaded; `undefined` for whatever is there, which is only for those who have nothing to lose. */
function successorOf({ successor }: StoreLost, known: StorePosition | undefined): StorePosition | undefined {
  if (successor === undefined || known?.revision === 0) return undefined
  return { epoch: successor.epoch, revision: 0 }
}

async function load(parts: Parts, known?: StorePosition): Promise<void> {
  const { directory, log } = parts
  const picture = new Picture(parts.fill)
  const open = opener(parts)
  let records = 0
  const position = await parts.store.load((changes) => {
    records += changes.length
    for (const change of changes) picture.put(open(change))
  }, known)
  directory.replace(position, picture)
  const unreadable = picture.unreadable.size
  if (unreadable > MOST_ALARMS) {
    log.error({ alarm: 'seal-broken', unreadable }, 'these many records do not open and are not used')
  }
  log.info({ revision: position.revision, records }, 'the directory is loaded')
  noteApplied(parts)
}

function noteApplied({ copy, onApplied }: Parts): void {
  onApplied()
  copy?.changed()
}

async function followFromPosition(
  parts: Parts,
  signal: AbortSignal,
  onAlive: (changes: number) => void,
): Promise<void> {
  const { directory, log } = parts
  const position = directory.position
  if (position === undefined) return
  await parts.store.follow(
    position,
    (changes) => {
      onAlive(changes.length)
      if (directory.state !== 'current') {
        directory.state = 'current'
        log.info({ revision: directory.position?.revision }, 'the directory follows the store again')
      }
      const open = opener(parts)
      for (const change of changes) directory.apply(open(change))
      noteApplied(parts)
    },
    signal,
  )
}

function noteFailure({ directory, log }: Parts, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  const isLoaded = directory.state !== 'not-loaded'
  const state = error instanceof StoreLost ? 'lost' : isLoaded ? 'blind' : 'not-loaded'
  const isNews = isLoaded ? state !== directory.state : reason !== directory.whyNotLoaded
  if (isNews) {
    const effect = isLoaded ? 'the last picture of the directory stays in force' : 'there is no directory yet'
    log.error(
      { alarm: 'store-away', reason, state },
      state === 'lost'
        ? `the store has lost the directory; ${effect}: docs/operations.md says how to write it back`
        : `the store is away; ${effect}`,
    )
  }
  // A store that has lost its data before we ever saw it leaves nothing to serve.
  if (isLoaded) directory.state = state
  else directory.whyNotLoaded = reason
}
