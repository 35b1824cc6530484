import type { FastifyReply, FastifyRequest } from 'fastify'
import type { UsableAccount } from '../domain/account.ts'
import { type Answer, answer, readAnswer } from './answer.ts'
import { keepAnswer, keepFailure } from './keep-outcome.ts'
import { type SendOptions, send } from './send.ts'

export interface ForwardOptions extends SendOptions {
  readonly rejections: RejectionNotes
}

/** Hears the status of every answer of Wati: 401 means that the account's token is bad. */
export interface RejectionNotes {
  note(account: UsableAccount, status: number): void
}

/**
 * Makes the last hook: sends the rewritten request to Wati, once, and answers. It never calls `done`, so the handler
 * of the proxy, with its own reading of the URL, is not reached.
 */
export function makeForward(options: ForwardOptions) {
  return function forward(request: FastifyRequest, reply: FastifyReply): void {
    request.underWay = carryOut(request, reply).catch((error: unknown) => void reply.send(error))
  }

  async function carryOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    let given: Answer
    try {
      const received = await send(request, reply, options)
      options.rejections.note(request.account, received.status)
      given = readAnswer(received, request.located.operation, options.inspectLimitBytes)
    } catch (error) {
      throw await keepFailure(request, error)
    }
    if (request.idempotency) await request.times.waiting(() => keepAnswer(request, given))
    answer(request, reply, given)
  }
}
