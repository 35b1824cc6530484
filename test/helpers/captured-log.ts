import { once, EventEmitter } from 'node:events'
import type { DestinationStream } from 'pino'

export type LogLine = Readonly<Record<string, unknown>>

const PATIENCE_MS = 2_000

/** A log kept in memory. */
export class CapturedLog implements DestinationStream {
  readonly lines: LogLine[] = []
  #text = ''
  readonly #changed = new EventEmitter()

  /** All that was written, as it was written. */
  get text(): string {
    return this.#text
  }

  write(text: string): void {
    this.#text += text
    for (const line of text.split('\n')) if (line !== '') this.lines.push(JSON.parse(line) as LogLine)
    this.#changed.emit('line')
  }

  /** The line of the request with this id: it may be written after its answer has arrived. Rejects after two seconds. */
  async lineOf(requestId: string): Promise<LogLine> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const line = this.lines.find((line) => line['msg'] === 'request' && line['requestId'] === requestId)
      if (line !== undefined) return line
      await once(this.#changed, 'line', { signal })
    }
  }
}
