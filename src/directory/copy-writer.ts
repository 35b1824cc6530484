import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CopyParts } from './copy.ts'
import { isDraft, writeCopy } from './copy-file.ts'
import { FolderInUse, type FolderLock, lockFolder } from './folder-lock.ts'
import { type PictureContent, inBatches, sealedRecords } from './sealed-picture.ts'
import type { SealedChange, StorePosition } from './store.ts'

/** A change that comes alone is copied after this time, with those that follow it at once. */
const GATHER_MS = 1_000
/** A copy of a large directory keeps a processor busy for seconds: then it rests for so many times as long. */
const RESTS_PER_COPY = 10
/** Sealed in one piece, for less than a millisecond: then requests get their turn. */
const BATCH = 20
/** How long a stop waits for the last copy. */
const LAST_COPY_MS = 5_000

type Parts = Omit<CopyParts, 'fill'>

/** Writes the copy after changes, beside the road, one at a time. Of processes that share a folder one writes. */
export class CopyWriter {
  readonly #parts: Parts
  readonly #path: string
  #lock: FolderLock | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #written: StorePosition | undefined
  /** On the clock of `performance.now()`. */
  #notBefore = 0
  #keepsOld = false
  /** Why there was no copy at the last try; for the log, which says it once. */
  #whyNot = ''
  #isClosed = false

  constructor(parts: Parts, path: string) {
    this.#parts = parts
    this.#path = path
  }

  /** The file is of this position already. */
  isWritten(position: StorePosition): void {
    this.#written = position
  }

  /** What is in the file now is kept under another name. */
  keepOld(): void {
    this.#keepsOld = true
    this.#written = undefined
  }

  changed(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#writing !== undefined || !this.#isDue()) return
    const { everyMs } = this.#parts
    const waitMs = Math.max(Math.min(GATHER_MS, everyMs), this.#notBefore - performance.now())
    this.#timer = setTimeout(() => void this.#write(), waitMs).unref()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const limit = new AbortController()
    const tooLong = sleep(LAST_COPY_MS, undefined, limit).catch(() => undefined)
    await Promise.race([this.#finish(), tooLong])
    limit.abort()
    this.#lock?.release()
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#writing
    if (this.#isDue()) await this.#write()
  }

  /** A directory without any change is nothing that could be lost. */
  #isDue(): boolean {
    const { position } = this.#parts.directory
    const { epoch, revision } = this.#written ?? {}
    if (position === undefined || position.revision === 0) return false
    return position.epoch !== epoch || position.revision !== revision
  }

  async #write(): Promise<void> {
    const startedAt = performance.now()
    this.#timer = undefined
    this.#writing = this.#tryToWrite()
    await this.#writing
    this.#writing = undefined
    const now = performance.now()
    this.#notBefore = now + Math.max(this.#parts.everyMs, RESTS_PER_COPY * (now - startedAt))
    this.changed()
  }

  async #tryToWrite(): Promise<void> {
    try {
      this.#lock ??= await this.#takeFolder()
      await this.#writeNow()
      this.#note('')
    } catch (error) {
      this.#note((error as Error).message, error instanceof FolderInUse)
    }
  }

  async #writeNow(): Promise<void> {
    const { source, seal, directory } = this.#parts
    const { position } = directory
    if (position === undefined) return
    const head = { epoch: position.epoch, revision: position.revision, source, at: new Date().toISOString() }
    if (this.#keepsOld) await rename(this.#path, `${this.#path}.passed-over`).catch(() => undefined)
    await writeCopy(this.#path, { head, seal, records: this.#records() })
    this.#keepsOld = false
    this.#written = position
  }

  /** As they are at this moment: a record is replaced and never changed, so a list of them stays what it is. */
  #records(): Iterable<readonly SealedChange[]> {
    const { directory, seal } = this.#parts
    const { accounts, channels, tokens, unreadable } = directory
    const [one, two, three] = [[...accounts.values()], [...channels.values()], [...tokens.values()]]
    const lost = [...unreadable].map(([target, revision]) => ({
      ...{ target, revision, deleted: false, sealed: '' },
    }))
    return inBatches(all({ accounts: one, channels: two, tokens: three }, lost), BATCH)

    function* all(content: PictureContent, more: readonly SealedChange[]): Generator<SealedChange> {
      const at = new Date().toISOString()
      const actor = { sub: 'gateway', address: '' }
      yield* sealedRecords(content, seal, { at, actor, requestId: '', action: 'directory.reseed' })
      // What does not open stays so, above all a revocation: it is in force all the same.
      yield* more
    }
  }

  async #takeFolder(): Promise<FolderLock> {
    await mkdir(this.#parts.folder, { recursive: true, mode: 0o700 })
    const folder = await realpath(this.#parts.folder)
    const lock = await lockFolder(folder)
    for (const name of (await readdir(folder)).filter(isDraft)) await rm(join(folder, name), { force: true })
    return lock
  }

  #note(reason: string, isInUse = false): void {
    if (reason === this.#whyNot) return
    const { log } = this.#parts
    this.#whyNot = reason
    if (reason === '') log.info('the sealed copy of the directory is written again')
    else if (isInUse) log.info({ reason }, 'another process keeps the sealed copy of the directory')
    else
      log.warn(
        { alarm: 'copy-failed', reason },
        'the sealed copy of the directory cannot be written: a start while the store is away would have no channels',
      )
  }
}
