import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { Journal, syncFolder } from './journal.ts'
import type { JournalContent } from './journal-lines.ts'
import {
  type DirectoryStore,
  type SealedChange,
  type StoredPicture,
  StoreLost,
  type StorePosition,
} from './store.ts'

export interface FileStoreOptions {
  /** Made when missing, mode 0700. */
  readonly folder: string
  /** How many changes, beside the newest of every target, are kept: at least 1. */
  readonly changesKept: number
}

/** How often a follower hears that the store is alive. */
const HEARTBEAT_MS = 1000

/**
 * A store in a folder, for one process: a journal, one line a change, each synced before it is acknowledged.
 * Throws an `Error` with a sentence when the folder is in use, or its journal is damaged.
 */
export async function openFileStore(options: FileStoreOptions): Promise<DirectoryStore> {
  const created = await mkdir(options.folder, { recursive: true, mode: 0o700 })
  if (created !== undefined) await syncFolder(dirname(created))
  const folder = await realpath(options.folder)
  const lock = await lockFolder(folder)
  try {
    const { journal, content } = await Journal.open(folder, randomUUID(), options.changesKept)
    return new FileStore(content, options.changesKept, journal, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

class FileStore implements DirectoryStore {
  readonly #epoch: string
  readonly #changesKept: number
  readonly #journal: Journal
  readonly #lock: FolderLock
  readonly #records = new Map<string, SealedChange>()
  /** The last changes, with no revision missing between them and `#revision`. */
  readonly #history: SealedChange[] = []
  readonly #events = new EventEmitter().setMaxListeners(0)
  #revision = 0
  #lastCommit: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor({ epoch, changes }: JournalContent, changesKept: number, journal: Journal, lock: FolderLock) {
    this.#epoch = epoch
    this.#changesKept = changesKept
    this.#journal = journal
    this.#lock = lock
    for (const change of changes) this.#apply(change)
  }

  async load(): Promise<StoredPicture> {
    this.#assertOpen()
    return { epoch: this.#epoch, revision: this.#revision, records: [...this.#records.values()] }
  }

  async follow(
    position: StorePosition,
    onChanges: (changes: readonly SealedChange[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let { revision } = position
    while (!signal.aborted) {
      this.#assertOpen()
      const changes = this.#changesAfter({ epoch: position.epoch, revision })
      revision += changes.length
      onChanges(changes)
      await this.#changeOrHeartbeat(signal)
    }
  }

  async commit(epoch: string, change: SealedChange): Promise<'committed' | 'moved'> {
    const commit = this.#lastCommit.then(() => this.#commit(epoch, change))
    this.#lastCommit = commit.catch(() => {})
    return commit
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#events.emit('change')
    await this.#lastCommit
    await this.#journal.close()
    this.#lock.release()
  }

  /** Only ever one at a time. */
  async #commit(epoch: string, change: SealedChange): Promise<'committed' | 'moved'> {
    this.#assertOpen()
    if (epoch !== this.#epoch) throw this.#replaced()
    if (change.revision !== this.#revision + 1) return 'moved'
    await this.#journal.append(change)
    this.#apply(change)
    this.#events.emit('change')
    return 'committed'
  }

  #apply(change: SealedChange): void {
    if (change.deleted) this.#records.delete(change.target)
    else this.#records.set(change.target, change)
    // Where a journal was compacted, numbers are missing: nobody can follow from before the gap.
    if (change.revision !== this.#revision + 1) this.#history.length = 0
    this.#history.push(change)
    if (this.#history.length > this.#changesKept) this.#history.shift()
    this.#revision = change.revision
  }

  #changesAfter({ epoch, revision }: StorePosition): SealedChange[] {
    if (epoch !== this.#epoch || revision > this.#revision) throw this.#replaced()
    const missing = this.#revision - revision
    if (missing > this.#history.length) {
      throw new StoreLost('trimmed', `The journal no longer has change ${revision + 1}.`)
    }
    return this.#history.slice(this.#history.length - missing)
  }

  #changeOrHeartbeat(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#events.off('change', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, HEARTBEAT_MS)
      this.#events.on('change', done)
      signal.addEventListener('abort', done)
    })
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('The store is closed.')
  }

  #replaced(): StoreLost {
    return new StoreLost('replaced', 'The directory in the folder is not the one that was read.')
  }
}
