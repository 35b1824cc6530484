import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../directory/journal.ts'
import { type Place, readLines, writeAt } from './file-bytes.ts'
import { type Entry, HEADER_LINE, batchLine, checkHeader, damaged, parseBatch } from './record-lines.ts'

const FILE = 'idempotency.jsonl'
const WRITE_BYTES = 1_048_576

/** A journal's file: open, with the place of each record's newest entry. */
export interface RecordFile {
  readonly handle: FileHandle
  readonly places: Map<string, Place>
  /** Up to here it is whole: the next line goes there. */
  length: number
  /** How many entries it has, the outdated ones too. */
  entries: number
}

/** The file of a folder, or `undefined` when there is none. */
export async function openRecordFile(folder: string): Promise<FileHandle | undefined> {
  return await open(join(folder, FILE), 'r+').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
}

/**
 * Reads a whole file, and hands over its entries in their order. A last line that is torn was never acknowledged
 * and is cut off. Throws an `Error` that names file and line when another cannot be read.
 */
export async function readRecordFile(
  folder: string,
  handle: FileHandle,
  onEntry: (entry: Entry) => void,
): Promise<RecordFile> {
  const path = join(folder, FILE)
  const file: RecordFile = { handle, places: new Map(), length: 0, entries: 0 }
  let line = 0
  let tornLine = 0
  for await (const { at, bytes, text } of readLines(handle)) {
    line += 1
    if (tornLine > 0) throw damaged(path, tornLine)
    if (line === 1) checkHeader(path, text)
    const batch = line === 1 ? [] : parseBatch(text)
    // After a power cut the end of a line can be on the disk without its middle.
    if (batch === undefined) tornLine = line
    else note(file, batch, { at, bytes })
    batch?.forEach(onEntry)
  }
  if (line === 0) throw damaged(path, 1)
  await cutBack(file)
  return file
}

/** A batch stands in the file now. */
export function note(file: RecordFile, batch: readonly Entry[], place: Place): void {
  file.length = place.at + place.bytes + 1
  file.entries += batch.length
  for (const { name, state } of batch) {
    if (state === 'released') file.places.delete(name)
    else file.places.set(name, place)
  }
}

/** Takes away what a failed write has left behind the last whole line. */
export async function cutBack({ handle, length }: RecordFile): Promise<void> {
  await handle.truncate(length)
  await handle.sync()
}

/** A new file with these entries, not yet in its place. The folder is locked, so its name is ours. */
export async function writeRecordFile(
  folder: string,
  entries: AsyncIterable<Entry> | Iterable<Entry>,
): Promise<RecordFile> {
  const handle = await open(join(folder, `${FILE}.new`), 'w+', 0o600)
  const file: RecordFile = { handle, places: new Map(), length: HEADER_LINE.length, entries: 0 }
  try {
    let waiting: Buffer[] = [HEADER_LINE]
    let at = 0
    const flush = async (): Promise<void> => {
      await writeAt(handle, at, Buffer.concat(waiting))
      at = file.length
      waiting = []
    }
    for await (const entry of entries) {
      const line = batchLine([entry])
      waiting.push(line)
      note(file, [entry], { at: file.length, bytes: line.length - 1 })
      if (file.length - at > WRITE_BYTES) await flush()
    }
    await flush()
    await handle.sync()
    return file
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Puts a new file in the place of the old one: after a crash one of the two is there, in full. */
export async function putInPlace(folder: string): Promise<void> {
  await rename(join(folder, `${FILE}.new`), join(folder, FILE))
  await syncFolder(folder)
}
