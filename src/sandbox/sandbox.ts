import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Plan } from '../domain/plan.ts'
import { Account, type SentMessage } from './account.ts'
import { control } from './control.ts'
import { Faults } from './faults.ts'
import { PlanLimits } from './limits.ts'
import { SeenRequests, type SeenRequest } from './seen-requests.ts'
import { wati } from './wati.ts'

export type { SentMessage, SeenRequest }

export interface SandboxOptions {
  /** `127.0.0.1` */
  readonly host?: string
  /** 0, the default, is any free port. */
  readonly port?: number
  readonly tenantId?: string
  /** The token that Wati wants as `Authorization: Bearer …`. */
  readonly token?: string
  /** The account's WhatsApp numbers, digits; the first is the one Wati takes when a request names none. */
  readonly numbers?: readonly string[]
  readonly plan?: Plan | 'unlimited'
  /** A key and certificate in PEM; then the sandbox speaks only TLS. */
  readonly https?: { readonly key: string | Buffer; readonly cert: string | Buffer }
  /** Does a 429 of the plan's limits carry `Retry-After`? Wati's does only sometimes. */
  readonly retryAfter?: boolean
  /** Give the JSON of every answer the type `text/plain`, as Wati sometimes does. */
  readonly plainText?: boolean
  readonly bodyLimitBytes?: number
  /** Milliseconds since 1970; for tests of the limits. */
  readonly now?: () => number
}

export interface Sandbox {
  /** Such as `http://127.0.0.1:9100`: the account's `baseUrl`. */
  readonly url: string
  /** What was sent, oldest first. */
  messages(): readonly SentMessage[]
  /** The last 1000 requests, oldest first. */
  requests(): readonly SeenRequest[]
  /** Ends at once, also for requests that still wait for an answer. */
  close(): Promise<void>
}

/** What a sandbox is when nothing else is said. */
export const SANDBOX_DEFAULTS = {
  host: '127.0.0.1',
  port: 0,
  tenantId: '388428',
  token: 'wati_00000000-0000-4000-8000-000000000000.c2FuZGJveA',
  numbers: ['85264318721', '85264318722', '5511999990001'],
  plan: 'growth',
  retryAfter: true,
  plainText: false,
  bodyLimitBytes: 10 * 1024 * 1024,
} as const

/** Starts a stand-in Wati with one account. Throws when the port is taken or there is no number. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = { now: Date.now, ...SANDBOX_DEFAULTS, ...options }
  const account = new Account(settings.numbers, settings.now)
  const requests = new SeenRequests(settings.token, settings.now)
  const limits = new PlanLimits(settings.plan, settings.now)
  const faults = new Faults()
  const closing = new AbortController()

  const app = server(options.https)
  app.register(control, { prefix: '/_sandbox', account, faults, requests })
  app.register(wati, { ...settings, account, limits, faults, requests, closing: closing.signal })
  await app.listen({ host: settings.host, port: settings.port })

  return {
    url: urlOf(app, settings.host, options.https !== undefined),
    messages: () => account.messages(),
    requests: () => requests.list(),
    async close() {
      closing.abort()
      await app.close()
    },
  }
}

function server(https: SandboxOptions['https']): FastifyInstance {
  return Fastify({
    https: https ?? null,
    exposeHeadRoutes: false,
    // Silent requests must not hold up the end.
    forceCloseConnections: true,
    // The control routes refuse what they do not know instead of repairing it.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
  })
}

function urlOf(app: FastifyInstance, host: string, secure: boolean): string {
  const { port } = app.server.address() as AddressInfo
  const name = host === '0.0.0.0' ? '127.0.0.1' : host
  return `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
