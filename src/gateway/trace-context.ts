import type { IncomingHttpHeaders } from 'node:http'

/** Where a request stands in the trace of its caller (W3C Trace Context). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: the caller's span. */
  readonly spanId: string
  readonly isSampled: boolean
  /** In the form of version 00. */
  readonly traceparent: string
  /** What other tracing systems add; `undefined` without it, or when it is not well-formed. */
  readonly tracestate: string | undefined
}

/** Version 00 ends here; a later one may go on, but begins the same way. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const KEY = '[a-z0-9][a-z0-9_*/-]{0,240}(?:@[a-z][a-z0-9_*/-]{0,13})?'
const VALUE = '[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]'
const MEMBER = new RegExp(`^${KEY}=${VALUE}$`)
const MOST_MEMBERS = 32
const LONGEST_TRACESTATE = 512

/** Reads `traceparent` and `tracestate`; `undefined` unless the first is there once and well-formed. */
export function readTraceContext(headers: IncomingHttpHeaders): TraceContext | undefined {
  const { traceparent: given } = headers
  if (typeof given !== 'string' || given.length > LONGEST_TRACESTATE) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(given) ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return undefined
  return {
    ...{ traceId, spanId },
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    tracestate: readTracestate(headers['tracestate']),
  }
}

function readTracestate(given: string | string[] | undefined): string | undefined {
  if (typeof given !== 'string' || given.length > LONGEST_TRACESTATE) return undefined
  const members = given
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
  const isWellFormed = members.length <= MOST_MEMBERS && members.every((member) => MEMBER.test(member))
  return isWellFormed && members.length > 0 ? members.join(',') : undefined
}
