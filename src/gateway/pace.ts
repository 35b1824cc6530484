import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import type { PacedCall, Pacer, Turn } from '../pacing/pacer.ts'
import { checkQuota } from '../pacing/quota.ts'
import { RateLimited } from '../pacing/rate-limited.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Its turn to leave for Wati; `undefined` on a road that sends nothing. */
    pass: Pass | undefined
  }
}

/** The right to leave for Wati, and what to do when it was of no use. */
export interface Pass {
  /** On the clock of `performance.now()`: when the turn is over. */
  readonly leaveBy: number
  /** Takes another turn, when this one was over before the first byte could leave. */
  renew(): Promise<void>
  /** Wati answered 429: nothing goes to this endpoint of the account for so long. */
  block(forMs: number): Promise<void>
  /** Takes another turn after that, once, if it can still come in time; says whether it could. */
  again(): Promise<boolean>
}

export interface PaceOptions {
  readonly pacer: Pacer | undefined
  /** The longest wait of a request that does not ask for another. */
  readonly maxWaitMs: number
  readonly calls: (account: string, channel: string) => { readonly account: number; readonly channel: number }
}

const LONGEST_WISH_SECONDS = 60

/** Makes the hook: may it leave now? Waits for its turn at Wati's limit, or refuses at once. */
export function makePace({ pacer, maxWaitMs, calls }: PaceOptions): preHandlerAsyncHookHandler {
  return async function pace(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (pacer === undefined) return
    const { account, channel } = request
    checkQuota(account, channel, calls(account.id, channel.alias))
    const pass = new TakenPass(pacer, callOf(request, reply), wishOf(request) ?? maxWaitMs)
    await pass.renew()
    request.pass = pass
  }
}

class TakenPass implements Pass {
  #turn: Turn | undefined
  readonly #pacer: Pacer
  readonly #call: PacedCall
  /** On the clock of `performance.now()`. */
  readonly #latest: number
  #mayTryAgain = true

  constructor(pacer: Pacer, call: PacedCall, waitMs: number) {
    this.#pacer = pacer
    this.#call = call
    this.#latest = performance.now() + waitMs
  }

  get leaveBy(): number {
    return this.#turn?.leaveBy ?? 0
  }

  async renew(): Promise<void> {
    await this.#turn?.giveBack()
    await this.#take()
  }

  async block(forMs: number): Promise<void> {
    await this.#pacer.block(this.#call, forMs)
  }

  async again(): Promise<boolean> {
    if (!this.#mayTryAgain) return false
    this.#mayTryAgain = false
    try {
      await this.#take()
      return true
    } catch (error) {
      if (error instanceof RateLimited) return false
      throw error
    }
  }

  async #take(): Promise<void> {
    this.#turn = undefined
    this.#turn = await this.#pacer.turn(this.#call, Math.max(0, this.#latest - performance.now()))
  }
}

function callOf(request: FastifyRequest, reply: FastifyReply): PacedCall {
  const { account, channel, caller, located } = request
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const { operation } = located
  return {
    ...{ account, channel, caller: caller.sub, signal: gone.signal },
    endpoint: operation.name,
    isWrite: writes(operation),
  }
}

/** `Prefer: wait=N` (RFC 7240), in milliseconds. Other preferences are none of ours. */
function wishOf({ headers }: FastifyRequest): number | undefined {
  const prefer = headers['prefer']
  const text = Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '')
  const wait = /(?:^|,)\s*wait\s*=\s*"?([^",;\s]*)/i.exec(text)?.[1]
  if (wait === undefined) return undefined
  if (/^\d{1,2}$/.test(wait) && Number(wait) <= LONGEST_WISH_SECONDS) return Number(wait) * 1_000
  throw new Refusal(
    'malformed-request',
    `The header Prefer must ask for a wait of whole seconds, at most ${LONGEST_WISH_SECONDS}.`,
  )
}
