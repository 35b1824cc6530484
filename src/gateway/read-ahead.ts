import type { Readable } from 'node:stream'

/** A body that nobody takes for so long is read on, to see whether its caller is still there. */
const LOOK_AFTER_MS = 150

/** How much of the bodies that nobody takes may be held, of all together and of each. */
export class ReadAheadBudget {
  readonly #ofEach: number
  #left: number

  /** @param limitBytes of all together; one body may hold half of it */
  constructor(limitBytes: number) {
    this.#left = limitBytes
    this.#ofEach = limitBytes / 2
  }

  /** May a body that holds so much hold more? The piece that goes over the limit is the last. */
  allows(heldBytes: number): boolean {
    return this.#left > 0 && heldBytes < this.#ofEach
  }

  /** Holds so many bytes more, or fewer. */
  change(bytes: number): void {
    this.#left -= bytes
  }
}

/**
 * The body of a request, piece by piece as somebody asks for it. The end of a connection is found behind its last
 * byte, and Node looks only while it reads: so when nobody asks, some of the body is read ahead and held, until the
 * hang-up is seen or the budget is used up.
 */
export class ReadAhead implements AsyncIterable<Buffer> {
  /** Aborted, with an error, when the caller hung up before the body was complete. */
  readonly gone: AbortSignal
  readonly #gone = new AbortController()
  readonly #stream: Readable
  readonly #budget: ReadAheadBudget
  readonly #held: Buffer[] = []
  #heldBytes = 0
  #isOver = false
  /** Somebody asks. */
  #wake: (() => void) | undefined
  #looksAhead = false
  #timer: NodeJS.Timeout | undefined

  constructor(stream: Readable, budget: ReadAheadBudget) {
    this.gone = this.#gone.signal
    this.#stream = stream
    this.#budget = budget
    stream.pause()
    stream.on('data', this.#take)
    stream.once('end', () => this.#finish())
    stream.once('error', (error) => this.#finish(error))
    stream.once('close', () => this.#finish(new Error('the connection was closed')))
    this.#lookLater()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#held.shift()
      if (chunk !== undefined) {
        this.#hold(-chunk.length)
        yield chunk
      } else if (this.gone.aborted) throw this.gone.reason
      else if (this.#isOver) return
      else await this.#next()
    }
  }

  /** Nobody will ask any more: the rest is dropped as it comes, so that the caller is not cut off. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stream.off('data', this.#take)
    this.#hold(-this.#heldBytes)
    this.#held.length = 0
    this.#stream.resume()
  }

  async #next(): Promise<void> {
    clearTimeout(this.#timer)
    this.#looksAhead = false
    await new Promise<void>((wake) => {
      this.#wake = wake
      this.#stream.resume()
    })
    this.#lookLater()
  }

  readonly #take = (chunk: Buffer): void => {
    this.#held.push(chunk)
    this.#hold(chunk.length)
    if (!this.#looksAhead || !this.#budget.allows(this.#heldBytes)) this.#stream.pause()
    this.#wakeUp()
  }

  #finish(error?: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    if (error !== undefined) this.#gone.abort(error)
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes
    this.#budget.change(bytes)
  }

  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#isOver) return
    this.#timer = setTimeout(() => {
      this.#looksAhead = this.#budget.allows(this.#heldBytes)
      if (this.#looksAhead) this.#stream.resume()
      this.#lookLater()
    }, LOOK_AFTER_MS).unref()
  }
}
