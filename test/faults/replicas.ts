import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { type GatewayProgram, adminToken, startGateway, token } from '../acceptance/processes.ts'

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

const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'messages:read' })

/** A read on the data plane; gives the status, and the name of the problem when it is one. */
export async function read(
  { data }: { readonly data: string },
  alias: string,
  { caller = CALLER, customer = '5521988887777' } = {},
): Promise<{ status: number; problem: string }> {
  const answer = await fetch(`${data}/channels/${alias}/api/v1/getMessages/${customer}`, {
    headers: { authorization: `Bearer ${caller}` },
  })
  const body = (await answer.json()) as { type?: string }
  return { status: answer.status, problem: body.type?.replace('urn:wati-gateway:problem:', '') ?? '' }
}

let customers = 0

/** The number from which Wati saw a request of this gateway for the alias; the status when it saw none. */
export async function numberInForce(
  gateway: { readonly data: string },
  alias: string,
  wati: string,
): Promise<string> {
  const customer = `55219${String(++customers).padStart(8, '0')}`
  const { status } = await read(gateway, alias, { customer })
  const { items } = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as { items: { url: string }[] }
  const seen = items.find(({ url }) => url.includes(customer))
  if (seen === undefined) return String(status)
  return new URL(seen.url, wati).searchParams.get('channelPhoneNumber') ?? 'none'
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

/** Reads of a known alias: counts `200`, or status and problem. */
export function startReads(t: Test, gateway: { readonly data: string }, aliases: readonly string[]): Load {
  let turn = 0
  return startLoad(t, 2, async () => {
    const alias = aliases[turn++ % aliases.length] ?? ''
    const { status, problem } = await read(gateway, alias)
    return problem === '' ? String(status) : `${status} ${problem}`
  })
}

function describe(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

/** Stops a replica politely and starts another one in its place, on other ports. */
export async function replace(
  t: Test,
  gateway: GatewayProgram,
  settings: Record<string, string>,
): Promise<GatewayProgram> {
  await gateway.stop()
  return await startGateway(t, settings)
}

export const rounded = (ms: number): number => Math.round(ms)
