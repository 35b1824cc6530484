import type { Dispatcher } from 'undici'
import type { Account } from '../domain/account.ts'
import type { Secret } from '../domain/secret.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import { Refusal } from '../errors.ts'
import { numbersIn } from './account-numbers.ts'
import { readOutcome } from './outcome.ts'
import { refusalForUnusable } from './unusable-answer.ts'
import { WatiCallFailed } from './call-failures.ts'
import { type WatiAnswer, type WatiRequest, callWati } from './wati-call.ts'
import { proxyStatus, refusalForFailure } from './wati-failure.ts'

/** What Wati says of an account and a token. */
export type AccountCheck =
  | {
      readonly token: 'accepted'
      /** The account's numbers, digits; `undefined` when the answer holds no list. */
      readonly numbers: ReadonlySet<string> | undefined
    }
  | { readonly token: 'rejected' }
  | {
      readonly token: 'unknown'
      /** Was it Wati's API that answered, only not with what was asked for? */
      readonly answered: boolean
      /** Why it is not known, as a refusal would say it. */
      readonly refusal: Refusal
    }

export interface AccountCheckOptions {
  readonly agent: Dispatcher
  readonly watiHosts: WatiHosts
  /** The longest wait for the whole answer, in milliseconds, beside the agent's own time-outs. */
  readonly limitMs?: number
}

/** Asks for all numbers of the account and changes nothing: Wati's API reference, v1. */
const PATH = '/api/v1/whatsApp/phoneNumbers'
const KIND = { scope: 'account:read', isDownload: false } as const

const LARGEST_ANSWER_BYTES = 1_048_576
/** An answer that drips would outlive the agent's time-outs, which count silence only. */
const USUAL_LIMIT_MS = 60_000

/**
 * Asks Wati whether a token works for an account, and which numbers the account has. Sends one request, and none
 * to a host that is not allowed. Never throws for what Wati does or is; the token is in no sentence of the result.
 */
export async function checkAccount(
  { agent, watiHosts, limitMs = USUAL_LIMIT_MS }: AccountCheckOptions,
  account: Pick<Account, 'tenantId' | 'baseUrl'>,
  token: Secret,
): Promise<AccountCheck> {
  const forbidden = refusalForHost(watiHosts, account.baseUrl)
  if (forbidden !== undefined) return { token: 'unknown', answered: false, refusal: forbidden }
  const signal = AbortSignal.timeout(limitMs)
  try {
    const options = { wholeLimitBytes: LARGEST_ANSWER_BYTES, wantsWhole: () => true, signal }
    return read(await callWati(agent, requestFor(account, token), options))
  } catch (error) {
    if (!(error instanceof WatiCallFailed)) throw error
    const refusal = signal.aborted ? tooSlow(error) : refusalForFailure(error, false)
    return { token: 'unknown', answered: false, refusal }
  }
}

function requestFor(
  { tenantId, baseUrl }: Pick<Account, 'tenantId' | 'baseUrl'>,
  token: Secret,
): WatiRequest {
  return {
    origin: baseUrl,
    method: 'GET',
    path: `/${tenantId}${PATH}`,
    headers: [
      ...['user-agent', 'wati-gateway', 'accept-encoding', 'identity', 'accept', 'application/json'],
      ...['authorization', `Bearer ${token.reveal()}`],
    ],
    body: null,
  }
}

function read(received: WatiAnswer): AccountCheck {
  const { status, body } = received
  if (!Buffer.isBuffer(body)) body.destroy()
  const refusal = refusalForUnusable(received, KIND)
  if (refusal?.problem === 'wati-credential-rejected') return { token: 'rejected' }
  if (refusal !== undefined) return { token: 'unknown', answered: false, refusal }
  if (status >= 300) return unclear(`Wati answered ${status}${hintFor(status)}.`)
  if (!Buffer.isBuffer(body)) return unclear('Wati answered with more than a list of numbers can be.')
  const answer = parse(body)
  if (answer === undefined) return unclear(`Wati answered ${status}, but not with JSON.`)
  if (readOutcome(status, body) !== 'accepted')
    return unclear(`Wati answered ${status}, and that it refuses.`)
  return { token: 'accepted', numbers: numbersIn(answer) }
}

function hintFor(status: number): string {
  switch (status) {
    case 403:
      return ': the token may lack a permission at Wati'
    case 404:
      return ": check the account's tenantId and baseUrl"
    case 429:
      return ': it takes no more requests just now'
    default:
      return ''
  }
}

function unclear(detail: string): AccountCheck {
  const headers = { 'proxy-status': proxyStatus('http_response_status') }
  return { token: 'unknown', answered: true, refusal: new Refusal('wati-bad-answer', detail, { headers }) }
}

function tooSlow(cause: WatiCallFailed): Refusal {
  const headers = { 'proxy-status': proxyStatus('http_response_timeout') }
  return new Refusal('wati-timeout', "Wati's answer did not end in time.", { headers, cause })
}

/** `WATI_HOSTS` may have become stricter since the account was written: then no token goes there. */
function refusalForHost(watiHosts: WatiHosts, baseUrl: string): Refusal | undefined {
  try {
    watiHosts.check(baseUrl)
    return undefined
  } catch (error) {
    const headers = { 'proxy-status': proxyStatus('destination_ip_prohibited') }
    const detail = `The account's baseUrl cannot be used, so nothing was sent: ${(error as Error).message}.`
    return new Refusal('wati-unreachable', detail, { headers })
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
