import type { FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { type WatiAnswer, callWati } from '../wati/wati-call.ts'
import { buildRequest } from './wati-request.ts'

/** Sends the request to Wati, and notes how long it is there; in its trace, too. */
export async function watchedCall(
  request: FastifyRequest,
  dispatcher: Dispatcher,
  options: Parameters<typeof callWati>[2],
): Promise<WatiAnswer> {
  const visit = request.times.visit()
  const span = request.trace?.startCall(request)
  try {
    const onHead = (): void => visit.answered()
    const answer = await callWati(dispatcher, buildRequest(request, span?.context), { ...options, onHead })
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
