import type { Logger } from 'pino'
import type { Seal } from '../directory/seal.ts'
import { Refusal } from '../errors.ts'
import type { Backlog } from './backlog.ts'
import type { FormPrint } from './fingerprint.ts'
import { type KeptOutcome, printOutcome } from './kept-outcome.ts'
import type { IdempotencyStore } from './store.ts'

/** A lease is renewed this often, so that one renewal may fail. */
const RENEWALS_PER_LEASE = 3

/** How long it is tried to write an outcome that the store did not take. */
const TRIED_MS = 600_000

export interface ClaimParts {
  readonly store: IdempotencyStore
  readonly seal: Seal
  readonly log: Logger
  readonly leaseMs: number
  readonly backlog: Backlog
}

interface Claimed {
  readonly name: string
  readonly token: string
  readonly head: string
  /** Of a body that is held whole; empty for a form. */
  readonly body: string
  /** The fingerprint of a form, taken while it flows. */
  readonly form: FormPrint | undefined
}

/**
 * A key, for as long as the request that claimed it is under way: waiting, then sending, then over, with its
 * outcome kept or the key free again.
 */
export class Claim {
  /** Settles when the store has taken how it ended, or will not. */
  readonly ended: Promise<void>
  readonly #parts: ClaimParts
  readonly #claimed: Claimed
  readonly #renewing: NodeJS.Timeout
  #state: 'waiting' | 'sending' | 'over' = 'waiting'
  #end: () => void = () => undefined

  constructor(parts: ClaimParts, claimed: Claimed) {
    this.#parts = parts
    this.#claimed = claimed
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.#renewing = setInterval(() => void this.#renew(), parts.leaseMs / RENEWALS_PER_LEASE).unref()
  }

  get form(): FormPrint | undefined {
    return this.#claimed.form
  }

  /**
   * To be awaited just before the first byte may leave; again before every further try with what was surely not
   * carried out. Throws a refusal when nothing may be sent: the store is away, or the claim was lost while this
   * process stood still.
   */
  async send(): Promise<void> {
    const { name, token } = this.#claimed
    if (this.#isOver()) throw claimLost()
    const isOurs = await this.#parts.store.send(name, token).catch((cause: unknown) => {
      throw storeAway(cause)
    })
    // It may have been given up in the meantime.
    if (!isOurs || this.#isOver()) throw claimLost()
    this.#state = 'sending'
  }

  /** May something have been carried out? */
  get isSending(): boolean {
    return this.#state === 'sending'
  }

  /** What was sent was surely not carried out, and the request waits for another turn. */
  recall(): void {
    if (this.#state === 'sending') this.#state = 'waiting'
  }

  /** Keeps what became of the request. Returns when the store has it, or is away: then it is tried on behind. */
  async keep(outcome: KeptOutcome): Promise<void> {
    if (!this.#isFirstEnd()) return
    const { store, seal, log } = this.#parts
    const { name, token, head, form } = this.#claimed
    const sealed = seal.seal(printOutcome(outcome), boundTo(name))
    const body = form?.value ?? this.#claimed.body
    await this.#settle(async () => {
      if (await store.keep(name, token, { head, body, sealed })) return
      log.warn('somebody else has the key of a request that was sent: its outcome is not kept')
    })
  }

  /** Makes the key free again: surely nothing was carried out. */
  async release(): Promise<void> {
    if (!this.#isFirstEnd()) return
    const { name, token } = this.#claimed
    await this.#settle(() => this.#parts.store.release(name, token))
  }

  /** The request is over, however it ended. What nobody has said more about was not sent, or is unknown. */
  async abandon(): Promise<void> {
    if (this.#state === 'waiting') await this.release()
    // Its lease runs out.
    else if (this.#isFirstEnd()) this.#end()
  }

  #isOver(): boolean {
    return this.#state === 'over'
  }

  #isFirstEnd(): boolean {
    if (this.#isOver()) return false
    this.#state = 'over'
    clearInterval(this.#renewing)
    return true
  }

  async #renew(): Promise<void> {
    // One that fails is made up for by the next; a claim that was lost is noticed when it is to be used.
    await this.#parts.store.renew(this.#claimed.name, this.#claimed.token).catch(() => undefined)
  }

  async #settle(write: () => Promise<void>): Promise<void> {
    try {
      await write()
      this.#end()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'how a request with a key ended could not be written: trying on')
      void this.#writeLater(write)
    }
  }

  async #writeLater(write: () => Promise<void>): Promise<void> {
    if (!(await this.#parts.backlog.add(write, TRIED_MS))) {
      this.#parts.log.error(
        'how a request with a key ended was not written: a second try hears that it is unknown',
      )
    }
    this.#end()
  }
}

/** What a sealed outcome belongs to: under another record's name it does not open. */
export function boundTo(name: string): string {
  return `idempotency:${name}`
}

/** The promise could not be kept, so nothing is sent. */
export function storeAway(cause: unknown): Refusal {
  const detail =
    'The store of idempotency keys is away, so nothing was sent: try again with the same key, or without one.'
  return new Refusal('store-unavailable', detail, {
    headers: { 'retry-after': '1' },
    outcome: 'not_sent',
    cause,
  })
}

function claimLost(): Refusal {
  const detail =
    'The gateway stood still for longer than it holds an Idempotency-Key, so this try sent nothing: send it again.'
  return new Refusal('idempotency-in-flight', detail, {
    headers: { 'retry-after': '1' },
    outcome: 'not_sent',
  })
}
