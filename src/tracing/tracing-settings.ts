import { Type } from '@sinclair/typebox'
import { milliseconds, text } from '../setting-kinds.ts'

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [name, `parentbased_${name}`])

/** The settings of OpenTelemetry's standard that the gateway reads, under the names it gives them. */
export const TRACING_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: text(
    'http or https address of an OpenTelemetry collector (OTLP over HTTP); without it nothing is traced',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: text(
    'headers for the collector: name=value,name=value with percent-encoded values',
  ),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds(10_000, 'the longest wait for the collector, in milliseconds'),
  OTEL_SERVICE_NAME: Type.String({
    default: 'wati-gateway',
    description: 'the name of the service in traces',
  }),
  OTEL_RESOURCE_ATTRIBUTES: text('attributes of this process in traces: name=value,name=value'),
  OTEL_TRACES_SAMPLER: Type.Union(
    SAMPLERS.map((name) => Type.Literal(name)),
    { default: 'parentbased_always_on', description: 'which requests are traced; OpenTelemetry names it so' },
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.String({
    default: '1',
    description: 'the part that the traceidratio samplers take, from 0 to 1',
  }),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds(5_000, 'how often spans are exported, in milliseconds'),
  OTEL_BSP_MAX_QUEUE_SIZE: Type.Integer({
    default: 2_048,
    minimum: 512,
    maximum: 1_000_000,
    description: 'how many spans may wait for their export; beyond that they are dropped',
  }),
}
