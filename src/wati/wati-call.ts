import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { joined } from './joined.ts'
import { NoLength, isWholeJson, saysLength } from './answer-length.ts'

/** One request to Wati, ready to leave: nothing in it is decided any more. */
export interface WatiRequest {
  readonly origin: string
  readonly method: Dispatcher.HttpMethod
  /** Path and query. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** A stream that fails ends the call before the request is whole. */
  readonly body: Buffer | Readable | null
}

/** Wati's answer. A small JSON body comes whole, so that it can be looked into; any other as a stream. */
export interface WatiAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer | Readable
}

/** The turn to leave was over before the first byte could: nothing was sent. */
export class TurnOver extends Error {
  constructor() {
    super('the turn to leave was over before the connection stood')
    this.name = 'TurnOver'
  }
}

/** The code of the error of an answer that came too slowly as a whole. */
export const TOO_SLOW = 'WATI_TOO_SLOW'

class TooSlow extends Error {
  readonly code = TOO_SLOW
}

/** How far a failed call had come: before the first byte left, while waiting, or inside the answer. */
export type CallPhase = 'connecting' | 'waiting' | 'answering'

export class WatiCallFailed extends Error {
  readonly phase: CallPhase

  constructor(phase: CallPhase, cause: Error) {
    super(cause.message, { cause })
    this.name = 'WatiCallFailed'
    this.phase = phase
  }
}

/** What the time-outs of the agent do not see: they count silence only, and begin anew with every piece. */
export interface AnswerLimits {
  /** From the first informational answer (1xx) to the real one. */
  readonly headMs: number
  /** From the header of the answer to its last byte. */
  readonly answerMs: number
}

export interface CallOptions {
  /** Bodies up to this size come whole, if `wantsWhole` says so; larger ones as a stream. */
  readonly wholeLimitBytes: number
  readonly wantsWhole: (headers: IncomingHttpHeaders) => boolean
  /** Ends the call when the caller is gone. */
  readonly signal?: AbortSignal | undefined
  /** Later, on the clock of `performance.now()`, the first byte may not leave any more: `TurnOver`. */
  readonly leaveBy?: number | undefined
  readonly limits?: AnswerLimits
}

/** Hears of a call as it happens. One of the two ends follows, once. */
export interface CallWatcher {
  /** The answer begins. */
  begun(): void
  /** It is there, if only as a stream. */
  answered(answer: WatiAnswer): void
  failed(error: unknown): void
}

/**
 * Sends one request and gives the answer. Sends it once: no retry, no redirect, no cache. Rejects with
 * `WatiCallFailed`. A stream that breaks off is destroyed with an error, never just ended.
 */
export function callWati(
  dispatcher: Dispatcher,
  request: WatiRequest,
  options: CallOptions,
  watcher?: CallWatcher,
): Promise<WatiAnswer> {
  return new Promise((resolve, reject) => {
    const call = new Call(options, watcher, resolve, reject)
    try {
      // Undici only reads it, which its type does not say.
      dispatcher.dispatch(request as Dispatcher.DispatchOptions, call)
    } catch (error) {
      call.fail(error)
    }
  })
}

class Call implements Dispatcher.DispatchHandler {
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
  return setTimeout(() => controller.abort(new TooSlow('the answer came too slowly')), ms).unref()
}
