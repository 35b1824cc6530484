import type { Sample } from './figure.ts'

/** In seconds: from what the gateway itself takes to the longest wait for Wati. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const
/** In seconds: what the gateway itself takes. */
export const SMALL_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const

/** How many values there were up to each bound: a histogram, as Prometheus understands it. */
export class Distribution {
  readonly #bounds: readonly number[]
  /** One more than there are bounds. */
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  add(value: number): void {
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? Infinity)) at += 1
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += value
  }

  samples(name: string, labels: Sample['labels']): Sample[] {
    let count = 0
    const buckets = this.#counts.map((each, at) => {
      count += each
      return { name: `${name}_bucket`, labels: { ...labels, le: this.#bounds[at] ?? '+Inf' }, value: count }
    })
    return [
      ...buckets,
      { name: `${name}_sum`, labels, value: this.#sum },
      { name: `${name}_count`, labels, value: count },
    ]
  }
}
