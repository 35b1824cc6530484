import type { ProblemName } from '../errors.ts'

/** How a call to Wati failed. */
export interface BreakerFailure {
  readonly problem: ProblemName
  /** One sentence, as a refusal says it. */
  readonly detail: string
  /** There was no connection at all, so no other endpoint can be reached either. */
  readonly isUnreachable: boolean
}

export interface BreakerLimits {
  /** So many failures, with no success in between, open it. */
  readonly failures: number
  /** Older failures are forgotten. */
  readonly windowMs: number
  /** How long it stays open before one call tries again. */
  readonly openMs: number
}

/** `half-open`: one call is on its way to see whether Wati is back. */
export type OpenState = 'open' | 'half-open'

/** A call that may go. */
export interface BreakerCall {
  readonly endpoint: string
  readonly startedAt: number
}

interface Failed extends BreakerFailure {
  readonly endpoint: string
  readonly at: number
}

interface Open {
  readonly endpoints: Set<string>
  isForAll: boolean
  retryAt: number
  last: Failed
}

/** While a probe is on its way nobody knows when it comes back. */
const PROBE_WAIT_MS = 1_000

/**
 * Says whether it is of any use to call Wati. Closed until so many calls failed with no success in between; then
 * open, and calls need not be tried; after a while exactly one of them is let through. Any success closes it.
 *
 * One bad endpoint must not take the others with it: where there was a connection, and only one endpoint failed,
 * only that endpoint is refused. A call that began before the last success was slow, and is no sign of an outage.
 */
export class CircuitBreaker {
  readonly #limits: BreakerLimits
  readonly #now: () => number
  #failures: Failed[] = []
  #succeededAt = -Infinity
  #open: Open | undefined
  #probe: BreakerCall | undefined

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(limits: BreakerLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** `undefined` while it is closed. */
  get state(): OpenState | undefined {
    if (this.#open === undefined) return undefined
    return this.#probe === undefined ? 'open' : 'half-open'
  }

  /** Of the newest failure, while it is open. */
  get lastFailure(): (BreakerFailure & { readonly at: number }) | undefined {
    return this.#open?.last
  }

  /** Nothing that it could forget. */
  get isIdle(): boolean {
    return this.#open === undefined && this.#failures.length === 0
  }

  /** How long a call of this endpoint is of no use, in milliseconds; 0 when it may go. */
  waitMs(endpoint: string): number {
    if (!this.#refuses(endpoint)) return 0
    if (this.#probe !== undefined) return PROBE_WAIT_MS
    return Math.max(0, (this.#open?.retryAt ?? 0) - this.#now())
  }

  /** For a call that sets out, when `waitMs` is 0. One of its three ends has to follow. */
  begin(endpoint: string): BreakerCall {
    const call = { endpoint, startedAt: this.#now() }
    if (this.#refuses(endpoint)) this.#probe = call
    return call
  }

  /** Wati answered. */
  succeeded(): void {
    this.#succeededAt = this.#now()
    if (this.isIdle) return
    this.#failures = []
    this.#open = undefined
    this.#probe = undefined
  }

  failed(call: BreakerCall, failure: BreakerFailure): void {
    const now = this.#now()
    const failed = { ...failure, endpoint: call.endpoint, at: now }
    if (this.#open !== undefined) this.#stayOpen(this.#open, call, failed)
    else if (call.startedAt >= this.#succeededAt) this.#count(failed)
  }

  /** It ended without a word about Wati: its caller hung up, or it never left. */
  undecided(call: BreakerCall): void {
    if (this.#probe === call) this.#probe = undefined
  }

  #refuses(endpoint: string): boolean {
    return this.#open !== undefined && (this.#open.isForAll || this.#open.endpoints.has(endpoint))
  }

  #count(failed: Failed): void {
    const { failures, windowMs, openMs } = this.#limits
    const recent = this.#failures.filter(({ at }) => at > failed.at - windowMs)
    this.#failures = [...recent, failed].slice(-failures)
    if (this.#failures.length < failures) return
    const endpoints = new Set(this.#failures.map(({ endpoint }) => endpoint))
    const isForAll = endpoints.size > 1 || this.#failures.some(({ isUnreachable }) => isUnreachable)
    this.#open = { endpoints, isForAll, retryAt: failed.at + openMs, last: failed }
  }

  #stayOpen(open: Open, call: BreakerCall, failed: Failed): void {
    open.last = failed
    open.endpoints.add(failed.endpoint)
    open.isForAll ||= failed.isUnreachable || open.endpoints.size > 1
    if (this.#probe !== call) return
    this.#probe = undefined
    open.retryAt = failed.at + this.#limits.openMs
  }
}
