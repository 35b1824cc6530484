import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { NoLength, isWholeJson, saysLength } from './answer-length.ts'
import { type CallPhase, TooSlow, TurnOver, WatiCallFailed } from './call-failures.ts'
import { joined } from './joined.ts'
import type { CallOptions, CallWatcher, WatiAnswer } from './wati-call.ts'

/** A call under way, as undici tells of it: settles once, with an answer or with the reason why there is none. */
export class RunningCall implements Dispatcher.DispatchHandler {
  readonly #options: CallOptions
  readonly #watcher: CallWatcher | undefined
  readonly #resolve: (answer: WatiAnswer) => void
  readonly #reject: (error: unknown) => void
  #phase: CallPhase = 'connecting'
  #head: Omit<WatiAnswer, 'body'> | undefined
  /** Set while the body is kept whole. */
  #chunks: Buffer[] | undefined
  #bytes = 0
  /** Says the answer itself where it ends? */
  #saysLength = false
  /** Set once the body flows. */
  #stream: Readable | undefined
  #ended = false
  #isSettled = false
  #limit: NodeJS.Timeout | undefined

  constructor(
    options: CallOptions,
    watcher: CallWatcher | undefined,
    resolve: (answer: WatiAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#options = options
    this.#watcher = watcher
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Undici calls this just before it writes the first byte: from here on Wati may have seen the request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { signal, leaveBy = Infinity } = this.#options
    if (signal?.aborted === true) controller.abort(new Error('the caller is gone'))
    else if (performance.now() > leaveBy) controller.abort(new TurnOver())
    else this.#phase = 'waiting'
    signal?.addEventListener('abort', () => controller.abort(new Error('the caller is gone')), { once: true })
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    const { limits } = this.#options
    if (status < 200) {
      if (limits !== undefined) this.#limit ??= endAfter(limits.headMs, controller)
      return
    }
    clearTimeout(this.#limit)
    if (limits !== undefined) this.#limit = endAfter(limits.answerMs, controller)
    this.#phase = 'answering'
    this.#watcher?.begun()
    this.#head = { status, headers }
    this.#saysLength = saysLength(status, headers)
    const declared = Number(headers['content-length'] ?? 0)
    if (this.#options.wantsWhole(headers) && declared <= this.#options.wholeLimitBytes) this.#chunks = []
    else this.#flow(controller)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#chunks === undefined) {
      if (this.#stream?.push(chunk) === false) controller.pause()
      return
    }
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > this.#options.wholeLimitBytes) this.#flow(controller)
  }

  onResponseEnd(): void {
    this.#ended = true
    clearTimeout(this.#limit)
    if (!this.#saysLength && !isWholeJson(this.#chunks ?? [])) {
      this.fail(new WatiCallFailed(this.#phase, new NoLength()))
      return
    }
    if (this.#head !== undefined && this.#chunks !== undefined) {
      const { status, headers } = this.#head
      this.#answer({ status, headers, body: joined(this.#chunks) })
    }
    this.#stream?.push(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#limit)
    if (this.#stream === undefined) this.fail(new WatiCallFailed(this.#phase, error))
    else this.#stream.destroy(error)
  }

  fail(error: unknown): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#watcher?.failed(error)
    this.#reject(error)
  }

  #answer(answer: WatiAnswer): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#watcher?.answered(answer)
    this.#resolve(answer)
  }

  /** Hands the answer out as a stream, with what was kept of it first; back-pressure reaches Wati. */
  #flow(controller: Dispatcher.DispatchController): void {
    if (this.#head === undefined) return
    if (!this.#saysLength) {
      controller.abort(new NoLength())
      return
    }
    const stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        if (!this.#ended && !controller.aborted) controller.abort(error ?? new Error('the caller is gone'))
        done(error)
      },
    })
    for (const chunk of this.#chunks ?? []) stream.push(chunk)
    this.#chunks = undefined
    this.#stream = stream
    this.#answer({ ...this.#head, body: stream })
  }
}

function endAfter(ms: number, controller: Dispatcher.DispatchController): NodeJS.Timeout {
  return setTimeout(() => controller.abort(new TooSlow()), ms).unref()
}
