import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { type GatewayProgram, TENANT, adminToken, setUp, token } from '../acceptance/processes.ts'

/** Two gateways on one store, and what the tests of broken parts ask of them. */

/** A key ring of one key, the same for the same id. */
export function keyOf(id: string): string {
  return `${id}:${Buffer.alloc(32, `the key ${id} `).toString('base64')}`
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly tookMs: number
}

/** Asks the control plane; unlike `askAdmin` it also gives the header, and how long it took. */
export async function ask(
  { admin }: { readonly admin: string },
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const startedAt = performance.now()
  const answer = await fetch(`${admin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken()}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    tookMs: performance.now() - startedAt,
  }
}

const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'templates:read' })

/** A read on the data plane, of an endpoint that Wati does not limit; gives the status, and the name of the problem when it is one. */
export async function read(
  { data }: { readonly data: string },
  alias: string,
  { caller = CALLER, search = '' } = {},
): Promise<{ status: number; problem: string }> {
  const answer = await fetch(`${data}/channels/${alias}/api/v1/getMessageTemplates${search}`, {
    headers: { authorization: `Bearer ${caller}` },
  })
  const body = (await answer.json()) as { type?: string }
  return { status: answer.status, problem: body.type?.replace('urn:wati-gateway:problem:', '') ?? '' }
}

let looks = 0

/** The number from which Wati saw a request of this gateway for the alias; the status when it saw none. */
export async function numberInForce(
  gateway: { readonly data: string },
  alias: string,
  wati: string,
): Promise<string> {
  const look = `look${++looks}of${process.pid}.`
  const { status } = await read(gateway, alias, { search: `?look=${look}` })
  const { items } = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as { items: { url: string }[] }
  const seen = items.find(({ url }) => url.includes(look))
  if (seen === undefined) return String(status)
  return new URL(seen.url, wati).searchParams.get('channelPhoneNumber') ?? 'none'
}

/** As `setUp`, and Wati's quota of the month is lifted: a test may ask more often than a small plan allows. */
export async function setUpUnlimited(gateway: GatewayProgram, wati: string): Promise<void> {
  await setUp(gateway, wati)
  const account = { tenantId: TENANT, baseUrl: wati, limits: { monthlyCalls: null } }
  const { status } = await ask(gateway, 'PUT', '/v1/accounts/acme', account)
  if (status !== 200) throw new Error(`the quota was not lifted: ${status}`)
}

/** Asks again and again until the answer is the wanted one; gives how long that took. Fails after `limitMs`. */
export async function until<T>(
  wanted: (value: T) => boolean,
  look: () => Promise<T>,
  limitMs = 10_000,
): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now()
  for (;;) {
    const value = await look()
    const tookMs = performance.now() - startedAt
    if (wanted(value)) return { value, tookMs }
    if (tookMs > limitMs) throw new Error(`still ${JSON.stringify(value)} after ${Math.round(tookMs)} ms`)
    await sleep(5)
  }
}

/** The body of `readyz`, with its status in front. */
export async function readyz({ data }: { readonly data: string }): Promise<string> {
  const answer = await fetch(`${data}/readyz`)
  return `${answer.status} ${await answer.text()}`
}

export interface Load {
  /** How often each status, or failure, was met. */
  readonly counts: ReadonlyMap<string, number>
  /** Ends the requests, and gives the counts. */
  stop(): Promise<Record<string, number>>
}

/** Does the same over and over, `workers` at a time, until it is stopped. What it throws is counted by its text. */
export function startLoad(t: Test, workers: number, work: () => Promise<string>): Load {
  const counts = new Map<string, number>()
  let stopped = false
  const isStopped = (): boolean => stopped
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      const result = await work().catch((error: unknown) => `failed: ${describe(error)}`)
      counts.set(result, (counts.get(result) ?? 0) + 1)
    }
  }
  const running = Promise.all(Array.from({ length: workers }, run))
  const stop = async (): Promise<Record<string, number>> => {
    stopped = true
    await running
    return Object.fromEntries(counts)
  }
  t.teardown(stop)
  return { counts, stop }
}

/** Between two reads of a worker: as many as it can would take a core, and leave a journal of thousands to look through. */
const READ_PAUSE_MS = 5

/** Reads of a known alias: counts `200`, or status and problem. */
export function startReads(t: Test, gateway: { readonly data: string }, aliases: readonly string[]): Load {
  let turn = 0
  return startLoad(t, 2, async () => {
    await sleep(READ_PAUSE_MS)
    const alias = aliases[turn++ % aliases.length] ?? ''
    const { status, problem } = await read(gateway, alias)
    return problem === '' ? String(status) : `${status} ${problem}`
  })
}

function describe(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

export const rounded = (ms: number): number => Math.round(ms)
