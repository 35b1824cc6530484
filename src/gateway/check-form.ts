import type { FastifyRequest } from 'fastify'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { faultOfKey } from '../idempotency/key.ts'

const MOST_HEADER_LINES = 100

/** Of several lines Node keeps the first of these and says nothing; another reader may keep the last. */
const ONE_LINE_ONLY: ReadonlySet<string> = new Set(['authorization', 'content-type', 'host'])

/** Hook: what two readers could understand differently, in the URL or in the header, is refused. */
export function checkForm(request: FastifyRequest): void {
  const fault = request.located.fault ?? faultOfHeader(request)
  if (fault !== undefined) throw new Refusal('malformed-request', fault)
}

function faultOfHeader({ raw, headers, located }: FastifyRequest): string | undefined {
  const { rawHeaders, httpVersion } = raw
  if (rawHeaders.length > 2 * MOST_HEADER_LINES)
    return `The request has more than ${MOST_HEADER_LINES} header lines.`
  const repeated = repeatedIn(rawHeaders)
  if (repeated !== undefined) return `The request has more than one ${repeated} line: send one.`
  if (headers.host === undefined && httpVersion === '1.1')
    return 'The request has no host line (RFC 9112, 3.2).'
  const { expect } = headers
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return 'The gateway knows no such expectation.'
  return writes(located.operation) ? faultOfKey(rawHeaders) : undefined
}

/** Names and values in turn. */
function repeatedIn(rawHeaders: readonly string[]): string | undefined {
  const seen: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!ONE_LINE_ONLY.has(name)) continue
    if (seen.includes(name)) return name
    seen.push(name)
  }
  return undefined
}
