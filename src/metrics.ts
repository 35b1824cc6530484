import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Registry } from 'prom-client'
import type { DirectoryReader } from './directory/directory.ts'
import { monthlyCallsOf } from './domain/rate-limits.ts'
import type { WatiGate } from './wati/gate.ts'

/** What the gateway counts, in the words of Prometheus. Labels take only values from our own tables. */
export interface Metrics {
  readonly registry: Registry
  /** A caller named another number than its channel's, and the channel's was used. */
  readonly countOverride: (operation: string) => void
  /** A call was not sent, because Wati fails for the account or too many are on their way. */
  readonly countRefusedCall: (account: string, why: 'breaker' | 'in-flight') => void
}

export function makeMetrics(): Metrics {
  const registry = new Registry()
  const overrides = new Counter({
    name: 'wati_gateway_channel_key_overrides_total',
    help: "Requests whose caller named another number than the channel's.",
    labelNames: ['operation'],
    registers: [registry],
  })
  const refused = new Counter({
    name: 'wati_gateway_account_refused_calls_total',
    help: 'Calls that were not sent: Wati fails for the account (breaker), or too many are on their way (in-flight).',
    labelNames: ['account', 'why'],
    registers: [registry],
  })
  return {
    registry,
    countOverride: (operation) => overrides.inc({ operation }),
    countRefusedCall: (account, why) => refused.inc({ account, why }),
  }
}

const STATES = ['not-loaded', 'current', 'blind', 'lost'] as const

/** What the directory is like when somebody looks: nothing is counted in between. */
export function measureDirectory({ registry }: Metrics, directory: DirectoryReader): void {
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({ name: `wati_gateway_${name}`, help, registers: [registry], collect: set(value) })
  gauge(
    'directory_revision',
    'The revision of the directory that is in force here.',
    () => directory.position?.revision ?? 0,
  )
  gauge('directory_channels', 'How many channels there are.', () => directory.channels.size)
  gauge(
    'unreadable_records',
    'Records of the store whose seal does not hold: somebody damaged them, or a key is missing.',
    () => directory.unreadable.size,
  )
  new Gauge({
    name: 'wati_gateway_directory_state',
    help: '1 for the state the directory is in: blind and lost mean that the store is away or empty.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of STATES) this.set({ state }, directory.state === state ? 1 : 0)
    },
  })
  new Gauge({
    name: 'wati_gateway_account_token_expiry_timestamp_seconds',
    help: "When an account's token expires, where that is known.",
    labelNames: ['account'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { id, tokenExpiresAt } of directory.accounts.values()) {
        if (tokenExpiresAt !== undefined) this.set({ account: id }, Date.parse(tokenExpiresAt) / 1_000)
      }
    },
  })
}

const BREAKER_STATES = ['closed', 'open', 'half-open'] as const

/** What this replica sends to Wati at the moment, and for which accounts it does not try. */
export function measureGate(
  { registry }: Metrics,
  directory: Pick<DirectoryReader, 'accounts'>,
  gate: Pick<WatiGate, 'breakerOf' | 'inFlightOf'>,
): void {
  new Gauge({
    name: 'wati_gateway_account_breaker_state',
    help: '1 for the state of the breaker of an account: open and half-open mean that its calls are not tried.',
    labelNames: ['account', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const account of directory.accounts.values()) {
        const now = gate.breakerOf(account)?.state ?? 'closed'
        for (const state of BREAKER_STATES) this.set({ account: account.id, state }, now === state ? 1 : 0)
      }
    },
  })
  new Gauge({
    name: 'wati_gateway_account_calls_in_flight',
    help: 'Calls of an account that are on their way to Wati.',
    labelNames: ['account'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { id } of directory.accounts.values()) this.set({ account: id }, gate.inFlightOf(id))
    },
  })
}

interface PacingFigures {
  readonly directory: Pick<DirectoryReader, 'accounts'>
  readonly isAlone: () => boolean
  readonly callsOf: (account: string) => number
}

/** How Wati's limits are kept, and how much of the month is used. */
export function measurePacing({ registry }: Metrics, { directory, isAlone, callsOf }: PacingFigures): void {
  new Gauge({
    name: 'wati_gateway_pacing_alone',
    help: "1 while the store is away and this replica keeps to its own share of Wati's limits.",
    registers: [registry],
    collect: set(() => (isAlone() ? 1 : 0)),
  })
  new Gauge({
    name: 'wati_gateway_account_monthly_calls',
    help: 'Calls of an account in this month, and how many it may make.',
    labelNames: ['account', 'of'],
    registers: [registry],
    collect() {
      this.reset()
      for (const account of directory.accounts.values()) {
        this.set({ account: account.id, of: 'used' }, callsOf(account.id))
        const quota = monthlyCallsOf(account)
        if (quota !== undefined) this.set({ account: account.id, of: 'quota' }, quota)
      }
    },
  })
}

function set(value: () => number): (this: Gauge) => void {
  return function collect(this: Gauge) {
    this.set(value())
  }
}

/** `GET /metrics` on the admin listener, which is private: without a token. */
export async function metricsPage(app: FastifyInstance, { metrics }: { metrics: Metrics }): Promise<void> {
  app.get('/metrics', async function metricsText(_request, reply) {
    return await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
