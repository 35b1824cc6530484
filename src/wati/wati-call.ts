import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { RunningCall } from './running-call.ts'

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
    const call = new RunningCall(options, watcher, resolve, reject)
    try {
      // Undici only reads it, which its type does not say.
      dispatcher.dispatch(request as Dispatcher.DispatchOptions, call)
    } catch (error) {
      call.fail(error)
    }
  })
}
