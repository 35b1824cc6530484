import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** The longest that all tests of a suite may take together. */
const PATIENCE_MS = 540_000

export interface Part {
  /** Every `of`th file, from the `part`th on: a folder that takes long is run by several processes. */
  readonly part?: number
  readonly of?: number
  /** Files that need a process of their own. */
  readonly except?: readonly string[]
}

/**
 * Runs all tests of a folder, one file after the other, in this process. A process for each file costs two seconds of a
 * core before its first test, which is more than most of them need; each file still runs by itself, too.
 */
export async function runFolder(folder: string, { part = 1, of = 1, except = [] }: Part = {}): Promise<void> {
  t.setTimeout(PATIENCE_MS)
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts') && !except.includes(name))
  for (const name of files.sort().filter((_, index) => index % of === part - 1)) {
    t.comment(join(folder, name))
    await import(join(process.cwd(), folder, name))
  }
}
