import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import {
  changeLine,
  damaged,
  headerLine,
  type JournalContent,
  parseChange,
  readHeader,
} from './journal-lines.ts'
import type { SealedChange } from './store.ts'

const FILE = 'directory.jsonl'
const NEWLINE = 0x0a

/** The journal is written anew when it has more than this many times the lines it needs. */
const COMPACT_ABOVE = 2

/**
 * A file with one line a change, open for writing. Appends must not overlap.
 * The folder must be locked, by `lockFolder`, for as long as the journal is open.
 */
export class Journal {
  readonly #folder: string
  #handle: FileHandle
  #length: number
  #broken: Error | undefined

  private constructor(folder: string, handle: FileHandle, length: number) {
    this.#folder = folder
    this.#handle = handle
    this.#length = length
  }

  /**
   * Opens the journal of a folder, makes it when there is none, and writes it anew when it has grown too
   * long: then the newest change of every live target stays, and the last `changesKept`.
   *
   * A last line that is torn was never acknowledged and is cut off. Throws an `Error` that names file and
   * line when anything else cannot be read.
   */
  static async open(
    folder: string,
    newEpoch: string,
    changesKept: number,
  ): Promise<{ journal: Journal; content: JournalContent }> {
    const found = await read(folder)
    const wanted = found ? compacted(found, changesKept) : { epoch: newEpoch, changes: [] }
    const length = found && wanted === found ? found.length : await writeAnew(folder, wanted)
    const journal = new Journal(folder, await openToAppend(folder), length)
    try {
      await journal.#cutBack()
    } catch (error) {
      await journal.close()
      throw error
    }
    return { journal, content: wanted }
  }

  /** The change is on the disk when this returns. When it throws, the file is as it was before. */
  async append(change: SealedChange): Promise<void> {
    if (this.#broken) throw this.#broken
    const line = Buffer.from(changeLine(change))
    try {
      await this.#handle.appendFile(line)
      await this.#handle.datasync()
    } catch (error) {
      await this.#cutBack().catch((cause: unknown) => {
        const detail = 'The journal could not be repaired after a failed write: restart the gateway.'
        this.#broken = new Error(detail, { cause })
      })
      throw error
    }
    this.#length += line.length
  }

  /** Puts another content in place of all there is. When it throws, one of the two is there, in full. */
  async rewrite(content: JournalContent): Promise<void> {
    if (this.#broken) throw this.#broken
    try {
      this.#length = await writeAnew(this.#folder, content)
      const old = this.#handle
      this.#handle = await openToAppend(this.#folder)
      await old.close()
    } catch (cause) {
      const detail = 'The journal could not be written anew: restart the gateway.'
      this.#broken = new Error(detail, { cause })
      throw this.#broken
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#length)
    await this.#handle.sync()
  }
}

async function openToAppend(folder: string): Promise<FileHandle> {
  return await open(join(folder, FILE), 'a', 0o600)
}

/** `length`: how many bytes hold whole lines. `undefined` when there is no file. */
async function read(folder: string): Promise<(JournalContent & { readonly length: number }) | undefined> {
  const file = join(folder, FILE)
  const bytes = await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  let length = bytes.lastIndexOf(NEWLINE) + 1
  const [header = '', ...lines] = bytes.toString('utf8', 0, length).split('\n').slice(0, -1)
  const epoch = readHeader(file, header)
  const changes: SealedChange[] = []
  for (const [i, line] of lines.entries()) {
    const change = parseChange(line)
    if (change !== undefined && change.revision > (changes.at(-1)?.revision ?? 0)) changes.push(change)
    // After a power cut the end of a line can be on the disk without its middle.
    else if (i === lines.length - 1) length = bytes.lastIndexOf(NEWLINE, length - 2) + 1
    else throw damaged(file, i + 2)
  }
  return { epoch, changes, length }
}

/** The same content when it is short enough. */
function compacted<T extends JournalContent>(content: T, changesKept: number): T | JournalContent {
  const { epoch, changes } = content
  const newest = new Map(changes.map((change) => [change.target, change]))
  const kept = changes.filter((change, i) => {
    const live = newest.get(change.target) === change && !change.deleted
    return live || i >= changes.length - changesKept
  })
  return changes.length > COMPACT_ABOVE * kept.length ? { epoch, changes: kept } : content
}

/** Puts a whole journal in place of the old one: after a crash one of the two is there, in full. */
async function writeAnew(folder: string, { epoch, changes }: JournalContent): Promise<number> {
  const file = join(folder, FILE)
  const bytes = Buffer.from(headerLine(epoch) + changes.map(changeLine).join(''))
  // The folder is locked, so this name is ours; what a killed process left under it is overwritten.
  const handle = await open(`${file}.new`, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
  await syncFolder(folder)
  return bytes.length
}

/** Makes the names in a folder as lasting as the files behind them (fsync(2) of a file does not). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
