import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../directory/journal.ts'
import { COUNTED_OUTCOMES, type CountedCall, callKey, countedOutcomeOf } from './call.ts'
import { isDay, startOf } from './day.ts'
import { MINUTE_MS, Minutes } from './minutes.ts'

/** The counts of one day, as they are in memory. */
export interface DayCounts {
  /** By `callKey`. */
  readonly calls: Map<string, CountedCall>
  /** The last sequence of each replica. */
  readonly sequences: Map<string, number>
  readonly minutes: Minutes
}

/** What stands in the file of a day. */
interface Content {
  readonly sequences: Record<string, number>
  readonly calls: readonly [string, string, string, string, string, number][]
  /** The number of a minute in the day, and the counts in the order of `COUNTED_OUTCOMES`. Older files have none. */
  readonly minutes?: readonly (readonly number[])[]
}

const NAME = /^(.*)\.json$/

const fileOf = (folder: string, day: string) => join(folder, `${day}.json`)

/** Reads the counts of a day, empty when there is no file. Throws an `Error` that names the file when it is damaged. */
export async function readDay(folder: string, day: string): Promise<DayCounts> {
  const path = fileOf(folder, day)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return { calls: new Map(), sequences: new Map(), minutes: new Minutes() }
  try {
    const content = JSON.parse(text) as Content
    const calls = content.calls.flatMap(([account, channel, caller, operation, word, count]) => {
      const outcome = countedOutcomeOf(word)
      return outcome === undefined ? [] : [{ account, channel, caller, operation, outcome, count }]
    })
    return {
      calls: new Map(calls.map((call) => [callKey(call), call])),
      sequences: new Map(Object.entries(content.sequences)),
      minutes: readMinutes(day, content.minutes ?? []),
    }
  } catch (cause) {
    throw new Error(`${path} is damaged: move it away, and its day is counted anew.`, { cause })
  }
}

/** Puts new counts in place of the old ones: after a crash one of the two is there, in full. */
export async function writeDay(folder: string, day: string, counts: DayCounts): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = fileOf(folder, day)
  // DATA_DIR is locked, so this name is ours; what a killed process left under it is overwritten.
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(print(day, counts))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

/** The days that have a file, in any order. */
export async function daysIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return names.map((name) => NAME.exec(name)?.[1] ?? '').filter(isDay)
}

export async function removeDay(folder: string, day: string): Promise<void> {
  await rm(fileOf(folder, day), { force: true })
}

function readMinutes(day: string, rows: NonNullable<Content['minutes']>): Minutes {
  const minutes = new Minutes()
  for (const [minute = 0, ...counts] of rows) {
    const at = startOf(day) + minute * MINUTE_MS
    for (const [column, outcome] of COUNTED_OUTCOMES.entries()) minutes.add(at, outcome, counts[column] ?? 0)
  }
  return minutes
}

function print(day: string, { calls, sequences, minutes }: DayCounts): string {
  const content: Content = {
    sequences: Object.fromEntries(sequences),
    calls: [...calls.values()].map(({ account, channel, caller, operation, outcome, count }) => [
      ...([account, channel, caller, operation, outcome] as const),
      count,
    ]),
    minutes: minutes
      .all()
      .map(({ at, counts }) => [
        (at - startOf(day)) / MINUTE_MS,
        ...COUNTED_OUTCOMES.map((outcome) => counts[outcome]),
      ]),
  }
  return JSON.stringify(content)
}
