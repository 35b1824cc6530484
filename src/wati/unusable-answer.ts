import { type Operation, writes } from '../domain/operation.ts'
import { type FailedOutcome, type ProblemName, Refusal } from '../errors.ts'
import type { WatiAnswer } from './wati-call.ts'
import { proxyStatus } from './wati-failure.ts'

const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/i
const JSON_TYPE = /^(?:application\/(?:[^;]+\+)?|text\/)json\b/i
const HTML_START = /^\s*<(?:!doctype\s+html|html)\b/i

/** What of an operation decides about its answers. */
type Asked = Pick<Operation, 'scope' | 'isDownload'>

interface Unusable {
  readonly problem: ProblemName
  /** RFC 9209, 2.3 */
  readonly proxyError: string
  readonly outcome: FailedOutcome
  readonly detail: string
}

/** The refusal for an answer that is none: 401, a redirect, a page instead of JSON. `undefined` for all others. */
export function refusalForUnusable(received: WatiAnswer, operation: Asked): Refusal | undefined {
  const unusable = describe(received, operation)
  if (unusable === undefined) return undefined
  const { problem, proxyError, outcome, detail } = unusable
  const headers = { 'proxy-status': proxyStatus(proxyError) }
  return new Refusal(problem, detail, { headers, ...(writes(operation) && { outcome }) })
}

function describe(received: WatiAnswer, operation: Asked): Unusable | undefined {
  const { status } = received
  if (status === 401) {
    return {
      problem: 'wati-credential-rejected',
      proxyError: 'http_request_denied',
      outcome: 'refused',
      detail:
        "Wati did not accept the account's token, so it carried nothing out: an admin must write a new one.",
    }
  }
  const badAnswer = {
    problem: 'wati-bad-answer',
    proxyError: 'http_protocol_error',
    outcome: 'unknown',
  } as const
  if (status >= 300 && status < 400) {
    return { ...badAnswer, detail: `Wati answered with a redirect (${status}), which is never followed.` }
  }
  if (isCutShort(received)) {
    return { ...badAnswer, proxyError: 'http_response_incomplete', detail: "Wati's answer broke off." }
  }
  // A downloaded file may well be a page.
  if (!isPage(received) || (operation.isDownload && status < 300)) return undefined
  return {
    ...badAnswer,
    detail: `Wati answered ${status} with a page instead of JSON: an admin must check the account's baseUrl.`,
  }
}

/** An answer that says neither its length nor its chunks ends with its connection, however that ended. */
function isCutShort({ headers, body }: WatiAnswer): boolean {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return false
  if (!Buffer.isBuffer(body) || body.length === 0 || !JSON_TYPE.test(headers['content-type'] ?? ''))
    return false
  try {
    JSON.parse(body.toString('utf8'))
    return false
  } catch {
    return true
  }
}

function isPage({ headers, body }: WatiAnswer): boolean {
  if (HTML.test(headers['content-type'] ?? '')) return true
  return Buffer.isBuffer(body) && HTML_START.test(body.toString('latin1', 0, 256))
}
