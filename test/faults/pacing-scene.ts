import type { Test } from 'tap'
import {
  DEFAULT_NUMBER,
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  WATI_TOKEN,
  askAdmin,
  startGateway,
  startProgram,
  token,
} from '../acceptance/processes.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type Load, ask, keyOf, startLoad, until } from './replicas.ts'

/** Two gateways on one Redis, before a Wati that keeps to the limits of the plan growth. */

export const CONTACT = '5521988887777'
const PATH = `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`
const BODY = JSON.stringify({ template_name: 'order_shipped', broadcast_name: 'orders', parameters: [] })

export interface Scene {
  readonly a: GatewayProgram
  readonly b: GatewayProgram
  readonly redis: RedisServer
  readonly wati: string
}

export async function startLimitedSandbox(t: Test): Promise<string> {
  const numbers = [DEFAULT_NUMBER, SALES_NUMBER, SUPPORT_NUMBER].join(',')
  const args = ['dist/cli/main.js', 'sandbox', '--port', '0', '--tenant', TENANT, '--numbers', numbers]
  const program = startProgram(t, [...args, '--plan', 'growth'], { SANDBOX_TOKEN: WATI_TOKEN })
  const line = await program.line(/listens at http/)
  return /http:\/\/[0-9.:]+[0-9]/.exec(line)?.[0] ?? ''
}

export async function startScene(t: Test, account: object = {}): Promise<Scene> {
  const wati = await startLimitedSandbox(t)
  const redis = await startRedis(t)
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati }
  const folder = t.testdir()
  const start = (name: string): Promise<GatewayProgram> =>
    startGateway(t, { ...settings, DATA_DIR: `${folder}/${name}` })
  const [a, b] = await Promise.all([start('a'), start('b')])
  const written = [
    await askAdmin(a, 'PUT', '/v1/accounts/acme', {
      tenantId: TENANT,
      baseUrl: wati,
      token: WATI_TOKEN,
      ...account,
    }),
    await askAdmin(a, 'PUT', '/v1/channels/sales', { account: 'acme', number: SALES_NUMBER }),
    await askAdmin(a, 'PUT', '/v1/channels/support?wait=all', { account: 'acme', number: SUPPORT_NUMBER }),
  ]
  const failed = written.find(({ status }) => status !== 201)
  if (failed) throw new Error(JSON.stringify(failed))
  // Each has counted the other: that decides what its share is.
  await until(
    ({ body }) => (body['items'] as unknown[]).length === 2,
    () => ask(b, 'GET', '/v1/replicas'),
  )
  return { a, b, redis, wati }
}

const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'messages:send' })

/** Sends one template message; gives `200`, the problem's name, or `429 of Wati`. */
export async function sendTemplate(
  { data }: { readonly data: string },
  channel: string,
  waitSeconds: number,
  signal?: AbortSignal,
): Promise<string> {
  const answer = await fetch(`${data}/channels/${channel}${PATH}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${CALLER}`,
      'content-type': 'application/json',
      prefer: `wait=${waitSeconds}`,
    },
    body: BODY,
    ...(signal && { signal }),
  })
  const { type } = (await answer.json().catch(() => ({}))) as { type?: string }
  if (answer.status !== 200 && type === undefined) return `${answer.status} of Wati`
  return type === undefined ? String(answer.status) : type.replace('urn:wati-gateway:problem:', '')
}

/** More calls than the limit allows: so many of each channel wait at this replica at any time. */
export function overload(t: Test, gateway: GatewayProgram, ofEach = 5, waitSeconds = 15): Load[] {
  return ['sales', 'support'].map((channel) =>
    startLoad(t, ofEach, () => sendTemplate(gateway, channel, waitSeconds)),
  )
}

export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly number: string
}

/** All template messages that came to Wati, in their order. */
export async function arrivalsAt(wati: string): Promise<Arrival[]> {
  const { items } = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as {
    items: { at: string; url: string; body: string }[]
  }
  return items
    .filter(({ url }) => url.includes('sendTemplateMessage'))
    .map(({ at, body }) => ({
      at: Date.parse(at),
      number: (JSON.parse(body) as { channelNumber: string }).channelNumber,
    }))
}

/** How many of them Wati carried out: the others it refused. */
export async function carriedOut(wati: string): Promise<number> {
  const { items } = (await (await fetch(`${wati}/_sandbox/messages`)).json()) as { items: unknown[] }
  return items.length
}

/** The most arrivals in any ten seconds, and when those began. */
export function fullestTenSeconds(arrivals: readonly Arrival[]): { most: number; at: number } {
  let [most, at, first] = [0, 0, 0]
  for (const [last, arrival] of arrivals.entries()) {
    while ((arrivals[first]?.at ?? 0) + 10_000 <= arrival.at) first += 1
    if (last - first + 1 > most) [most, at] = [last - first + 1, arrivals[first]?.at ?? 0]
  }
  return { most, at }
}

export function logged({ lines }: GatewayProgram, text: string): boolean {
  return lines.some((line) => line.includes(text))
}

export async function stopAll(loads: readonly Load[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const each of await Promise.all(loads.map((load) => load.stop())))
    for (const [name, count] of Object.entries(each)) counts[name] = (counts[name] ?? 0) + count
  return counts
}
