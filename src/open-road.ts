import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { StartedDirectory } from './directory/start-directory.ts'
import { readWatiHosts } from './domain/wati-hosts.ts'
import type { GatewayOptions } from './gateway/gateway.ts'
import { openIdempotency } from './idempotency/open-idempotency.ts'
import { type Metrics, makeMetrics, measureDirectory, measureGate, measurePacing } from './metrics.ts'
import { openPacing } from './pacing/open-pacing.ts'
import { watchQuotas } from './pacing/quota-watch.ts'
import type { Settings } from './settings-schema.ts'
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
  { directory, store, seal, stop }: StartedDirectory,
): Promise<OpenedRoad> {
  const idempotency = await openIdempotency(settings, seal, log).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const agent = makeWatiAgent(settings)
  const metrics = makeMetrics()
  const usage = openUsage(settings, log)
  const { pacer, isAlone, close: closePacing } = openPacing(settings, { directory, store }, log)
  const calls = (account: string, channel: string) => usage.calls(account, channel)
  const callsOf = (account: string): number => calls(account, '').account
  const quotas = watchQuotas({ directory, callsOf, log, everyMs: QUOTA_LOOK_MS })
  measureDirectory(metrics, directory)
  const gate = openGate(settings, log, metrics, directory)
  measurePacing(metrics, { directory, isAlone, callsOf })
  const closeRoad = async (patienceMs: number): Promise<void> => {
    // Waits for writes with a key whose callers have left: somebody will ask what became of them.
    await idempotency.close()
    // Writes whose callers have left are finished, or ended: then all calls are over, and can be counted.
    if (patienceMs > 0) await Promise.race([agent.close(), sleep(patienceMs, undefined, { ref: false })])
    await agent.destroy()
    quotas.stop()
    closePacing()
    await usage.close()
  }
  const out = { watiHosts: readWatiHosts(settings.WATI_HOSTS), agent, gate, pacing: { pacer, calls } }
  const rejections = new TokenRejections()
  const road = { settings, directory, metrics, usage, rejections, idempotency, ...out }
  return { road, metrics, isAlone, rejections, closeRoad }
}

function openGate(
  settings: Settings,
  log: Logger,
  metrics: Metrics,
  directory: StartedDirectory['directory'],
): WatiGate {
  const gate = new WatiGate({
    breaker: {
      failures: settings.WATI_BREAKER_FAILURES,
      windowMs: settings.WATI_BREAKER_WINDOW_MS,
      openMs: settings.WATI_BREAKER_OPEN_MS,
    },
    inFlightLimit: settings.WATI_IN_FLIGHT_LIMIT,
    log,
    onRefused: metrics.countRefusedCall,
  })
  measureGate(metrics, directory, gate)
  return gate
}
