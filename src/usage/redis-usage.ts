import type { RedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import { type Call, type CountedCall, countedOutcomeOf } from './call.ts'
import { addDays, monthOf, startOf } from './day.ts'
import type { MinuteCounts } from './minutes.ts'
import { additionsOf, hoursBetween, readHour } from './redis-minutes.ts'
import { ADD_USAGE } from './redis-script.ts'
import {
  type AddedUsage,
  type UsageBatch,
  type UsageLimits,
  type UsageStore,
  totalsOf,
  withoutCaller,
} from './store.ts'

export interface RedisUsageOptions extends UsageLimits {
  readonly address: RedisAddress
  /** The longest wait for a ready connection, and again for an answer. */
  readonly timeoutMs: number
  /** Hears why the connection failed; for the log, no password in it. */
  readonly onError: (error: Error) => void
}

/** A month, its days and its hours are one slot of a Redis Cluster, so that a batch is one step. */
const keysOf = (month: string) => `wati-gateway:usage:{${month}}`
/** `hour` such as `2026-11-22T13`. */
const hourKey = (hour: string) => `${keysOf(monthOf(hour))}:${hour}`

/** Counted from the last write to it. */
const HOUR_KEPT_SECONDS = 26 * 3_600
/** Those of the day, the totals and the sequences stand before those of the hours. */
const KEYS_BEFORE_HOURS = 3

/** Counts in Redis, of all replicas. Connects on the first use. */
export class RedisUsage implements UsageStore {
  readonly #options: RedisUsageOptions
  readonly #connection: RedisConnection

  constructor(options: RedisUsageOptions) {
    this.#options = options
    const { address, timeoutMs, onError } = options
    this.#connection = new RedisConnection({
      ...{ address, onError },
      commandTimeoutMs: timeoutMs,
      connectTimeoutMs: timeoutMs,
    })
  }

  async add({ day, counts, minutes, replica, sequence }: UsageBatch): Promise<AddedUsage> {
    const { keptDays, keysPerDay } = this.#options
    const keys = keysOf(monthOf(day))
    const totals = totalsOf(counts)
    const { hours, additions } = additionsOf(minutes)
    const forgottenAt = startOf(addDays(day, keptDays + 1)) / 1_000
    const rows = counts.flatMap((call) => [printCall(call), printCall(withoutCaller(call)), call.count])
    const folded = await this.#connection.run((redis) =>
      redis.eval(
        ADD_USAGE,
        KEYS_BEFORE_HOURS + hours.length,
        ...[`${keys}:${day}`, `${keys}:totals`, `${keys}:sequences`, ...hours.map(hourKey)],
        ...[replica, sequence, keysPerDay, forgottenAt, HOUR_KEPT_SECONDS, counts.length, totals.size],
        ...rows,
        ...[...totals].flat(),
        ...additions.flatMap(([hour, field, count]) => [KEYS_BEFORE_HOURS + 1 + hour, field, count]),
      ),
    )
    return { folded: Number(folded) }
  }

  async read(day: string): Promise<readonly CountedCall[]> {
    const rows = await this.#connection.run((redis) => redis.hgetall(`${keysOf(monthOf(day))}:${day}`))
    return Object.entries(rows).flatMap(([field, count]) => readCall(field, Number(count)))
  }

  async month(month: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#connection.run((redis) => redis.hgetall(`${keysOf(month)}:totals`))
    return new Map(Object.entries(rows).map(([name, count]) => [name, Number(count)]))
  }

  async minutes(first: number, last: number): Promise<readonly MinuteCounts[]> {
    const hours = hoursBetween(first, last)
    // Two months are two slots of a Cluster, so no single command can have them all.
    const found = await this.#connection.run((redis) =>
      Promise.all(hours.map(async (hour) => readHour(hour, await redis.hgetall(hourKey(hour))))),
    )
    return found.flat().filter(({ at }) => at >= first && at <= last)
  }

  async close(): Promise<void> {
    this.#connection.close()
  }
}

function printCall({ account, channel, caller, operation, outcome }: Call): string {
  return JSON.stringify([account, channel, caller, operation, outcome])
}

/** What somebody else wrote there is passed over. */
function readCall(field: string, count: number): CountedCall[] {
  try {
    const [account, channel, caller, operation, word] = JSON.parse(field) as unknown[]
    const outcome = countedOutcomeOf(word)
    if (outcome === undefined || !Number.isSafeInteger(count)) return []
    return [
      {
        account: String(account),
        channel: String(channel),
        caller: String(caller),
        operation: String(operation),
        outcome,
        count,
      },
    ]
  } catch {
    return []
  }
}
