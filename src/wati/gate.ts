import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { ProblemName, Refusal } from '../errors.ts'
import {
  type BreakerCall,
  type BreakerFailure,
  type BreakerLimits,
  CircuitBreaker,
  type OpenState,
} from './circuit-breaker.ts'
import { accountBusy, watiDown } from './gate-refusals.ts'
import { InFlight } from './in-flight.ts'
import type { WatiAnswer } from './wati-call.ts'
import { describeFailure } from './wati-failure.ts'

/** What the gate looks at of a call. */
export interface GateCall {
  readonly account: Pick<Account, 'id' | 'baseUrl'>
  /** Wati's name of the endpoint. */
  readonly endpoint: string
  readonly isWrite: boolean
}

/** A call that is on its way. One of its ends has to follow, and counts once. */
export interface Passage {
  /** Its place is free again when the answer is over. */
  answered(answer: WatiAnswer): void
  /** Takes whatever was thrown; only what Wati did counts against it. */
  failed(error: unknown): void
}

/** An account whose calls are refused, because Wati fails. */
export interface OpenBreaker {
  readonly state: OpenState
  readonly since: Date
  readonly lastFailure: { readonly at: Date; readonly problem: ProblemName; readonly detail: string }
}

export interface GateOptions {
  readonly breaker: BreakerLimits
  readonly inFlightLimit: number
  readonly log: Logger
  readonly onRefused: (account: string, why: 'breaker' | 'in-flight') => void
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

interface Known {
  readonly baseUrl: string
  readonly breaker: CircuitBreaker
  openSince: Date | undefined
}

/** More accounts than this are not remembered; the oldest is forgotten. */
const MOST_ACCOUNTS = 10_000
/** Said by what stands in front of Wati, when Wati itself is not there; a 500 may be about one request alone. */
const DOWN_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * Stands before the way to Wati, for each account by itself and as far as this process knows: lets no more calls out
 * than there is room for, and none while it is clear that they would fail.
 */
export class WatiGate {
  readonly #options: GateOptions
  readonly #now: () => number
  readonly #inFlight: InFlight
  readonly #known = new Map<string, Known>()

  constructor(options: GateOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#inFlight = new InFlight(options.inFlightLimit)
  }

  /** Throws the refusal for a call that would fail. Only looks: before a call waits for its turn. */
  check({ account, endpoint, isWrite }: GateCall): void {
    const { breaker, openSince } = this.#of(account)
    const waitMs = breaker.waitMs(endpoint)
    if (waitMs === 0) return
    const { lastFailure } = breaker
    if (lastFailure === undefined || openSince === undefined) return
    throw this.#refuse(account.id, 'breaker', watiDown(lastFailure, { since: openSince, waitMs, isWrite }))
  }

  /** Lets a call out that leaves at once. Throws a refusal, and then nothing is taken. */
  enter(call: GateCall): Passage {
    const { account, endpoint, isWrite } = call
    this.check(call)
    if (!this.#inFlight.enter(account.id))
      throw this.#refuse(account.id, 'in-flight', accountBusy(this.#options.inFlightLimit, isWrite))
    return new Passed(this, account, this.#of(account).breaker.begin(endpoint))
  }

  /** A call is over: with a failure that counts against Wati, with success, or with neither (`undefined`). */
  ended(
    account: GateCall['account'],
    begun: BreakerCall,
    how: BreakerFailure | 'succeeded' | undefined,
  ): void {
    const known = this.#of(account)
    if (how === 'succeeded') known.breaker.succeeded()
    else if (how === undefined) known.breaker.undecided(begun)
    else known.breaker.failed(begun, how)
    this.#tell(account, known)
  }

  /** Its place is free again. */
  left(account: string): void {
    this.#inFlight.leave(account)
  }

  /** `undefined` while calls of the account go out. */
  breakerOf(account: GateCall['account']): OpenBreaker | undefined {
    const known = this.#known.get(account.id)
    if (known?.baseUrl !== account.baseUrl) return undefined
    const { breaker, openSince: since } = known
    const { state, lastFailure: last } = breaker
    if (state === undefined || last === undefined || since === undefined) return undefined
    const at = new Date(Date.now() - Math.round(this.#now() - last.at))
    return { state, since, lastFailure: { at, problem: last.problem, detail: last.detail } }
  }

  inFlightOf(account: string): number {
    return this.#inFlight.of(account)
  }

  #refuse(account: string, why: 'breaker' | 'in-flight', refusal: Refusal): Refusal {
    this.#options.onRefused(account, why)
    return refusal
  }

  /** An account that an admin leads elsewhere begins anew. */
  #of({ id, baseUrl }: GateCall['account']): Known {
    const known = this.#known.get(id)
    if (known?.baseUrl === baseUrl) return known
    const [oldest] = this.#known.size < MOST_ACCOUNTS ? [] : this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
    const breaker = new CircuitBreaker(this.#options.breaker, this.#now)
    const begun = { baseUrl, breaker, openSince: undefined }
    this.#known.set(id, begun)
    return begun
  }

  /** Logs what has changed, once. */
  #tell(account: GateCall['account'], known: Known): void {
    const { log } = this.#options
    const { lastFailure } = known.breaker
    if (lastFailure !== undefined && known.openSince === undefined) {
      known.openSince = new Date()
      const { problem, detail } = lastFailure
      log.error({ alarm: 'wati-down', account: account.id, problem, detail }, 'calls to Wati are not tried')
    } else if (lastFailure === undefined && known.openSince !== undefined) {
      const downMs = Date.now() - known.openSince.getTime()
      known.openSince = undefined
      log.info({ account: account.id, downMs }, 'Wati answers again')
    }
  }
}

/** A call that the gate let out. */
class Passed implements Passage {
  readonly #gate: WatiGate
  readonly #account: GateCall['account']
  readonly #begun: BreakerCall

  constructor(gate: WatiGate, account: GateCall['account'], begun: BreakerCall) {
    this.#gate = gate
    this.#account = account
    this.#begun = begun
  }

  answered({ status, body }: WatiAnswer): void {
    const isDown = DOWN_STATUSES.has(status)
    this.#gate.ended(this.#account, this.#begun, isDown ? answeredDown(status) : 'succeeded')
    if (Buffer.isBuffer(body)) this.#gate.left(this.#account.id)
    else body.once('close', () => this.#gate.left(this.#account.id))
  }

  failed(error: unknown): void {
    this.#gate.ended(this.#account, this.#begun, describeFailure(error))
    this.#gate.left(this.#account.id)
  }
}

function answeredDown(status: number): BreakerFailure {
  return { problem: 'wati-unreachable', detail: `Wati answered ${status}.`, isUnreachable: false }
}
