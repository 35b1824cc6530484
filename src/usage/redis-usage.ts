import type { RedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import { type CountedCall, OTHER_CALLERS } from './call.ts'
import { addDays, monthOf, startOf } from './day.ts'
import type { MinuteCounts } from './minutes.ts'
import { fieldHead, fieldTail, readFields } from './redis-fields.ts'
import { additionsOf, hoursBetween, readHour } from './redis-minutes.ts'
import { ADD_USAGE, type ScriptBatch } from './redis-script.ts'
import { type AddedUsage, type UsageBatch, type UsageLimits, type UsageStore, totalsOf } from './store.ts'

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
/** One command must not hold up others in Redis. */
const NAMES_AT_ONCE = 1_000
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
    const { hours, additions } = additionsOf(minutes)
    const batch: ScriptBatch = {
      ...{ replica, sequence, mostFields: keysPerDay, hourKeptSeconds: HOUR_KEPT_SECONDS },
      counts: counts.map((call) => [fieldHead(call), fieldTail(call.caller), call.count]),
      others: fieldTail(OTHER_CALLERS),
      totals: [...totalsOf(counts)],
      minutes: additions.map(([hour, field, count]) => [KEYS_BEFORE_HOURS + 1 + hour, field, count]),
      forgottenAt: startOf(addDays(day, keptDays + 1)) / 1_000,
    }
    const folded = await this.#connection.run((redis) =>
      redis.eval(
        ADD_USAGE,
        KEYS_BEFORE_HOURS + hours.length,
        ...[`${keys}:${day}`, `${keys}:totals`, `${keys}:sequences`, ...hours.map(hourKey)],
        JSON.stringify(batch),
      ),
    )
    return { folded: Number(folded) }
  }

  async read(day: string): Promise<readonly CountedCall[]> {
    const key = `${keysOf(monthOf(day))}:${day}`
    return readFields(await this.#connection.run((redis) => redis.hgetall(key)))
  }

  async month(month: string, names?: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const key = `${keysOf(month)}:totals`
    if (names !== undefined) return await this.#totalsOf(key, names)
    const rows = await this.#connection.run((redis) => redis.hgetall(key))
    return new Map(Object.entries(rows).map(([name, count]) => [name, Number(count)]))
  }

  async #totalsOf(key: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    for (let at = 0; at < names.length; at += NAMES_AT_ONCE) {
      const some = names.slice(at, at + NAMES_AT_ONCE)
      const counts = await this.#connection.run((redis) => redis.hmget(key, ...some))
      for (const [index, name] of some.entries()) {
        const count = counts[index] ?? null
        if (count !== null) found.set(name, Number(count))
      }
    }
    return found
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
