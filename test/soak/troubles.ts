/**
 * What may be felt of a fault: Redis is away; Wati does badly with what reaches it; the way to Wati is broken, so that
 * even Wati does not know what became of its answers.
 */
export type Trouble = 'redis' | 'wati' | 'network'

interface Span {
  readonly trouble: Trouble
  readonly from: number
  to: number
}

/**
 * How long a fault is felt after its end: requests that it made wait time out, then the breaker lets one through.
 * Of Redis the end is seen from outside, and only what is on its way has to arrive.
 */
const AFTER_MS: Readonly<Record<Trouble, number>> = { redis: 2_000, wati: 7_000, network: 7_000 }

/** When there was which trouble; all times are of `performance.now()`. */
export class Troubles {
  readonly #spans: Span[] = []
  /** The fault of the moment, for whoever reads the output. */
  now = ''

  /** Gives what ends it. */
  begin(trouble: Trouble): () => void {
    const span: Span = { trouble, from: performance.now(), to: Infinity }
    this.#spans.push(span)
    return () => void (span.to = performance.now() + AFTER_MS[trouble])
  }

  /** Which could be felt by what happened between these moments. */
  during(from: number, to: number): ReadonlySet<Trouble> {
    return new Set(
      this.#spans.filter((span) => span.from <= to && span.to >= from).map(({ trouble }) => trouble),
    )
  }
}
