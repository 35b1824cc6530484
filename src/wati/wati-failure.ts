import { Refusal } from '../errors.ts'
import type { FailedOutcome, ProblemName } from '../errors.ts'
import type { CallPhase, WatiCallFailed } from './wati-call.ts'

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
const NOT_HTTP: Failure = {
  problem: 'wati-bad-answer',
  proxyError: 'http_protocol_error',
  detail: 'What came from Wati is not HTTP.',
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
  ECONNREFUSED: REFUSED,
  ENOTFOUND: NO_SUCH_HOST,
  EAI_AGAIN: NO_SUCH_HOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  UND_ERR_HEADERS_OVERFLOW: NOT_HTTP,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: NOT_HTTP,
}

/** OpenSSL's names for a certificate that does not hold: `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, … */
const CERTIFICATE_CODE = /CERT|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_PURPOSE/
const TLS_CODE = /^ERR_SSL|^ERR_TLS|^EPROTO$/

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
  // Undici's parser errors have a name, and a code only sometimes.
  if (cause instanceof Error && cause.name === 'HTTPParserError') return NOT_HTTP
  return phase === 'answering' ? INCOMPLETE : LOST
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  // A host with several addresses fails with all their errors at once.
  const errors: unknown[] = cause instanceof AggregateError ? cause.errors : []
  const first = errors[0] instanceof Error ? errors[0] : cause
  return 'code' in first ? String(first.code) : ''
}
