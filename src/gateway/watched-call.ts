import type { FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { type CallOptions, type WatiAnswer, callWati } from '../wati/wati-call.ts'
import { buildRequest } from './wati-request.ts'

/** Sends the request to Wati, and notes how long it is there; in its trace, too. */
export async function watchedCall(
  request: FastifyRequest,
  dispatcher: Dispatcher,
  options: CallOptions,
): Promise<WatiAnswer> {
  const visit = request.times.visit()
  const span = request.trace?.startCall(request)
  try {
    const sent = buildRequest(request, span?.context)
    const answer = await callWati(dispatcher, sent, options, () => visit.answered())
    const { status, body } = answer
    const over = (): void => {
      visit.ended()
      span?.answered(status)
    }
    if (Buffer.isBuffer(body)) over()
    else body.once('close', over)
    return answer
  } catch (error) {
    visit.ended()
    span?.failed(error)
    throw error
  }
}
