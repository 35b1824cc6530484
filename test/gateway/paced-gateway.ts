import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { CONTACT, type Claims, type Running, TENANT, callerToken } from '../helpers/running-gateway.ts'
import type { Seen } from '../helpers/http-client.ts'

/** What the tests of pacing ask of a running gateway. */

export const TEMPLATE = { template_name: 'order_shipped', broadcast_name: 'orders', parameters: [] }
export const SEND = `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
export const READ = `/api/v1/getMessages/${CONTACT}`

interface Asked {
  readonly channel?: string
  /** `Prefer: wait=…` */
  readonly wait?: number | string
  readonly claims?: Claims
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Replaces all of the account but its token. */
export async function putAccount({ admin, sandbox }: Running, fields: object): Promise<void> {
  const json = { tenantId: TENANT, baseUrl: sandbox.url, ...fields }
  const { status, text } = await admin('PUT', '/v1/accounts/acme', { json })
  if (status !== 200) throw new Error(text)
}

export async function patchChannel({ admin }: Running, alias: string, fields: object): Promise<void> {
  const { status, text } = await admin('PATCH', `/v1/channels/${alias}`, { json: fields })
  if (status !== 200) throw new Error(text)
}

function headersOf({ wait, headers }: Asked): Record<string, string> {
  return { ...(wait !== undefined && { prefer: `wait=${wait}` }), ...headers }
}

/** One template message. */
export async function send({ call }: Pick<Running, 'call'>, asked: Asked = {}): Promise<Seen> {
  const { channel = 'sales', path = SEND, claims } = asked
  return await call('POST', `/channels/${channel}${path}`, {
    json: TEMPLATE,
    headers: headersOf(asked),
    ...(claims && { claims }),
  })
}

/** One look at the messages. */
export async function read({ call }: Pick<Running, 'call'>, asked: Asked = {}): Promise<Seen> {
  const { channel = 'sales', path = READ, claims } = asked
  return await call('GET', `/channels/${channel}${path}`, {
    headers: headersOf(asked),
    ...(claims && { claims }),
  })
}

export const many = async <T>(count: number, act: (place: number) => Promise<T>): Promise<T[]> =>
  await Promise.all(Array.from({ length: count }, (_, place) => act(place)))

/** How often each status came. */
export function statuses(seen: readonly Seen[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of seen) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

export interface Timed extends Seen {
  readonly tookMs: number
}

export async function timed(answer: Promise<Seen>): Promise<Timed> {
  const before = performance.now()
  const seen = await answer
  return { ...seen, tookMs: performance.now() - before }
}

/** A send whose caller can hang up. */
export function sendAndHold({ gateway }: Running, wait: number, channel = 'sales'): ClientRequest {
  const { hostname, port } = new URL(gateway.dataUrl)
  const outgoing = request({
    ...{ hostname, port, method: 'POST', path: `/channels/${channel}${SEND}`, agent: false },
    headers: {
      authorization: `Bearer ${callerToken()}`,
      'content-type': 'application/json',
      prefer: `wait=${wait}`,
    },
  })
  outgoing.on('error', () => undefined)
  outgoing.on('response', (incoming: IncomingMessage) => incoming.resume())
  outgoing.end(JSON.stringify(TEMPLATE))
  return outgoing
}
