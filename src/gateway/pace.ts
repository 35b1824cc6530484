import type { FastifyReply, FastifyRequest } from 'fastify'
import type { UsableAccount } from '../domain/account.ts'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import type { PacedCall, Pacer, Turn } from '../pacing/turn.ts'
import { checkQuota, hasQuota } from '../pacing/quota.ts'
import { preferredWaitMs } from './prefer-wait.ts'
import type { Step } from './step.ts'

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
  /** Nothing has left, and will not in this turn: others may have it. */
  giveBack(): Promise<void>
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
  /** Looks up the request's channel and account. Throws a refusal when nothing may be sent for it. */
  readonly resolveChannel: (request: FastifyRequest) => void
}

/** Makes the hook: may it leave now? Waits for its turn at Wati's limit, or refuses at once. */
export function makePace(options: PaceOptions): Step {
  const { pacer, maxWaitMs, calls, resolveChannel } = options
  return function pace(request, reply) {
    const waitMs = preferredWaitMs(request.headers) ?? maxWaitMs
    if (pacer === undefined) return
    const { account, channel } = request
    if (hasQuota(account, channel)) checkQuota(account, channel, calls(account.id, channel.alias))
    const pass = new TakenPass(pacer, new LiveCall(request, reply), waitMs, resolveChannel)
    request.pass = pass
    const taking = pass.take()
    return taking && request.times.waiting(() => taking)
  }
}

class TakenPass implements Pass {
  #turn: Turn | undefined
  readonly #pacer: Pacer
  readonly #call: LiveCall
  /** On the clock of `performance.now()`. */
  readonly #latest: number
  readonly #resolveChannel: PaceOptions['resolveChannel']
  #mayTryAgain = true

  constructor(pacer: Pacer, call: LiveCall, waitMs: number, resolveChannel: PaceOptions['resolveChannel']) {
    this.#pacer = pacer
    this.#call = call
    this.#latest = performance.now() + waitMs
    this.#resolveChannel = resolveChannel
  }

  get leaveBy(): number {
    return this.#turn?.leaveBy ?? 0
  }

  async giveBack(): Promise<void> {
    const turn = this.#turn
    this.#turn = undefined
    await turn?.giveBack()
  }

  async renew(): Promise<void> {
    await this.giveBack()
    await this.take()
  }

  async block(forMs: number): Promise<void> {
    await this.#pacer.block(this.#call, forMs)
  }

  async again(): Promise<boolean> {
    if (!this.#mayTryAgain) return false
    this.#mayTryAgain = false
    try {
      await this.take()
      return true
    } catch (error) {
      // Whatever stands in the way of another try, the answer to this one is Wati's.
      if (error instanceof Refusal || this.#call.signal.aborted) return false
      throw error
    }
  }

  /** Takes a turn; gives a promise only if it has to be waited for. */
  take(): Promise<void> | void {
    this.#turn = undefined
    const turn = this.#pacer.turn(this.#call, Math.max(0, this.#latest - performance.now()))
    if (turn instanceof Promise) return this.#await(turn)
    this.#turn = turn
  }

  async #await(coming: Promise<Turn>): Promise<void> {
    this.#turn = await coming
    try {
      lookAgain(this.#call, this.#resolveChannel)
    } catch (error) {
      await this.giveBack()
      throw error
    }
  }
}

/** The call of a request; it makes a signal of its caller's going only for somebody who asks. */
class LiveCall implements PacedCall {
  readonly account: UsableAccount
  readonly channel: PacedCall['channel']
  readonly caller: string
  readonly endpoint: string
  readonly isWrite: boolean
  readonly request: FastifyRequest
  readonly #response: FastifyReply['raw']
  #gone: AbortController | undefined

  constructor(request: FastifyRequest, { raw }: FastifyReply) {
    const { account, channel, caller, located } = request
    this.request = request
    this.account = account
    this.channel = channel
    this.caller = caller.sub
    this.endpoint = located.operation.name
    this.isWrite = writes(located.operation)
    this.#response = raw
  }

  get signal(): AbortSignal {
    if (this.#gone !== undefined) return this.#gone.signal
    const gone = new AbortController()
    // The caller may have hung up before this.
    if (this.#response.destroyed) gone.abort()
    else this.#response.once('close', () => gone.abort())
    this.#gone = gone
    return gone.signal
  }
}

/**
 * What changed while a request waited for its turn holds for it, too: nothing is sent for a channel that is gone or
 * switched off, nor with a token that was replaced.
 */
function lookAgain(
  { request, account, channel, isWrite }: LiveCall,
  resolveChannel: PaceOptions['resolveChannel'],
): void {
  resolveChannel(request)
  const isSame =
    request.channel.number === channel.number &&
    request.account.id === account.id &&
    request.account.tenantId === account.tenantId &&
    request.account.baseUrl === account.baseUrl
  if (isSame) return
  throw new Refusal(
    'rate-limited',
    'The channel was changed while this request waited for its turn: nothing was sent. Try again.',
    { headers: { 'retry-after': '1' }, ...(isWrite && { outcome: 'not_sent' }) },
  )
}
