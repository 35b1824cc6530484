import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { StartedDirectory } from './directory/start-directory.ts'
import { readWatiHosts } from './domain/wati-hosts.ts'
import { measureRoad } from './figures/measure-road.ts'
import type { GatewayOptions } from './gateway/gateway.ts'
import { openIdempotency } from './idempotency/open-idempotency.ts'
import { droppedLines } from './log-output.ts'
import { type Metrics, makeMetrics } from './metrics.ts'
import { openPacing } from './pacing/open-pacing.ts'
import { watchQuotas } from './pacing/quota-watch.ts'
import type { Settings } from './settings-schema.ts'
import { openTracing } from './tracing/open-tracing.ts'
import { TokenRejections } from './troubles/token-rejections.ts'
import { openUsage } from './usage/open-usage.ts'
import type { Usage } from './usage/usage.ts'
import { WatiGate } from './wati/gate.ts'
import { makeWatiAgent } from './wati/wati-agent.ts'

/** How often the calls of the month are compared with the quotas. */
const QUOTA_LOOK_MS = 10_000

export interface OpenedRoad {
  readonly road: Omit<GatewayOptions, 'shed'> & { readonly usage: Usage; readonly gate: WatiGate }
  readonly metrics: Metrics
  /** Does this replica keep to its own share of Wati's limits, because the store is away? */
  readonly isAlone: () => boolean
  readonly rejections: TokenRejections
  /** Once no request comes any more. Writes whose callers have left may take so much longer. */
  readonly closeRoad: (patienceMs: number) => Promise<void>
}

/** Everything a request meets on its road besides the directory: keys of idempotency, turns, counts, and the way out. */
export async function openRoad(
  settings: Settings,
  log: Logger,
  started: StartedDirectory,
): Promise<OpenedRoad> {
  const { directory, seal } = started
  const idempotency = await openIdempotency(settings, seal, log).catch(async (error: unknown) => {
    await started.stop()
    throw error
  })
  const agent = makeWatiAgent(settings)
  const metrics = makeMetrics(settings.METRICS_ACCOUNT_LIMIT)
  const traces = await openTracing(settings, log)
  const usage = openUsage(settings, log, directory)
  const turns = openPacing(settings, started, log)
  const calls = (account: string, channel: string) => usage.calls(account, channel)
  const callsOf = (account: string): number => calls(account, '').account
  const quotas = watchQuotas({ directory, callsOf, log, everyMs: QUOTA_LOOK_MS })
  const gate = openGate(settings, log, metrics)
  const measured = measureRoad(metrics, {
    ...{ started, pacing: turns, gate, agent, callsOf, spans: traces?.counts },
    droppedLines: () => droppedLines(log),
  })
  const closeRoad = async (patienceMs: number): Promise<void> => {
    // Waits for writes with a key whose callers have left: somebody will ask what became of them.
    await idempotency.close()
    // Writes whose callers have left are finished, or ended: then all calls are over, and can be counted.
    if (patienceMs > 0) await Promise.race([agent.close(), sleep(patienceMs, undefined, { ref: false })])
    await agent.destroy()
    quotas.stop()
    turns.close()
    await usage.close()
    measured.stop()
    await traces?.close()
  }
  const way = { watiHosts: readWatiHosts(settings.WATI_HOSTS), agent, gate, tracing: traces?.tracing }
  const pacing = { pacer: turns.pacer, calls }
  const rejections = new TokenRejections()
  const road = { settings, directory, metrics, usage, rejections, idempotency, pacing, ...way }
  return { road, metrics, isAlone: turns.isAlone, rejections, closeRoad }
}

function openGate(settings: Settings, log: Logger, metrics: Metrics): WatiGate {
  return new WatiGate({
    breaker: {
      failures: settings.WATI_BREAKER_FAILURES,
      windowMs: settings.WATI_BREAKER_WINDOW_MS,
      openMs: settings.WATI_BREAKER_OPEN_MS,
    },
    inFlightLimit: settings.WATI_IN_FLIGHT_LIMIT,
    log,
    onRefused: metrics.countRefusedCall,
  })
}
