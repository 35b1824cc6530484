import { type CountedCall, callKey } from './call.ts'
import { type DayCounts, daysIn, readDay, removeDay, writeDay } from './day-file.ts'
import { addDays, dayOf, daysFrom, monthOf } from './day.ts'
import type { MinuteCounts } from './minutes.ts'
import {
  type AddedUsage,
  type UsageBatch,
  type UsageLimits,
  type UsageStore,
  totalsOf,
  withoutCaller,
} from './store.ts'

export interface FileUsageOptions extends UsageLimits {
  /** Made when missing; the lock of the folder around it must be held. */
  readonly folder: string
}

/** Around midnight there are counts of two days. */
const DAYS_IN_MEMORY = 2

/** Counts in a folder, a file a day, for one process. The totals of a month are those of its days. */
export class FileUsage implements UsageStore {
  readonly #options: FileUsageOptions
  /** The days that were last added to. Where a file could not be written, this is ahead of it. */
  readonly #days = new Map<string, DayCounts>()
  /** Of the month that was last asked for. */
  #totals: { readonly month: string; readonly counts: Map<string, number> } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: FileUsageOptions) {
    this.#options = options
  }

  async add(batch: UsageBatch): Promise<AddedUsage> {
    return await this.#inTurn(() => this.#add(batch))
  }

  async read(day: string): Promise<readonly CountedCall[]> {
    return await this.#inTurn(async () => {
      const { calls } = await this.#dayCounts(day)
      return [...calls.values()]
    })
  }

  async month(month: string, names?: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return await this.#inTurn(async () => {
      if (this.#totals?.month !== month) this.#totals = { month, counts: await this.#sumMonth(month) }
      const { counts } = this.#totals
      return names === undefined ? counts : only(counts, names)
    })
  }

  async minutes(first: number, last: number): Promise<readonly MinuteCounts[]> {
    return await this.#inTurn(async () => {
      const found: MinuteCounts[] = []
      for (const day of daysFrom(dayOf(first), dayOf(last)))
        found.push(...(await this.#dayCounts(day)).minutes.between(first, last))
      return found
    })
  }

  async close(): Promise<void> {
    await this.#turn
  }

  async #add({ day, counts, minutes, replica, sequence }: UsageBatch): Promise<AddedUsage> {
    const { folder, keysPerDay } = this.#options
    const known = this.#days.get(day) ?? (await this.#openDay(day))
    let folded = 0
    if (sequence > (known.sequences.get(replica) ?? 0)) {
      known.sequences.set(replica, sequence)
      for (const call of counts) if (!addCall(known.calls, call, keysPerDay)) folded += 1
      known.minutes.addAll(minutes)
      if (this.#totals?.month === monthOf(day)) addAll(this.#totals.counts, totalsOf(counts))
    }
    // Written also when it was added before: then perhaps only in memory.
    await writeDay(folder, day, known)
    return { folded }
  }

  /** A day that was not added to since the start, or for long. */
  async #openDay(day: string): Promise<DayCounts> {
    const { folder, keptDays } = this.#options
    const counts = await readDay(folder, day)
    this.#days.set(day, counts)
    const [oldest] = this.#days.keys()
    if (this.#days.size > DAYS_IN_MEMORY && oldest !== undefined) this.#days.delete(oldest)
    const firstKept = addDays(day, -keptDays)
    for (const old of await daysIn(folder)) if (old < firstKept) await removeDay(folder, old)
    return counts
  }

  async #sumMonth(month: string): Promise<Map<string, number>> {
    const sum = new Map<string, number>()
    const days = new Set([...(await daysIn(this.#options.folder)), ...this.#days.keys()])
    for (const day of days) {
      if (monthOf(day) === month) addAll(sum, totalsOf((await this.#dayCounts(day)).calls.values()))
    }
    return sum
  }

  async #dayCounts(day: string): Promise<DayCounts> {
    return this.#days.get(day) ?? (await readDay(this.#options.folder, day))
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return await turn
  }
}

function only(counts: ReadonlyMap<string, number>, names: readonly string[]): Map<string, number> {
  const found = names.map((name) => [name, counts.get(name)] as const)
  return new Map(found.filter((entry): entry is [string, number] => entry[1] !== undefined))
}

/** False when it was added without the name of its caller. */
function addCall(calls: DayCounts['calls'], call: CountedCall, most: number): boolean {
  const fits = calls.has(callKey(call)) || calls.size < most
  const added = fits ? call : withoutCaller(call)
  const count = (calls.get(callKey(added))?.count ?? 0) + call.count
  calls.set(callKey(added), { ...added, count })
  return fits
}

function addAll(sum: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) sum.set(name, (sum.get(name) ?? 0) + count)
}
