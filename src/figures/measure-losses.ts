import type { Registry } from 'prom-client'
import type { SpanCounts } from '../tracing/open-tracing.ts'
import { addFigure, addNumber } from './figure.ts'

interface Parts {
  readonly droppedLines: () => number
  readonly spans: () => SpanCounts
}

/** What did not reach whoever should see it. */
export function measureLosses(registry: Registry, { droppedLines, spans }: Parts): void {
  addNumber(registry, {
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that were dropped because nobody took them.',
    type: 'counter',
    value: droppedLines,
  })
  addFigure(registry, {
    name: 'trace_spans_total',
    help: 'Spans that ended: exported, not taken by the collector (failed), or too many at a time (dropped).',
    type: 'counter',
    samples: () => Object.entries({ ...spans() }).map(([result, value]) => ({ labels: { result }, value })),
  })
}
