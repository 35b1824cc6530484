/** Everything that can be made to go wrong. */
export const FAULT_KINDS = [
  'status',
  'delay',
  'silence',
  'reset',
  'truncate',
  'html',
  'redirect',
  'unauthorized',
  'session-expired',
  'rate-limited',
  'garbage',
  'plain-text',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** What a user asks for: a fault for the next requests, of one operation or of any. */
export interface FaultOrder {
  readonly kind: FaultKind
  readonly operation?: string
  readonly status?: number
  readonly body?: string
  readonly delayMs?: number
  readonly retryAfterSeconds?: number
  readonly location?: string
  /** True: Wati does what it was asked, and only its answer is lost. */
  readonly accepted?: boolean
  /** How many requests it hits. */
  readonly times?: number
}

export interface Fault extends FaultOrder {
  readonly id: string
  /** How many requests it still hits. */
  readonly times: number
}

type Detail = Exclude<keyof FaultOrder, 'kind' | 'operation' | 'times'>

/** The details that mean something to each kind; `needs` must be given. */
const DETAILS: Readonly<Record<FaultKind, { takes: readonly Detail[]; needs?: Detail }>> = {
  status: { takes: ['status', 'body', 'retryAfterSeconds', 'accepted'], needs: 'status' },
  delay: { takes: ['delayMs'], needs: 'delayMs' },
  silence: { takes: ['accepted'] },
  reset: { takes: ['accepted'] },
  truncate: { takes: [] },
  html: { takes: ['body', 'status'] },
  redirect: { takes: ['location', 'status'] },
  unauthorized: { takes: ['body'] },
  'session-expired': { takes: [] },
  'rate-limited': { takes: ['body', 'retryAfterSeconds'] },
  garbage: { takes: ['body', 'accepted'] },
  'plain-text': { takes: [] },
}

const MAX_FAULTS = 1000

/** The faults that wait for requests, first come, first served. */
export class Faults {
  #waiting: Fault[] = []
  #count = 0

  /** Gives a sentence instead of the fault when the order makes no sense. */
  add(order: FaultOrder): Fault | string {
    const mistake = mistakeIn(order)
    if (mistake !== undefined) return mistake
    if (this.#waiting.length >= MAX_FAULTS) return `There are ${MAX_FAULTS} faults already. Clear them first.`
    const fault = { ...order, id: `fault-${++this.#count}`, times: order.times ?? 1 }
    this.#waiting.push(fault)
    return fault
  }

  /** The fault that hits this request; it has then hit one request more. */
  take(operation: string): Fault | undefined {
    const fault = this.#waiting.find((each) => each.operation === undefined || each.operation === operation)
    if (fault === undefined) return undefined
    this.#waiting = this.#waiting.flatMap((each) => {
      if (each !== fault) return [each]
      return each.times > 1 ? [{ ...each, times: each.times - 1 }] : []
    })
    return fault
  }

  list(): readonly Fault[] {
    return this.#waiting
  }

  clear(): void {
    this.#waiting = []
  }
}

function mistakeIn(order: FaultOrder): string | undefined {
  const { takes, needs } = DETAILS[order.kind]
  if (needs !== undefined && order[needs] === undefined) {
    return `A fault of kind ${order.kind} needs ${needs}.`
  }
  if (order.kind === 'redirect' && Math.floor((order.status ?? 302) / 100) !== 3) {
    return 'A fault of kind redirect has a status from 300 to 399.'
  }
  const details = Object.keys(order).filter((name) => !['kind', 'operation', 'times'].includes(name))
  const useless = details.find((name) => !takes.some((taken) => taken === name))
  return useless === undefined ? undefined : `A fault of kind ${order.kind} has no ${useless}.`
}
