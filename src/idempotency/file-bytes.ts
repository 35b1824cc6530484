import type { FileHandle } from 'node:fs/promises'

const NEWLINE = 0x0a
const CHUNK_BYTES = 1_048_576

/** Where a line stands in a file; its newline is left out. */
export interface Place {
  readonly at: number
  readonly bytes: number
}

export interface Line extends Place {
  readonly text: string
}

/** The whole lines of a file, in their order; what stands behind the last newline is none. */
export async function* readLines(handle: FileHandle): AsyncGenerator<Line> {
  let at = 0
  let held: Buffer = Buffer.alloc(0)
  for (;;) {
    const chunk = await readAt(handle, at + held.length, CHUNK_BYTES)
    if (chunk.length === 0) return
    held = Buffer.concat([held, chunk])
    let from = 0
    for (let end = held.indexOf(NEWLINE); end !== -1; end = held.indexOf(NEWLINE, from)) {
      yield { at: at + from, bytes: end - from, text: held.toString('utf8', from, end) }
      from = end + 1
    }
    at += from
    held = held.subarray(from)
  }
}

/** So many bytes from there; fewer where the file ends. */
export async function readAt(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  let done = 0
  while (done < bytes) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

/** All of the bytes, from there on. */
export async function writeAt(handle: FileHandle, at: number, bytes: Buffer): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}
