import { randomBytes } from 'node:crypto'
import { token } from '../acceptance/processes.ts'
import { type Arrival, isRefused } from './counting-wati.ts'

/** A caller that sends with an `Idempotency-Key`, and what it hears. */

/** A new one for each try: a long run takes longer than a token lasts. */
const callerToken = (): string => token({ sub: 'shop', channels: ['*'], scope: 'messages:send' })
const PATH = '/channels/sales/api/v1/sendInteractiveButtonsMessage?whatsappNumber=5521988887777'

export interface Heard {
  readonly key: string
  readonly tryId: string
  /** 0 when no answer came. */
  readonly status: number
  readonly isReplayed: boolean
  /** Of Wati's answer, or of the problem; empty when it says none. */
  readonly outcome: string
  /** Of a problem. */
  readonly problem: string
  readonly text: string
}

const PATIENCE_MS = 20_000

/** One try; with its own id, which reaches Wati. */
export async function sendWithKey(
  { data }: { readonly data: string },
  key: string,
  { signal = AbortSignal.timeout(PATIENCE_MS), headers = {}, path = PATH } = {},
): Promise<Heard> {
  const tryId = randomBytes(16).toString('hex')
  const none = { key, tryId, status: 0, isReplayed: false, outcome: '', problem: '', text: '' }
  try {
    const answer = await fetch(data + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${callerToken()}`,
        'content-type': 'application/json',
        'idempotency-key': key,
        traceparent: `00-${tryId}-00f067aa0ba902b7-01`,
        ...headers,
      },
      body: JSON.stringify({ key }),
      signal,
    })
    const text = await answer.text()
    const said = readProblem(answer.headers.get('content-type'), text)
    return {
      ...none,
      status: answer.status,
      isReplayed: answer.headers.get('idempotency-replayed') === 'true',
      outcome: answer.headers.get('wati-gateway-outcome') ?? said.outcome ?? '',
      problem: said.type?.replace('urn:wati-gateway:problem:', '') ?? '',
      text,
    }
  } catch {
    return none
  }
}

function readProblem(type: string | null, text: string): { outcome?: string; type?: string } {
  return type === 'application/problem+json' ? (JSON.parse(text) as { outcome?: string; type?: string }) : {}
}

const isUnknown = ({ outcome }: Heard): boolean => outcome === 'unknown'
/** A caller knows enough when Wati answered, or when nobody can say what it did. */
export const isFinal = ({ outcome, problem, status }: Heard): boolean =>
  status !== 429 && (outcome === 'unknown' || (problem === '' && outcome !== ''))

/** What is not true of one key's tries, in a sentence each. */
export function liesOf(heard: readonly Heard[], arrivals: readonly Arrival[]): string[] {
  const lies: string[] = []
  const sent = arrivals.filter((arrival) => !isRefused(arrival))
  if (sent.length > 1) lies.push(`it reached Wati ${sent.length} times`)
  for (const { tryId, status, outcome, problem, isReplayed, text } of heard) {
    const own = arrivals.filter((arrival) => arrival.tryId === tryId)
    const ownSent = own.filter((arrival) => !isRefused(arrival))
    const says = `${status} ${problem} ${outcome}${isReplayed ? ' replayed' : ''}`
    if (isReplayed && own.length > 0) lies.push(`${says}, but it was sent`)
    if (outcome === 'not_sent' && ownSent.length > 0) lies.push(`${says}, but it was sent`)
    if ((status === 409 || status === 422) && ownSent.length > 0) lies.push(`${says}, but it was sent`)
    if (status === 422) lies.push('it was called another request')
    if (status === 200 && sent[0]?.answer !== text) lies.push(`${says}, but that is not what Wati said`)
    if (status === 500 && problem !== '') lies.push(`${says}: a fault of our own`)
    if (problem === 'wati-credential-rejected' && !own.some(({ deed }) => deed === 'no-token'))
      lies.push(says)
  }
  const known = new Set(heard.filter((one) => isFinal(one) && !isUnknown(one)).map(({ text }) => text))
  if (known.size > 1) lies.push('it had several outcomes')
  return lies
}
