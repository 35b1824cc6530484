import type { FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'

const MOST_HEADER_LINES = 100

/** Of several lines Node keeps the first of these and says nothing; another reader may keep the last. */
const ONE_LINE_ONLY = ['authorization', 'content-type', 'host']

/** Hook: a header that two readers could understand differently is refused. */
export async function checkHeader(request: FastifyRequest): Promise<void> {
  const { rawHeaders } = request.raw
  if (rawHeaders.length > 2 * MOST_HEADER_LINES) {
    throw new Refusal('malformed-request', `The request has more than ${MOST_HEADER_LINES} header lines.`)
  }
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  for (const name of ONE_LINE_ONLY) {
    if (names.filter((other) => other === name).length > 1) {
      throw new Refusal('malformed-request', `The request has more than one ${name} line: send one.`)
    }
  }
}
