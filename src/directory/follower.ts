import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { AppliedChange, Directory } from './directory.ts'
import { openEntry } from './entry.ts'
import type { Seal } from './seal.ts'
import { type DirectoryStore, type SealedChange, StoreLost } from './store.ts'

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 500

interface Follower {
  /** Ends the following; resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

interface Parts {
  readonly store: DirectoryStore
  readonly directory: Directory
  readonly seal: Seal
  readonly log: Logger
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
  let failures = 0
  const isStopped = (): boolean => signal.aborted
  while (!isStopped()) {
    try {
      if (parts.directory.position === undefined) await load(parts)
      await followFromPosition(parts, signal, () => (failures = 0))
    } catch (error) {
      if (isStopped()) return
      noteFailure(parts, error)
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS)
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function load(parts: Parts): Promise<void> {
  const { directory, log } = parts
  const picture = await parts.store.load()
  directory.replace(
    { epoch: picture.epoch, revision: picture.revision },
    picture.records.map((change) => opened(parts, change)),
  )
  directory.state = 'current'
  log.info({ revision: picture.revision, records: picture.records.length }, 'the directory is loaded')
}

async function followFromPosition(parts: Parts, signal: AbortSignal, onAlive: () => void): Promise<void> {
  const { directory, log } = parts
  const position = directory.position
  if (position === undefined) return
  await parts.store.follow(
    position,
    (changes) => {
      onAlive()
      if (directory.state !== 'current') {
        directory.state = 'current'
        log.info({ revision: directory.position?.revision }, 'the directory follows the store again')
      }
      for (const change of changes) directory.apply(opened(parts, change))
    },
    signal,
  )
}

/** Opens a change; where the seal does not hold, only what it names becomes unusable. */
function opened({ seal, log }: Parts, change: SealedChange): AppliedChange {
  const { target, revision } = change
  try {
    return { target, revision, entry: openEntry(seal, change) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.error({ alarm: 'seal-broken', target, revision, reason }, 'a record does not open and is not used')
    return { target, revision, entry: undefined }
  }
}

function noteFailure({ directory, log }: Parts, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof StoreLost && error.reason === 'trimmed') {
    log.warn({ reason }, 'too far behind the change stream: the directory is loaded anew')
    // The old picture stays in force until the new one is there.
    directory.position = undefined
    return
  }
  const state =
    error instanceof StoreLost ? 'lost' : directory.state === 'not-loaded' ? 'not-loaded' : 'blind'
  if (state !== directory.state || state === 'not-loaded') {
    log.error(
      { alarm: 'store-away', reason, state },
      'the store is away; the last picture of the directory stays in force',
    )
  }
  // A store that has lost its data before we ever saw it leaves nothing to serve.
  if (directory.state !== 'not-loaded') directory.state = state
}
