import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { Journal, syncFolder } from './journal.ts'
import type { JournalContent } from './journal-lines.ts'
import { inBatches, inOrder, resealed } from './file-reseal.ts'
import { changesIn } from './history.ts'
import {
  type AnnouncedReplica,
  type Announcement,
  type DirectoryStore,
  type HistoryRange,
  type Reseal,
  type SealedChange,
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
  #history: SealedChange[] = []
  readonly #events = new EventEmitter().setMaxListeners(0)
  #revision = 0
  #lastCommit: Promise<unknown> = Promise.resolve()
  #replica: AnnouncedReplica | undefined
  #closed = false

  constructor({ epoch, changes }: JournalContent, changesKept: number, journal: Journal, lock: FolderLock) {
    this.#epoch = epoch
    this.#changesKept = changesKept
    this.#journal = journal
    this.#lock = lock
    for (const change of changes) this.#apply(change)
  }

  async load(
    onRecords: (records: readonly SealedChange[]) => void,
    known?: StorePosition,
  ): Promise<StorePosition> {
    this.#assertOpen()
    if (known !== undefined && !this.#continues(known)) throw this.#replaced()
    const position = { epoch: this.#epoch, revision: this.#revision }
    for await (const batch of inBatches([...this.#records.values()])) onRecords(batch)
    return position
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
    return await this.#inTurn(() => this.#commit(epoch, change))
  }

  async history(range: HistoryRange): Promise<readonly SealedChange[]> {
    this.#assertOpen()
    return changesIn(this.#history, range)
  }

  async reseal(reseal: Reseal): Promise<void> {
    await this.#inTurn(() => this.#reseal(reseal))
  }

  async reseed(): Promise<'occupied'> {
    // A journal that is open cannot lose what was read from it.
    return 'occupied'
  }

  async announce(replica: Announcement): Promise<void> {
    this.#replica = { ...replica, seenAt: new Date().toISOString() }
  }

  async withdraw(): Promise<void> {
    this.#replica = undefined
  }

  async replicas(): Promise<{ head: number; items: readonly AnnouncedReplica[] }> {
    return { head: this.#revision, items: this.#replica === undefined ? [] : [this.#replica] }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#events.emit('change')
    await this.#lastCommit
    await this.#journal.close()
    this.#lock.release()
  }

  /** What touches the journal is done one at a time. */
  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#lastCommit.then(task)
    this.#lastCommit = turn.catch(() => {})
    return await turn
  }

  async #reseal(reseal: Reseal): Promise<void> {
    this.#assertOpen()
    const found = { records: [...this.#records.values()], history: this.#history }
    const { records, history, isSame } = await resealed(found, reseal)
    if (isSame) return
    await this.#journal.rewrite({ epoch: this.#epoch, changes: inOrder(records, history) })
    for (const record of records) this.#records.set(record.target, record)
    this.#history = history
  }

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

  #continues({ epoch, revision }: StorePosition): boolean {
    return epoch === this.#epoch && revision <= this.#revision
  }

  #changesAfter({ epoch, revision }: StorePosition): SealedChange[] {
    if (!this.#continues({ epoch, revision })) throw this.#replaced()
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
