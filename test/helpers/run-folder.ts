import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** The longest that all tests of a folder may take together. */
const PATIENCE_MS = 540_000

/**
 * Runs all tests of a folder, one file after the other, in this process. A process for each file costs two seconds of a
 * core before its first test, which is more than most of them need; each file still runs by itself, too.
 */
export async function runFolder(folder: string): Promise<void> {
  t.setTimeout(PATIENCE_MS)
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.test.ts')) continue
    t.comment(join(folder, name))
    await import(join(process.cwd(), folder, name))
  }
}
