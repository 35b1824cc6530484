import { RecordJournal } from './record-journal.ts'
import type { Entry } from './record-lines.ts'
import type { Found, IdempotencyStore, NewClaim, NewOutcome, StoreTimes } from './store.ts'

export interface FileIdempotencyOptions extends StoreTimes {
  /** It is there, and locked by `lockFolder` for as long as the store is open. */
  readonly folder: string
}

interface Held {
  state: 'claimed' | 'sending' | 'kept'
  /** Empty when its owner was another process: nobody has it. */
  readonly token: string
  readonly head: string
  body: string
  /** By a clock that is never set back. */
  leaseEndsAt: number
  /** When it is forgotten, ms since 1970. A claim is not: its lease ends. */
  until: number
  /** Somebody was told that its outcome is unknown. */
  told: boolean
}

const SWEEP_MS = 60_000

/** Records in a folder, for one process. Throws an `Error` with a sentence when its journal is damaged. */
export async function openFileIdempotencyStore(options: FileIdempotencyOptions): Promise<IdempotencyStore> {
  const records = new Map<string, Held>()
  const journal = await RecordJournal.open(options.folder, (entry) => apply(records, entry))
  return new FileIdempotencyStore(options, records, journal)
}

/** What another process was sending when it ended: its lease is over. */
function apply(records: Map<string, Held>, entry: Entry): void {
  if (entry.state === 'released') records.delete(entry.name)
  else records.set(entry.name, { ...heldBy('', entry), state: entry.state, until: entry.until })
}

function heldBy(token: string, { head, body }: Pick<NewClaim, 'head' | 'body'>): Held {
  return { state: 'claimed', token, head, body, leaseEndsAt: -Infinity, until: Infinity, told: false }
}

class FileIdempotencyStore implements IdempotencyStore {
  readonly #times: StoreTimes
  readonly #records: Map<string, Held>
  readonly #journal: RecordJournal
  #sweptAt = -Infinity
  #closed = false

  constructor(times: StoreTimes, records: Map<string, Held>, journal: RecordJournal) {
    this.#times = times
    this.#records = records
    this.#journal = journal
    this.#sweep()
  }

  async claim(name: string, claim: NewClaim): Promise<Found> {
    this.#assertOpen()
    this.#sweep()
    const held = this.#live(name)
    if (held === undefined) {
      this.#records.set(name, { ...heldBy(claim.token, claim), leaseEndsAt: this.#leaseEnd() })
      return { state: 'claimed' }
    }
    const { head, body } = held
    if (held.state === 'kept') {
      const entry = await this.#journal.find(name)
      // Gone in this very moment. It was carried out, so the answer that is safe.
      return entry?.state === 'kept'
        ? { state: 'kept', head, body, sealed: entry.sealed }
        : { state: 'unknown', head, body }
    }
    if (held.state === 'claimed' || held.leaseEndsAt > performance.now())
      return { state: 'running', head, body }
    held.told = true
    return { state: 'unknown', head, body }
  }

  async send(name: string, token: string): Promise<boolean> {
    this.#assertOpen()
    const held = this.#mine(name, token)
    if (held === undefined || held.state === 'kept' || held.told) return false
    held.leaseEndsAt = this.#leaseEnd()
    if (held.state === 'sending') return true
    held.state = 'sending'
    held.until = Date.now() + this.#times.keptMs
    try {
      await this.#journal.append({ ...printed(name, held), state: 'sending' })
    } catch (error) {
      held.state = 'claimed'
      throw error
    }
    return true
  }

  async renew(name: string, token: string): Promise<boolean> {
    const held = this.#mine(name, token)
    if (held === undefined) return false
    held.leaseEndsAt = this.#leaseEnd()
    return true
  }

  async keep(name: string, token: string, { head, body, sealed }: NewOutcome): Promise<boolean> {
    this.#assertOpen()
    const found = this.#records.get(name)
    if (found !== undefined && (found.token !== token || found.state === 'claimed')) return false
    if (found?.state === 'kept') return true
    const until = Date.now() + this.#times.keptMs
    await this.#journal.append({ name, head, body, until, state: 'kept', sealed })
    this.#records.set(name, { ...heldBy(token, { head, body }), state: 'kept', until })
    return true
  }

  async release(name: string, token: string): Promise<void> {
    this.#assertOpen()
    const held = this.#mine(name, token)
    if (held === undefined || held.state === 'kept' || held.told) return
    if (held.state === 'sending') await this.#journal.append({ name, state: 'released' })
    this.#records.delete(name)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#journal.close()
  }

  #mine(name: string, token: string): Held | undefined {
    const held = this.#records.get(name)
    return held?.token === token ? held : undefined
  }

  /** What is kept long enough is gone, and a claim that nobody renewed. */
  #live(name: string): Held | undefined {
    const held = this.#records.get(name)
    if (held === undefined || !isOver(held)) return held
    this.#drop(name)
    return undefined
  }

  #drop(name: string): void {
    this.#records.delete(name)
    this.#journal.forget(name)
  }

  #sweep(): void {
    if (performance.now() < this.#sweptAt + SWEEP_MS) return
    this.#sweptAt = performance.now()
    for (const [name, held] of this.#records) if (isOver(held)) this.#drop(name)
  }

  #leaseEnd(): number {
    return performance.now() + this.#times.leaseMs
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('The store of keys is closed.')
  }
}

function isOver({ state, leaseEndsAt, until }: Held): boolean {
  return state === 'claimed' ? leaseEndsAt <= performance.now() : until <= Date.now()
}

function printed(name: string, { head, body, until }: Held) {
  return { name, head, body, until }
}
