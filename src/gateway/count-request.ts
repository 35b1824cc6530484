import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Channel } from '../domain/channel.ts'
import type { Refusal } from '../errors.ts'
import type { Call, CountedOutcome } from '../usage/call.ts'
import { WatiCallFailed } from '../wati/call-failures.ts'
import type { FinishedRequest } from '../figures/request-figures.ts'
import { operationOf } from './locate.ts'
import { whenDone } from './log-request.ts'
import type { Step } from './step.ts'

/** What counts the calls; never waited for. */
export interface CallCounter {
  /** A request begins; `end` follows once, when it is over. */
  begin(): void
  /** With nothing when the request was no call of a channel. */
  end(call: Call | undefined): void
}

/** Measures every request, also one that is no call; never waited for. */
export interface RequestMeter {
  begin(): void
  end(request: FinishedRequest): void
}

/** Makes the hook: sees to it that each call is counted, when it is known what became of it. */
export function makeCountWhenDone(usage: CallCounter, meter?: RequestMeter): Step {
  return function countWhenDone(request, reply) {
    usage.begin()
    meter?.begin()
    whenDone(request, reply, function count() {
      usage.end(callOf(request))
      meter?.end(finished(request, reply))
    })
  }
}

function finished(request: FastifyRequest, reply: FastifyReply): FinishedRequest {
  const { refusal, times, idempotent } = request
  const { elapsedTime: wholeMs } = reply
  return {
    operation: operationOf(request)?.name,
    account: (request.channel as Channel | null)?.account,
    outcome: outcomeOf(request),
    status: reply.statusCode,
    problem: refusal?.problem,
    isReplayed: idempotent === 'replayed',
    isGone: !reply.raw.writableFinished,
    wholeMs,
    waitMs: times.waitMs,
    watiMs: times.wasAtWati ? times.watiMs : undefined,
    gatewayMs: times.gatewayMs(wholeMs),
  }
}

/** Only a call whose channel is there: names that a caller makes up do not fill the store. */
function callOf(request: FastifyRequest): Call | undefined {
  const channel = request.channel as Channel | null
  if (!channel) return undefined
  return {
    account: channel.account,
    channel: channel.alias,
    caller: request.caller.sub,
    operation: request.located.operation.name,
    outcome: outcomeOf(request),
  }
}

function outcomeOf({ underWay, outcome, refusal }: FastifyRequest): CountedOutcome {
  // An answer that was kept from an earlier call has that call's outcome, but this one was not sent.
  if (!underWay) return 'not_sent'
  return outcome ?? refusal?.outcome ?? (refusal ? outcomeOfRead(refusal) : 'unknown')
}

/** A refusal says no outcome where the operation only reads: it is safe to repeat. It may have been sent all the same. */
function outcomeOfRead({ problem, cause }: Refusal): CountedOutcome {
  if (cause instanceof WatiCallFailed) return cause.phase === 'connecting' ? 'not_sent' : 'unknown'
  switch (problem) {
    case 'wati-credential-rejected':
      return 'refused'
    case 'wati-bad-answer':
    case 'internal-error':
      return 'unknown'
    default:
      // A body whose fault was found while it flowed, so that Wati never had the whole of it.
      return 'not_sent'
  }
}
