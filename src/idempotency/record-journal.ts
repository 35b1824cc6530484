import { type Place, readAt, writeAt } from './file-bytes.ts'
import {
  type RecordFile,
  cutBack,
  note,
  openRecordFile,
  putInPlace,
  readRecordFile,
  writeRecordFile,
} from './record-file.ts'
import { type Entry, batchLine, parseBatch } from './record-lines.ts'

/** The journal is written anew when it has more than this many times the entries it needs, and some more. */
const COMPACT_ABOVE = 2
const COMPACT_SLACK = 1_000

interface Waiting {
  readonly entry: Entry
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * A file of records, one line a batch: what comes while one batch is synced is the next one. Outcomes stay on the
 * disk, only their places are in memory. The folder must be locked, by `lockFolder`, for as long as it is open.
 */
export class RecordJournal {
  readonly #folder: string
  #file: RecordFile
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #broken: Error | undefined

  private constructor(folder: string, file: RecordFile) {
    this.#folder = folder
    this.#file = file
  }

  /** Opens the journal of a folder, or makes it, and hands over its entries in their order. */
  static async open(folder: string, onEntry: (entry: Entry) => void): Promise<RecordJournal> {
    const handle = await openRecordFile(folder)
    if (handle === undefined) {
      const made = await writeRecordFile(folder, [])
      await putInPlace(folder)
      return new RecordJournal(folder, made)
    }
    try {
      return new RecordJournal(folder, await readRecordFile(folder, handle, onEntry))
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** The entry is on the disk when this returns. When it throws, the file is as it was before. */
  async append(entry: Entry): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  /** The newest entry of a record. */
  async find(name: string): Promise<Entry | undefined> {
    const { places, handle } = this.#file
    const place = places.get(name)
    if (place === undefined) return undefined
    const line = await readAt(handle, place.at, place.bytes)
    return parseBatch(line.toString('utf8'))?.findLast((entry) => entry.name === name)
  }

  /** The record is of no use any more: it is left out when the file is written anew. */
  forget(name: string): void {
    this.#file.places.delete(name)
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.handle.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting.splice(0)
      try {
        await this.#write(waiting.map(({ entry }) => entry))
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        for (const { reject } of waiting) reject(error)
      }
      const { entries, places } = this.#file
      if (entries > COMPACT_ABOVE * places.size + COMPACT_SLACK) await this.#compact()
    }
    this.#writing = undefined
  }

  async #write(batch: readonly Entry[]): Promise<void> {
    if (this.#broken) throw this.#broken
    const file = this.#file
    const line = batchLine(batch)
    try {
      await writeAt(file.handle, file.length, line)
      await file.handle.datasync()
    } catch (error) {
      await cutBack(file).catch((cause: unknown) => this.#break(cause))
      throw error
    }
    note(file, batch, { at: file.length, bytes: line.length - 1 })
  }

  /** Writes what is still needed into a new file. When that fails, the old one goes on, and it is tried later. */
  async #compact(): Promise<void> {
    const old = this.#file
    const made = await writeRecordFile(this.#folder, neededOf(old)).catch(() => undefined)
    if (made === undefined) {
      old.entries = 0
      return
    }
    try {
      await putInPlace(this.#folder)
    } catch (cause) {
      // Which of the two would be there after a crash, nobody can say.
      this.#break(cause)
    }
    for (const name of made.places.keys()) if (!old.places.has(name)) made.places.delete(name)
    this.#file = made
    await old.handle.close()
  }

  #break(cause: unknown): void {
    this.#broken = new Error('The journal of keys could not be written: restart the gateway.', { cause })
  }
}

/** The newest entry of each record that was not forgotten. */
async function* neededOf({ handle, places }: RecordFile): AsyncGenerator<Entry> {
  const namesAt = new Map<Place, string[]>()
  for (const [name, place] of places) namesAt.set(place, [...(namesAt.get(place) ?? []), name])
  for (const [place, names] of [...namesAt].sort(([one], [other]) => one.at - other.at)) {
    const line = await readAt(handle, place.at, place.bytes)
    const batch = parseBatch(line.toString('utf8')) ?? []
    for (const name of names) {
      const entry = batch.findLast((each) => each.name === name)
      if (entry !== undefined) yield entry
    }
  }
}
