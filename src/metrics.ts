import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { RefusedCalls } from './figures/refused-calls.ts'
import { RequestFigures } from './figures/request-figures.ts'

/** What the gateway counts, in the words of Prometheus. Labels take only values from our own tables. */
export interface Metrics {
  readonly registry: Registry
  /** A caller named another number than its channel's, and the channel's was used. */
  readonly countOverride: (operation: string) => void
  /** A call was not sent, because Wati fails for the account or too many are on their way. */
  readonly countRefusedCall: (account: string, why: 'breaker' | 'in-flight') => void
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
  const refusedCalls = new RefusedCalls(accountLimit)
  refusedCalls.addTo(registry)
  const requests = new RequestFigures(accountLimit)
  requests.addTo(registry)
  return {
    registry,
    countOverride: (operation) => overrides.inc({ operation }),
    countRefusedCall: (account, why) => refusedCalls.count(account, why),
    requests,
    accountLimit,
  }
}

/** `GET /metrics` on the admin listener, which is private: without a token. */
export async function metricsPage(app: FastifyInstance, { metrics }: { metrics: Metrics }): Promise<void> {
  app.get('/metrics', async function metricsText(_request, reply) {
    return await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
