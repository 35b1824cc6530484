import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Answer, answer, readAnswer } from './answer.ts'
import { keepAnswer, keepFailure } from './keep-outcome.ts'
import { type SendOptions, send } from './send.ts'

/** Makes the handler: sends the rewritten request to Wati, once, and gives its answer. */
export function makeForward(options: SendOptions) {
  return async function forward(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const answered = carryOut(request, reply)
    request.underWay = answered.catch(() => undefined)
    return await answered
  }

  async function carryOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let given: Answer
    try {
      const received = await send(request, reply, options)
      given = readAnswer(received, request.located.operation, options.inspectLimitBytes)
    } catch (error) {
      throw await keepFailure(request, error)
    }
    await keepAnswer(request, given)
    return answer(request, reply, given)
  }
}
