import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { Settings } from '../settings-schema.ts'
import { type CopyHead, readCopy } from './copy-file.ts'
import { CopyWriter } from './copy-writer.ts'
import type { Directory } from './directory.ts'
import { MOST_ALARMS, opener } from './open-change.ts'
import { Picture } from './picture.ts'
import { type RedisAddress, describeAddress, readRedisAddress } from './redis-address.ts'
import type { Seal } from './seal.ts'
import type { StorePosition } from './store.ts'

export interface CopyParts {
  /** Made when missing, mode 0700. */
  readonly folder: string
  /** Where the store is: a copy of one says nothing of another. */
  readonly source: string
  readonly directory: Pick<Directory, 'position' | 'accounts' | 'channels' | 'tokens' | 'unreadable'>
  readonly seal: Seal
  /** The shortest time between two copies. */
  readonly everyMs: number
  readonly log: Logger
  /** Puts in the token of an account that keeps it elsewhere. */
  readonly fill: (account: Account) => Account
}

/** What is put into force from the copy. */
export interface Copied {
  readonly position: StorePosition
  readonly picture: Picture
}

/**
 * The sealed copy of the directory in `DATA_DIR`, for a start while the store is away; and by which a start knows a
 * store that has lost the directory from one that is new. It never fails: without it all works but that.
 */
export class DirectoryCopy {
  readonly #parts: CopyParts
  readonly #path: string
  readonly #writer: CopyWriter
  /** What stands in the file; `undefined` as long as nobody has looked, `none` when it is of no use. */
  #found: CopyHead | 'none' | undefined

  constructor(parts: CopyParts) {
    this.#parts = parts
    this.#path = join(parts.folder, 'directory.jsonl')
    this.#writer = new CopyWriter(parts, this.#path)
  }

  /** How far the copy goes; `undefined` when there is none that can be used, and the log says why. */
  async find(): Promise<StorePosition | undefined> {
    this.#found ??= await this.#look()
    return this.#found === 'none' ? undefined : this.#found
  }

  /** All that is in the copy; `undefined` when there is none. */
  async load(): Promise<Copied | undefined> {
    const { seal, log, fill } = this.#parts
    if ((await this.find()) === undefined) return undefined
    const picture = new Picture(fill)
    const open = opener({ seal, log })
    try {
      const head = await readCopy(this.#path, seal, (record) => {
        picture.put(open(record))
      })
      if (head === undefined) return undefined
      const { epoch, revision, at } = head
      const unreadable = picture.unreadable.size
      if (unreadable > MOST_ALARMS)
        log.error({ alarm: 'seal-broken', unreadable }, 'these many records do not open and are not used')
      log.warn({ revision, at }, 'the directory is that of the sealed copy in DATA_DIR')
      return { position: { epoch, revision }, picture }
    } catch (error) {
      this.passOver((error as Error).message)
      return undefined
    }
  }

  /** It is not used, and kept under another name when the next one takes its place. */
  passOver(reason: string): void {
    this.#found = 'none'
    this.#writer.keepOld()
    const { log } = this.#parts
    log.warn({ file: this.#path, reason }, 'the sealed copy of the directory is passed over')
  }

  /** The directory has changed, or may have: soon it is copied. */
  changed(): void {
    this.#writer.changed()
  }

  /** Writes what is not written yet, if that does not take too long, and lets go of the folder. */
  async close(): Promise<void> {
    await this.#writer.close()
  }

  async #look(): Promise<CopyHead | 'none'> {
    const { seal, source, log } = this.#parts
    try {
      const head = await readCopy(this.#path, seal)
      if (head === undefined) return 'none'
      if (head.source !== source) throw new Error(`it is of ${head.source}, not of ${source}`)
      const { revision, at } = head
      log.info({ revision, at }, 'there is a sealed copy of the directory')
      this.#writer.isWritten(head)
      return head
    } catch (error) {
      this.passOver((error as Error).message)
      return 'none'
    }
  }
}

/** With Redis, unless it is switched off: the embedded store is on the disk itself. */
export function openCopy(
  settings: Settings,
  parts: Omit<CopyParts, 'folder' | 'source' | 'everyMs'>,
): DirectoryCopy | undefined {
  const address = readRedisAddress(settings)
  const everyMs = settings.DIRECTORY_COPY_MS
  if (address === undefined || everyMs === 0) return undefined
  const folder = join(resolve(settings.DATA_DIR), 'copy')
  return new DirectoryCopy({ ...parts, folder, everyMs, source: sourceOf(address) })
}

/** No two directories have the same. */
function sourceOf(address: RedisAddress): string {
  const place = address.kind === 'sentinels' ? `${address.name}, ` : ''
  return `${place}${describeAddress(address)}, database ${address.db}`
}
