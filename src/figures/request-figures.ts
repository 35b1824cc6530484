import type { Registry } from 'prom-client'
import { OPERATIONS } from '../domain/operation.ts'
import { PROBLEMS, type ProblemName } from '../errors.ts'
import type { CountedOutcome } from '../usage/call.ts'
import { Distribution, SECONDS, SMALL_SECONDS } from './distribution.ts'
import { type Sample, addFigure, addNumber } from './figure.ts'

/** A request of a caller that is over. */
export interface FinishedRequest {
  /** `undefined` when it asked for none that is carried. */
  readonly operation: string | undefined
  /** `undefined` when its channel was not found, or not looked for. */
  readonly account: string | undefined
  readonly outcome: CountedOutcome
  readonly status: number
  readonly problem: ProblemName | undefined
  /** Was an earlier outcome given again, for its `Idempotency-Key`? */
  readonly isReplayed: boolean
  /** Was the caller gone before the answer had left? */
  readonly isGone: boolean
  readonly wholeMs: number
  readonly waitMs: number
  /** `undefined` when it was never on its way to Wati. */
  readonly watiMs: number | undefined
  readonly gatewayMs: number
}

const NO_OPERATION = 'none'
/** Accounts beyond the limit, counted together; no account can have this name. */
const OTHERS = '(other)'

class OperationFigures {
  /** Outcome and class of the status → how many; there are few of these pairs. */
  readonly counts = new Map<CountedOutcome, number[]>()
  readonly whole = new Distribution(SECONDS)
  readonly wait = new Distribution(SECONDS)
  readonly wati = new Distribution(SECONDS)
}

/** Counts and measures what callers ask for. Labels have values from our own tables: operations, outcomes, accounts. */
export class RequestFigures {
  readonly #accountLimit: number
  readonly #byOperation: ReadonlyMap<string, OperationFigures>
  readonly #byAccount = new Map<string, Map<CountedOutcome, number>>()
  /** All of them from the start: of a series that appears at its first event, Prometheus does not see that event. */
  readonly #byProblem = new Map(Object.keys(PROBLEMS).map((name) => [name as ProblemName, 0]))
  readonly #gateway = new Distribution(SMALL_SECONDS)
  #inFlight = 0
  #replayed = 0
  #gone = 0

  constructor(accountLimit: number) {
    this.#accountLimit = accountLimit
    const names = [NO_OPERATION, ...OPERATIONS.map(({ name }) => name)]
    this.#byOperation = new Map(names.map((name) => [name, new OperationFigures()]))
  }

  begin(): void {
    this.#inFlight += 1
  }

  end(request: FinishedRequest): void {
    this.#inFlight -= 1
    const { outcome, status, problem, account } = request
    const figures = this.#byOperation.get(request.operation ?? NO_OPERATION)
    if (figures !== undefined) {
      const counts = figures.counts.get(outcome) ?? [0, 0, 0, 0, 0, 0]
      figures.counts.set(outcome, counts)
      const statusClass = Math.floor(status / 100)
      counts[statusClass] = (counts[statusClass] ?? 0) + 1
      figures.whole.add(request.wholeMs / 1_000)
      figures.wait.add(request.waitMs / 1_000)
      if (request.watiMs !== undefined) figures.wati.add(request.watiMs / 1_000)
    }
    this.#gateway.add(request.gatewayMs / 1_000)
    if (account !== undefined) this.#countAccount(account, outcome)
    if (problem !== undefined) this.#byProblem.set(problem, (this.#byProblem.get(problem) ?? 0) + 1)
    if (request.isReplayed) this.#replayed += 1
    if (request.isGone) this.#gone += 1
  }

  #countAccount(account: string, outcome: CountedOutcome): void {
    const isKnown = this.#byAccount.has(account) || this.#byAccount.size < this.#accountLimit
    const name = isKnown ? account : OTHERS
    const counts = this.#byAccount.get(name) ?? new Map<CountedOutcome, number>()
    this.#byAccount.set(name, counts)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }

  addTo(registry: Registry): void {
    addFigure(registry, {
      name: 'requests_total',
      help: 'Requests of callers that are over, by operation, what became of them at Wati, and class of the status.',
      type: 'counter',
      samples: () => [...this.#byOperation].flatMap(([operation, { counts }]) => countsOf(operation, counts)),
    })
    addFigure(registry, {
      name: 'account_requests_total',
      help: 'Requests for channels of an account, by what became of them at Wati.',
      type: 'counter',
      samples: () =>
        [...this.#byAccount].flatMap(([account, counts]) =>
          [...counts].map(([outcome, value]) => ({ labels: { account, outcome }, value })),
        ),
    })
    addFigure(registry, {
      name: 'refusals_total',
      help: 'Requests that were answered with a problem of the gateway, by its name.',
      type: 'counter',
      samples: () => [...this.#byProblem].map(([problem, value]) => ({ labels: { problem }, value })),
    })
    this.#addNumbers(registry)
    this.#addDurations(registry)
  }

  #addNumbers(registry: Registry): void {
    addNumber(registry, {
      name: 'requests_in_flight',
      help: 'Requests of callers that are not over.',
      type: 'gauge',
      value: () => this.#inFlight,
    })
    addNumber(registry, {
      name: 'idempotency_replays_total',
      help: 'Requests that were answered with the outcome of an earlier one with the same Idempotency-Key.',
      type: 'counter',
      value: () => this.#replayed,
    })
    addNumber(registry, {
      name: 'callers_gone_total',
      help: 'Requests whose caller was gone before the answer had left.',
      type: 'counter',
      value: () => this.#gone,
    })
  }

  #addDurations(registry: Registry): void {
    const add = (name: string, help: string, of: 'whole' | 'wait' | 'wati'): void =>
      addFigure(registry, {
        ...{ name, help },
        type: 'histogram',
        samples: () =>
          [...this.#byOperation]
            .filter(([, { counts }]) => counts.size > 0)
            .flatMap(([operation, figures]) => figures[of].samples(name, { operation })),
      })
    add('request_duration_seconds', 'From the first byte of a request to the last of its answer.', 'whole')
    add(
      'request_wait_seconds',
      'How long requests waited for their turns and their Idempotency-Keys.',
      'wait',
    )
    add('request_wati_seconds', 'How long requests were at Wati, until its answer was whole.', 'wati')
    addFigure(registry, {
      name: 'request_gateway_seconds',
      help: 'How long requests were in the gateway itself: neither arriving, nor waiting, nor at Wati.',
      type: 'histogram',
      samples: () => this.#gateway.samples('request_gateway_seconds', {}),
    })
  }
}

function countsOf(operation: string, counts: ReadonlyMap<CountedOutcome, number[]>): Sample[] {
  return [...counts].flatMap(([outcome, byClass]) =>
    byClass.flatMap((value, statusClass) =>
      value === 0 ? [] : [{ labels: { operation, outcome, status: `${statusClass}xx` }, value }],
    ),
  )
}
