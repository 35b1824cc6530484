import type { FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Passage } from '../wati/gate.ts'
import { type CallOptions, type CallWatcher, type WatiAnswer, callWati } from '../wati/wati-call.ts'
import type { Visit } from './request-times.ts'
import type { CallTrace } from './trace-request.ts'
import { buildRequest } from './wati-request.ts'

/** Sends the request to Wati, and notes how long it is there, in its trace, too; and tells the gate how it ended. */
export function watchedCall(
  request: FastifyRequest,
  dispatcher: Dispatcher,
  passage: Passage | undefined,
  options: CallOptions,
): Promise<WatiAnswer> {
  const visit = request.times.visit()
  const span = request.trace?.startCall(request)
  const watcher = new Watcher(visit, span, passage)
  return callWati(dispatcher, buildRequest(request, span?.context), options, watcher)
}

class Watcher implements CallWatcher {
  readonly #visit: Visit
  readonly #span: CallTrace | undefined
  readonly #passage: Passage | undefined

  constructor(visit: Visit, span: CallTrace | undefined, passage: Passage | undefined) {
    this.#visit = visit
    this.#span = span
    this.#passage = passage
  }

  begun(): void {
    this.#visit.answered()
  }

  answered(answer: WatiAnswer): void {
    const { status, body } = answer
    if (Buffer.isBuffer(body)) this.#over(status)
    else body.once('close', () => this.#over(status))
    this.#passage?.answered(answer)
  }

  failed(error: unknown): void {
    this.#visit.ended()
    this.#span?.failed(error)
    this.#passage?.failed(error)
  }

  #over(status: number): void {
    this.#visit.ended()
    this.#span?.answered(status)
  }
}
