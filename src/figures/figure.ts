import type { Metric, Registry } from 'prom-client'

/** One number of a figure. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** Where it is not the figure's own name: a histogram has `…_bucket`, `…_sum` and `…_count`. */
  readonly name?: string
}

export interface Figure {
  /** Without the prefix that all have. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What it is when somebody looks. Rejects when that cannot be said: then it is left out. */
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>
}

export const PREFIX = 'wati_gateway_'

/**
 * Puts a figure on the page of the metrics. Its numbers are asked for only then: prom-client's own counters build a
 * text of their labels at every step, which a request does not pay for here.
 */
export function addFigure(registry: Registry, { name, help, type, samples }: Figure): void {
  const fullName = PREFIX + name
  const metric = {
    name: fullName,
    async get() {
      const found = await Promise.resolve()
        .then(samples)
        .catch(() => [])
      const values = found.map((sample) => ({ ...sample, metricName: PREFIX + (sample.name ?? name) }))
      return { name: fullName, help, type, values, aggregator: 'sum' }
    },
    reset: () => undefined,
  }
  // Typed as a union of prom-client's own classes; this is all that its page asks of one.
  registry.registerMetric(metric as unknown as Metric)
}

/** A figure of one number. */
export function addNumber(
  registry: Registry,
  figure: Omit<Figure, 'samples'> & { readonly value: () => number },
): void {
  addFigure(registry, { ...figure, samples: () => [{ labels: {}, value: figure.value() }] })
}
