import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Logger } from 'pino'
import type { SpanCounts } from './open-tracing.ts'

/** `ExportResultCode.SUCCESS` of a package that is not ours to import. */
const SUCCESS = 0

interface Parts {
  readonly exporter: SpanExporter
  /** How many spans may wait. */
  readonly limit: number
  readonly log: Logger
}

/** Stands around the library's queue of spans: keeps to its limit, and counts what becomes of them. */
export class BoundedQueue {
  readonly #parts: Parts
  #waiting = 0
  #exported = 0
  #failed = 0
  #dropped = 0
  #isFailing = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get counts(): SpanCounts {
    return { exported: this.#exported, failed: this.#failed, dropped: this.#dropped }
  }

  /** The way in. */
  before(next: SpanProcessor): SpanProcessor {
    return {
      onStart: (span, context) => next.onStart(span, context),
      onEnd: (span) => {
        if (this.#waiting >= this.#parts.limit) {
          this.#dropped += 1
          return
        }
        this.#waiting += 1
        next.onEnd(span)
      },
      forceFlush: () => next.forceFlush(),
      shutdown: () => next.shutdown(),
    }
  }

  /** The way out. */
  get exporter(): SpanExporter {
    const { exporter } = this.#parts
    return {
      export: (spans, done) => {
        this.#waiting -= spans.length
        exporter.export(spans, (result) => {
          const code: number = result.code
          if (code === SUCCESS) this.#note(spans.length)
          else this.#noteFailure(spans.length, result.error)
          done(result)
        })
      },
      shutdown: () => exporter.shutdown(),
    }
  }

  #note(spans: number): void {
    this.#exported += spans
    if (this.#isFailing) this.#parts.log.info('the collector takes traces again')
    this.#isFailing = false
  }

  /** Said once, until it works again: requests go on as ever. */
  #noteFailure(spans: number, err: Error | undefined): void {
    this.#failed += spans
    if (!this.#isFailing)
      this.#parts.log.warn({ alarm: 'traces-lost', err }, 'the collector does not take traces')
    this.#isFailing = true
  }
}
