import type { Logger } from 'pino'
import { type Call, countable } from './call.ts'
import { Calendar, addDays } from './day.ts'
import { minuteOf } from './minutes.ts'
import { MonthlyCalls } from './monthly-calls.ts'
import { PendingCalls } from './pending-calls.ts'
import { type UsageQuery, type UsageRow, rowsOf } from './report.ts'
import type { UsageLimits, UsageStore } from './store.ts'
import { type Traffic, type TrafficSpan, readTraffic } from './traffic.ts'
import { UsageWriter } from './usage-writer.ts'

export interface UsageOptions extends UsageLimits {
  readonly store: UsageStore
  readonly log: Logger
  /** The time between two writes. */
  readonly flushMs: number
  /** The totals of a month for which `calls` is asked; all when missing. */
  readonly neededTotals?: () => readonly string[]
  /** For tests: the clock, in ms. */
  readonly now?: () => number
}

/** How long the end waits for calls that are not over, and how often it tries to write the last counts. */
const LAST_CALLS_MS = 1_000
const LAST_TRIES = 3

/** Counts calls in memory, and adds the counts to the store now and then: no request ever waits for it. */
export class Usage {
  readonly #options: UsageOptions
  readonly #now: () => number
  readonly #calendar: Calendar
  readonly #pending: PendingCalls
  readonly #monthly = new MonthlyCalls()
  readonly #writer: UsageWriter
  readonly #timer: NodeJS.Timeout
  /** Requests that are not over. */
  #open = 0
  #allOver: () => void = () => undefined
  /** The last day that had too many keys. */
  #fullDay = ''
  #closed: Promise<void> | undefined

  constructor(options: UsageOptions) {
    const { store, log, flushMs, keysPerDay, neededTotals, now = Date.now } = options
    this.#options = options
    this.#now = now
    this.#calendar = new Calendar(now)
    this.#pending = new PendingCalls(keysPerDay)
    this.#writer = new UsageWriter({
      ...{ store, log, neededTotals, pending: this.#pending, monthly: this.#monthly },
      today: () => this.#calendar.today,
      onFull: (day) => this.#noteFull(day),
    })
    this.#timer = setInterval(() => this.#tick(), flushMs).unref()
    this.#tick()
  }

  /** A request begins; `end` must follow, so that the last ones are waited for when the process stops. */
  begin(): void {
    this.#open += 1
  }

  /** A request is over; one that is no call of a channel is not counted. */
  end(call: Call | undefined): void {
    if (call !== undefined) this.#count(countable(call))
    this.#open -= 1
    if (this.#open === 0) this.#allOver()
  }

  /**
   * How many calls of this month (UTC) were sent to Wati, of an account and of a channel: at once, from memory.
   * Those under way are not in it, nor what other replicas have counted since their last write and ours.
   */
  calls(account: string, channel: string): { account: number; channel: number } {
    return this.#monthly.calls(this.#calendar.today, account, channel)
  }

  /** Writes all that was counted before. Throws an `Error` when the store is away; nothing is lost by that. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  /**
   * The counts that are asked for, in order; those of this replica up to now.
   * Throws `TooManyRows`, or an `Error` when the store is away.
   */
  async *report(query: UsageQuery): AsyncGenerator<UsageRow> {
    await this.flush()
    const { store, keptDays } = this.#options
    const { today } = this.#calendar
    // Nothing is older, and another replica's clock may be a little ahead.
    const [first, last] = [addDays(today, -keptDays), addDays(today, 1)]
    const from = query.from < first ? first : query.from
    const to = query.to > last ? last : query.to
    yield* rowsOf((day) => store.read(day), { ...query, from, to })
  }

  /**
   * The calls of the last hour or day, of all replicas; those of this one up to now.
   * Throws an `Error` when the store is away.
   */
  async traffic(span: TrafficSpan): Promise<Traffic> {
    await this.flush()
    const { store } = this.#options
    return await readTraffic((first, last) => store.minutes(first, last), span, this.#now())
  }

  /** Waits for the requests that are not over, writes the last counts, and lets go of the store. */
  async close(): Promise<void> {
    await (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#open > 0) await this.#untilAllOver()
    for (let tries = 0; tries < LAST_TRIES; tries++) {
      await this.flush().catch(() => undefined)
      if (this.#writer.unwritten === 0) break
    }
    const { store, log } = this.#options
    const calls = this.#writer.unwritten
    if (calls > 0) log.error({ calls }, 'the store is away: these calls are missing in the usage')
    await store.close()
  }

  async #untilAllOver(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_CALLS_MS)
      this.#allOver = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #count(call: Call): void {
    const now = this.#now()
    const day = this.#calendar.dayAt(now)
    this.#monthly.add(day, call)
    if (!this.#pending.add(day, minuteOf(now), call)) this.#noteFull(day)
  }

  #tick(): void {
    // A store that hangs is waited for once, not once for every tick. What fails is logged by the writer.
    if (!this.#writer.isWriting) void this.flush().catch(() => undefined)
  }

  #noteFull(day: string): void {
    if (day === this.#fullDay) return
    this.#fullDay = day
    const { keysPerDay } = this.#options
    this.#options.log.warn(
      { day, keysPerDay },
      'too many different callers in a day: new ones are counted together',
    )
  }
}
