import { Refusal } from '../errors.ts'
import type { FailedOutcome, ProblemName } from '../errors.ts'
import type { BreakerFailure } from './circuit-breaker.ts'
import { NO_LENGTH } from './answer-length.ts'
import { type CallPhase, TOO_SLOW, WatiCallFailed } from './call-failures.ts'

interface Failure {
  readonly problem: ProblemName
  /** RFC 9209, 2.3: what `Proxy-Status` says. */
  readonly proxyError: string
  readonly detail: string
}

const TIMED_OUT_CONNECTING: Failure = {
  problem: 'wati-timeout',
  proxyError: 'connection_timeout',
  detail: 'No connection to Wati came about in time.',
}
const TIMED_OUT_WAITING: Failure = {
  problem: 'wati-timeout',
  proxyError: 'http_response_timeout',
  detail: 'Wati did not answer in time.',
}
const REFUSED: Failure = {
  problem: 'wati-unreachable',
  proxyError: 'connection_refused',
  detail: 'Wati refused the connection.',
}
const NO_SUCH_HOST: Failure = {
  problem: 'wati-unreachable',
  proxyError: 'dns_error',
  detail: "The host of the account's baseUrl was not found.",
}
const NO_ROUTE: Failure = {
  problem: 'wati-unreachable',
  proxyError: 'destination_ip_unroutable',
  detail: 'There is no route to Wati.',
}
const LOST: Failure = {
  problem: 'wati-unreachable',
  proxyError: 'connection_terminated',
  detail: 'The connection to Wati was lost before an answer came.',
}
const INCOMPLETE: Failure = {
  problem: 'wati-bad-answer',
  proxyError: 'http_response_incomplete',
  detail: "Wati's answer broke off.",
}
const WITHOUT_LENGTH: Failure = {
  problem: 'wati-bad-answer',
  proxyError: 'http_response_incomplete',
  detail: "Wati's answer does not say how long it is, so nobody can tell whether it is whole.",
}
const NOT_HTTP: Failure = {
  problem: 'wati-bad-answer',
  proxyError: 'http_protocol_error',
  detail: 'What came from Wati is not HTTP.',
}
const NOT_ASKED_FOR: Failure = {
  problem: 'wati-bad-answer',
  proxyError: 'http_protocol_error',
  detail: 'Wati answered with a status that nobody had asked for (100 or 101).',
}
const BAD_CERTIFICATE: Failure = {
  problem: 'wati-tls-failure',
  proxyError: 'tls_certificate_error',
  detail: "The certificate of the account's baseUrl does not hold, so the token was not sent.",
}
const BAD_TLS: Failure = {
  problem: 'wati-tls-failure',
  proxyError: 'tls_protocol_error',
  detail: 'No safe connection to Wati came about, so the token was not sent.',
}

const BY_CODE: Readonly<Record<string, Failure>> = {
  UND_ERR_CONNECT_TIMEOUT: TIMED_OUT_CONNECTING,
  ETIMEDOUT: TIMED_OUT_CONNECTING,
  UND_ERR_HEADERS_TIMEOUT: TIMED_OUT_WAITING,
  UND_ERR_BODY_TIMEOUT: TIMED_OUT_WAITING,
  [TOO_SLOW]: TIMED_OUT_WAITING,
  [NO_LENGTH]: WITHOUT_LENGTH,
  ECONNREFUSED: REFUSED,
  ENOTFOUND: NO_SUCH_HOST,
  EAI_AGAIN: NO_SUCH_HOST,
  EAI_FAIL: NO_SUCH_HOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  UND_ERR_HEADERS_OVERFLOW: NOT_HTTP,
}

/** OpenSSL's names for a certificate that does not hold: `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, … */
const CERTIFICATE_CODE = /CERT|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_PURPOSE/
const TLS_CODE = /^ERR_SSL|^ERR_TLS|^EPROTO$/

/** Undici's words for an informational answer that belongs to no request of ours. */
const UNASKED_STATUS = /^bad (?:response|upgrade)$/
const LENGTH_MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
/** How undici's parser says that the connection ended inside an answer in chunks. */
const INVALID_END = /invalid eof state/i

/** Of calls that this process ended, got wrong, or had no means for. */
const OURS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

const OUTCOME_BY_PHASE: Readonly<Record<CallPhase, FailedOutcome>> = {
  connecting: 'not_sent',
  waiting: 'unknown',
  answering: 'unknown',
}

const ADVICE: Readonly<Record<FailedOutcome, string>> = {
  not_sent: 'Nothing was sent: it is safe to try again.',
  unknown: 'It is not known whether Wati carried the request out: look before you send it again.',
  refused: '',
}

/** Says what a failed call to Wati means for the caller. A read has no outcome: it is always safe to repeat. */
export function refusalForFailure(failed: WatiCallFailed, isWrite: boolean): Refusal {
  const failure = classify(failed)
  const outcome = OUTCOME_BY_PHASE[failed.phase]
  return new Refusal(failure.problem, isWrite ? `${failure.detail} ${ADVICE[outcome]}` : failure.detail, {
    headers: { 'proxy-status': proxyStatus(failure.proxyError) },
    cause: failed,
    ...(isWrite && { outcome }),
  })
}

/** What a failed call says about Wati; `undefined` when it was the caller, or ourselves, who ended it. */
export function describeFailure(error: unknown): BreakerFailure | undefined {
  if (!(error instanceof WatiCallFailed) || !isOfWati(error.cause)) return undefined
  const { problem, detail } = classify(error)
  return { problem, detail, isUnreachable: error.phase === 'connecting' }
}

/** The value of `Proxy-Status` (RFC 9209) for an error type. */
export function proxyStatus(errorType: string): string {
  return `wati-gateway; error=${errorType}`
}

function classify({ phase, cause }: WatiCallFailed): Failure {
  const code = codeOf(cause)
  const known = BY_CODE[code]
  if (known !== undefined) return known
  if (phase === 'connecting') {
    if (CERTIFICATE_CODE.test(code)) return BAD_CERTIFICATE
    return TLS_CODE.test(code) ? BAD_TLS : LOST
  }
  if (!(cause instanceof Error)) return LOST
  if (UNASKED_STATUS.test(cause.message)) return NOT_ASKED_FOR
  if (phase === 'answering' && (code === LENGTH_MISMATCH || INVALID_END.test(cause.message)))
    return INCOMPLETE
  if (isOfParser(cause)) return NOT_HTTP
  return phase === 'answering' ? INCOMPLETE : LOST
}

/** Undici's parser errors have a name, and a code only sometimes. */
function isOfParser(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  return cause.name === 'HTTPParserError' || codeOf(cause) === LENGTH_MISMATCH
}

/** What broke in a body that was still flowing, and what hung up, has no code of the network. */
function isOfWati(cause: unknown): boolean {
  const code = codeOf(cause)
  return isOfParser(cause) || (/^[A-Z]/.test(code) && !OURS.has(code))
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  // A host with several addresses fails with all their errors at once.
  const errors: unknown[] = cause instanceof AggregateError ? cause.errors : []
  const first = errors[0] instanceof Error ? errors[0] : cause
  return 'code' in first ? String(first.code) : ''
}
