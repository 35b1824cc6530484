import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Registry } from 'prom-client'
import type { DirectoryReader } from './directory/directory.ts'
import { monthlyCallsOf } from './domain/rate-limits.ts'
import { type Sample, addFigure, addNumber } from './figures/figure.ts'
import { RequestFigures } from './figures/request-figures.ts'
import type { WaitingFigures } from './pacing/pacer.ts'
import type { SpanCounts } from './tracing/open-tracing.ts'

/** What the gateway counts, in the words of Prometheus. Labels take only values from our own tables. */
export interface Metrics {
  readonly registry: Registry
  /** A caller named another number than its channel's, and the channel's was used. */
  readonly countOverride: (operation: string) => void
  /** Every request of a caller. */
  readonly requests: RequestFigures
  /** How many accounts have series of their own. */
  readonly accountLimit: number
}

export function makeMetrics(accountLimit: number): Metrics {
  const registry = new Registry()
  const overrides = new Counter({
    name: 'wati_gateway_channel_key_overrides_total',
    help: "Requests whose caller named another number than the channel's.",
    labelNames: ['operation'],
    registers: [registry],
  })
  const requests = new RequestFigures(accountLimit)
  requests.addTo(registry)
  return { registry, countOverride: (operation) => overrides.inc({ operation }), requests, accountLimit }
}

const STATES = ['not-loaded', 'current', 'blind', 'lost'] as const

/** What the directory is like when somebody looks: nothing is counted in between. */
export function measureDirectory({ registry, accountLimit }: Metrics, directory: DirectoryReader): void {
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({ name: `wati_gateway_${name}`, help, registers: [registry], collect: set(value) })
  gauge(
    'directory_revision',
    'The revision of the directory that is in force here.',
    () => directory.position?.revision ?? 0,
  )
  gauge(
    'directory_applied_timestamp_seconds',
    'When the last change of the directory was applied here.',
    () => directory.appliedAt.getTime() / 1_000,
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
  addFigure(registry, {
    name: 'account_token_expiry_timestamp_seconds',
    help: "When an account's token expires, where that is known; of too many accounts, the soonest.",
    type: 'gauge',
    samples() {
      const known = [...directory.accounts.values()].flatMap(({ id, tokenExpiresAt }) =>
        tokenExpiresAt === undefined
          ? []
          : [{ labels: { account: id }, value: Date.parse(tokenExpiresAt) / 1_000 }],
      )
      return foremost(known, accountLimit, ({ value }) => value)
    },
  })
}

interface PacingFigures {
  readonly directory: Pick<DirectoryReader, 'accounts'>
  readonly isAlone: () => boolean
  readonly callsOf: (account: string) => number
  readonly pacer: WaitingFigures
}

/** How Wati's limits are kept, and how much of the month is used. */
export function measurePacing({ registry, accountLimit }: Metrics, figures: PacingFigures): void {
  const { directory, isAlone, callsOf, pacer } = figures
  new Gauge({
    name: 'wati_gateway_pacing_alone',
    help: "1 while the store is away and this replica keeps to its own share of Wati's limits.",
    registers: [registry],
    collect: set(() => (isAlone() ? 1 : 0)),
  })
  addFigure(registry, {
    name: 'pacing_waiting',
    help: "Requests that wait now for their turns at Wati's limits, where there are any.",
    type: 'gauge',
    samples: () =>
      foremost(
        [...pacer.waiting].map(([account, value]) => ({ labels: { account }, value })),
        accountLimit,
        ({ value }) => -value,
      ),
  })
  addNumber(registry, {
    name: 'pacing_waited_total',
    help: "How often a request had to wait for its turn at Wati's limits.",
    type: 'counter',
    value: () => pacer.waited,
  })
  addFigure(registry, {
    name: 'account_monthly_calls',
    help: 'Calls of an account in this month, and how many it may make; of too many accounts, the nearest to that.',
    type: 'gauge',
    samples() {
      const accounts = [...directory.accounts.values()].map((account) => ({
        id: account.id,
        used: callsOf(account.id),
        quota: monthlyCallsOf(account),
      }))
      return foremost(accounts, accountLimit, ({ used, quota }) => -used / (quota ?? Infinity)).flatMap(
        ({ id, used, quota }): Sample[] => [
          { labels: { account: id, of: 'used' }, value: used },
          ...(quota === undefined ? [] : [{ labels: { account: id, of: 'quota' }, value: quota }]),
        ],
      )
    },
  })
}

/** Of too many, those with the lowest rank. */
function foremost<T>(all: T[], limit: number, rankOf: (one: T) => number): T[] {
  if (all.length <= limit) return all
  return all.sort((one, other) => rankOf(one) - rankOf(other)).slice(0, limit)
}

/** What did not reach whoever should see it. */
export function measureSight(
  { registry }: Metrics,
  dropped: { readonly lines: () => number; readonly spans: () => SpanCounts },
): void {
  addNumber(registry, {
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that were dropped because nobody took them.',
    type: 'counter',
    value: dropped.lines,
  })
  addFigure(registry, {
    name: 'trace_spans_total',
    help: 'Spans that ended: exported, not taken by the collector (failed), or too many at a time (dropped).',
    type: 'counter',
    samples: () => Object.entries(dropped.spans()).map(([result, value]) => ({ labels: { result }, value })),
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
