import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { Malformed } from '../rewrite/malformed.ts'
import type { WatiGate } from '../wati/gate.ts'
import { TurnOver, WatiCallFailed } from '../wati/call-failures.ts'
import type { AnswerLimits, WatiAnswer } from '../wati/wati-call.ts'
import { refusalForFailure } from '../wati/wati-failure.ts'
import { isInspected } from './answer.ts'
import { gateCallOf } from './pass-gate.ts'
import { watchedCall } from './watched-call.ts'

export interface SendOptions {
  readonly agent: Dispatcher
  /** JSON answers up to this size are looked into for their outcome. */
  readonly inspectLimitBytes: number
  /** Answers to a request with a key come whole up to this size, so that they can be kept. */
  readonly keptLimitBytes: number
  readonly answerLimits: AnswerLimits
  /** `undefined` on a road that sends nothing. */
  readonly gate: WatiGate | undefined
}

/** A turn is over when connecting takes too long: the next one has the connection. */
const MOST_TURNS = 3
const USUAL_RETRY_AFTER_MS = 10_000

/**
 * Sends a request to Wati in its turn, and gives what came back. It is sent once: another turn is taken only while
 * nothing has left, or when Wati's 429 says that nothing was carried out.
 */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  options: SendOptions,
): Promise<WatiAnswer> {
  const hangUp = writes(request.located.operation) ? undefined : abortedWith(reply)
  for (let turns = 1; ; turns++) {
    let received: WatiAnswer
    try {
      request.received.upload?.gone.throwIfAborted()
      received = await sendThroughGate(request, hangUp, options)
    } catch (error) {
      await takeTurnAfter(error, request, turns)
      continue
    }
    if (received.status !== 429 || !(await mayTryAgain(request, received))) return received
    if (!Buffer.isBuffer(received.body)) received.body.destroy()
    turns = 0
  }
}

/** Sends it once, if the gate lets it through; throws or rejects with what the gate or the call fails with. */
function sendThroughGate(
  request: FastifyRequest,
  hangUp: AbortSignal | undefined,
  { agent, gate, inspectLimitBytes, keptLimitBytes, answerLimits }: SendOptions,
): Promise<WatiAnswer> {
  const { idempotency, pass, times } = request
  const passage = gate?.enter(gateCallOf(request))
  const call = (): Promise<WatiAnswer> =>
    watchedCall(request, agent, passage, {
      wholeLimitBytes: idempotency ? keptLimitBytes : inspectLimitBytes,
      wantsWhole: idempotency ? () => true : isInspected,
      limits: answerLimits,
      // A write goes on without its caller, so that the log can say what became of it.
      signal: hangUp,
      leaveBy: pass?.leaveBy,
    })
  if (!idempotency) return call()
  // From here on the request counts as sent, whatever happens to this process.
  return times
    .waiting(() => idempotency.send())
    .then(call, (error: unknown) => {
      passage?.failed(error)
      throw error
    })
}

/** While nothing has left, a turn that was over can be followed by another; throws what the caller hears if not. */
async function takeTurnAfter(error: unknown, request: FastifyRequest, turns: number): Promise<void> {
  const { idempotency, pass, times } = request
  const isOver = error instanceof WatiCallFailed && error.cause instanceof TurnOver
  // Nothing has left: somebody else may have the turn.
  if (isOver || !(error instanceof WatiCallFailed)) await pass?.giveBack()
  if (!isOver || turns === MOST_TURNS || isUpload(request))
    throw refusalOf(error, writes(request.located.operation))
  idempotency?.recall()
  if (pass) await times.waiting(() => pass.renew())
}

/** Wati's 429 holds for everybody; this request, which was surely not carried out, may get one more turn. */
async function mayTryAgain(request: FastifyRequest, { headers }: WatiAnswer): Promise<boolean> {
  const { pass, idempotency, times } = request
  idempotency?.recall()
  if (pass === undefined) return false
  await pass.block(retryAfterMs(headers['retry-after']))
  return !isUpload(request) && (await times.waiting(() => pass.again()))
}

/** An upload flows by, and can be sent only once. */
function isUpload({ received }: Pick<FastifyRequest, 'received'>): boolean {
  return received.upload !== undefined
}

/** `Retry-After` of Wati's 429 (RFC 9110, 10.2.3): seconds or a date; ten seconds without one. */
function retryAfterMs(field: unknown): number {
  const text = String(field)
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000
  // `Date.parse` alone finds a date in almost anything: in `10.5` it is a day in October.
  const until = /^[A-Z][a-z]+,? .* GMT$/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(until) ? USUAL_RETRY_AFTER_MS : Math.max(0, until - Date.now())
}

/** What ended the call: Wati, or a fault in a body that was still flowing when it was found. */
function refusalOf(error: unknown, isWrite: boolean): unknown {
  if (!(error instanceof WatiCallFailed)) return error
  if (error.cause instanceof TurnOver) return turnOver(isWrite)
  // Once Wati answers a body that is not whole, nobody can say what it made of it.
  if (error.phase !== 'answering') {
    if (error.cause instanceof Refusal) return error.cause
    if (error.cause instanceof Malformed) return new Refusal('malformed-request', error.cause.message)
  }
  return refusalForFailure(error, isWrite)
}

function turnOver(isWrite: boolean): Refusal {
  const detail =
    'No connection to Wati stood while it was the turn of this request: nothing was sent. Try again.'
  const headers = { 'retry-after': '1' }
  return new Refusal('rate-limited', detail, { headers, ...(isWrite && { outcome: 'not_sent' }) })
}

function abortedWith(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
