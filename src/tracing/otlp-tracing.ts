import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { Logger } from 'pino'
import type { Settings } from '../settings-schema.ts'
import { BoundedQueue } from './bounded-queue.ts'
import type { OpenedTracing } from './open-tracing.ts'
import { readPairs, readRatio, readTracesUrl } from './otel-settings.ts'
import { OtlpTrace } from './otlp-trace.ts'

/** OpenTelemetry's own presets (OTEL_BSP_MAX_EXPORT_BATCH_SIZE). */
const BATCH = 512
/** How long the end waits for the last spans: requests come first in what SHUTDOWN_TIMEOUT_MS leaves. */
const LAST_EXPORT_MS = 2_000

type TracingSettings = Settings & { readonly OTEL_EXPORTER_OTLP_ENDPOINT: string }

/** Spans of requests, in batches to a collector (OTLP over HTTP, JSON). No request waits for it or fails with it. */
export function openOtlpTracing(settings: TracingSettings, log: Logger): OpenedTracing {
  const exporter = new OTLPTraceExporter({
    url: readTracesUrl(settings.OTEL_EXPORTER_OTLP_ENDPOINT),
    headers: readPairs(settings.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMillis: settings.OTEL_EXPORTER_OTLP_TIMEOUT,
    concurrencyLimit: 2,
  })
  const limit = settings.OTEL_BSP_MAX_QUEUE_SIZE
  const queue = new BoundedQueue({ exporter, limit, log })
  const batches = new BatchSpanProcessor(queue.exporter, {
    maxQueueSize: limit,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: settings.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMillis: settings.OTEL_EXPORTER_OTLP_TIMEOUT,
  })
  const provider = new BasicTracerProvider({
    resource: resourceOf(settings),
    sampler: samplerOf(settings),
    spanProcessors: [queue.before(batches)],
  })
  const tracer = provider.getTracer('wati-gateway')
  return {
    tracing: { begin: (parent) => new OtlpTrace(tracer, parent) },
    counts: () => queue.counts,
    close: async () => {
      const last = provider.shutdown().catch(() => undefined)
      await Promise.race([last, sleep(LAST_EXPORT_MS, undefined, { ref: false })])
    },
  }
}

function resourceOf({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME }: Settings) {
  const own = {
    'service.instance.id': randomUUID(),
    ...readPairs(OTEL_RESOURCE_ATTRIBUTES),
    'service.name': OTEL_SERVICE_NAME,
  }
  return defaultResource().merge(resourceFromAttributes(own))
}

function samplerOf(settings: Settings): Sampler {
  const name: string = settings.OTEL_TRACES_SAMPLER
  const root = rootSampler(name.replace('parentbased_', ''), readRatio(settings.OTEL_TRACES_SAMPLER_ARG))
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler()
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler()
}
