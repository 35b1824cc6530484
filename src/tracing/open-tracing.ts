import type { Logger } from 'pino'
import type { Tracing } from '../gateway/trace-request.ts'
import type { Settings } from '../settings-schema.ts'

/** How many spans went which way. */
export interface SpanCounts {
  readonly exported: number
  /** The collector did not take them. */
  readonly failed: number
  /** Too many waited already. */
  readonly dropped: number
}

export interface OpenedTracing {
  readonly tracing: Tracing
  readonly counts: () => SpanCounts
  /** Exports the last spans, within a limit. */
  close(): Promise<void>
}

/** Traces, if there is a collector; what writes them is loaded only then. */
export async function openTracing(settings: Settings, log: Logger): Promise<OpenedTracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings
  if (endpoint === undefined) return undefined
  const { openOtlpTracing } = await import('./otlp-tracing.ts')
  return openOtlpTracing({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, log)
}
