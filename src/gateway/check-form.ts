import type { FastifyRequest } from 'fastify'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { faultOfKey } from '../idempotency/key.ts'

const MOST_HEADER_LINES = 100

/** Of several lines Node keeps the first of these and says nothing; another reader may keep the last. */
const ONE_LINE_ONLY = ['authorization', 'content-type', 'host']

/** Hook: what two readers could understand differently, in the URL or in the header, is refused. */
export function checkForm(request: FastifyRequest): void {
  const fault = request.located.fault ?? faultOfHeader(request)
  if (fault !== undefined) throw new Refusal('malformed-request', fault)
}

function faultOfHeader({ raw, headers, located }: FastifyRequest): string | undefined {
  const { rawHeaders, httpVersion } = raw
  if (rawHeaders.length > 2 * MOST_HEADER_LINES)
    return `The request has more than ${MOST_HEADER_LINES} header lines.`
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  const repeated = ONE_LINE_ONLY.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (repeated !== undefined) return `The request has more than one ${repeated} line: send one.`
  if (headers.host === undefined && httpVersion === '1.1')
    return 'The request has no host line (RFC 9112, 3.2).'
  const { expect } = headers
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return 'The gateway knows no such expectation.'
  return writes(located.operation) ? faultOfKey(rawHeaders) : undefined
}
