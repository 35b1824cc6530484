import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { monthOf } from './day.ts'
import type { MonthlyCalls } from './monthly-calls.ts'
import type { PendingCalls } from './pending-calls.ts'
import type { UsageBatch, UsageStore } from './store.ts'

interface Parts {
  readonly store: UsageStore
  readonly pending: PendingCalls
  readonly monthly: MonthlyCalls
  readonly log: Logger
  readonly today: () => string
  /** The totals of a month that somebody asks for; all when missing. */
  readonly neededTotals?: (() => readonly string[]) | undefined
  /** Called when a day has too many keys to keep more callers apart. */
  readonly onFull: (day: string) => void
}

/** A batch is one step in the store, and must not hold up others there. */
const KEYS_IN_BATCH = 1_000

/** Brings the counts of this process into the store, each once. */
export class UsageWriter {
  readonly #parts: Parts
  readonly #replica = randomUUID()
  #sequence = 0
  /** Sent, and perhaps added though the store did not say so: it is sent again as it is, until it does. */
  #unconfirmed: UsageBatch | undefined
  #writing: Promise<void> | undefined
  /** What is to start when the write under way is over. */
  #next: Promise<void> | undefined
  #isAway = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get isWriting(): boolean {
    return this.#writing !== undefined
  }

  /** How many calls are not known to be in the store. */
  get unwritten(): number {
    const sent = this.#unconfirmed?.counts ?? []
    return sent.reduce((sum, { count }) => sum + count, this.#parts.pending.calls)
  }

  /** Writes all that was counted before. Throws an `Error` when the store is away; nothing is lost by that. */
  async flush(): Promise<void> {
    this.#next ??= this.#afterWriting()
    await this.#next
  }

  async #afterWriting(): Promise<void> {
    await this.#writing?.catch(() => undefined)
    this.#writing = this.#write()
    this.#next = undefined
    try {
      await this.#writing
    } finally {
      this.#writing = undefined
    }
  }

  async #write(): Promise<void> {
    try {
      await this.#writeBatches()
    } catch (error) {
      this.#noteAway(error)
      throw error
    }
    // Nothing is on its way now, so what the store has and what was counted since do not overlap.
    await this.#readMonth().then(
      () => this.#noteBack(),
      (error: unknown) => this.#noteAway(error),
    )
  }

  async #writeBatches(): Promise<void> {
    const { store, pending, monthly, onFull } = this.#parts
    // Under load there is always more: what is counted while this is written waits for the next time.
    let left = pending.takes(KEYS_IN_BATCH) + (this.#unconfirmed === undefined ? 0 : 1)
    while (left-- > 0) {
      const batch = (this.#unconfirmed ??= this.#nextBatch())
      if (batch === undefined) return
      const { folded } = await store.add(batch)
      this.#unconfirmed = undefined
      monthly.confirm(batch.day, batch.counts)
      if (folded > 0) onFull(batch.day)
    }
  }

  #nextBatch(): UsageBatch | undefined {
    const taken = this.#parts.pending.take(KEYS_IN_BATCH)
    return taken && { ...taken, replica: this.#replica, sequence: ++this.#sequence }
  }

  async #readMonth(): Promise<void> {
    const { store, monthly, today, neededTotals } = this.#parts
    const month = monthOf(today())
    monthly.refresh(month, await store.month(month, neededTotals?.()))
  }

  #noteAway(err: unknown): void {
    if (!this.#isAway)
      this.#parts.log.warn({ err }, 'usage cannot be written: it is kept in memory meanwhile')
    this.#isAway = true
  }

  #noteBack(): void {
    if (this.#isAway) this.#parts.log.info('usage is written again')
    this.#isAway = false
  }
}
