import type { StartedDirectory } from '../directory/start-directory.ts'
import type { Metrics } from '../metrics.ts'
import type { OpenedPacing } from '../pacing/open-pacing.ts'
import type { SpanCounts } from '../tracing/open-tracing.ts'
import type { WatiGate } from '../wati/gate.ts'
import type { WatiAgent } from '../wati/wati-agent.ts'
import { measureAccounts } from './measure-accounts.ts'
import { measureDirectory } from './measure-directory.ts'
import { measureGate } from './measure-gate.ts'
import { measureLosses } from './measure-losses.ts'
import { measurePacing } from './measure-pacing.ts'
import { measurePools } from './measure-pools.ts'
import { measureProcess } from './measure-process.ts'
import { measureReplicas } from './measure-replicas.ts'

interface Parts {
  readonly started: Pick<StartedDirectory, 'directory' | 'store'>
  readonly pacing: OpenedPacing
  readonly gate: WatiGate
  readonly agent: WatiAgent
  readonly callsOf: (account: string) => number
  readonly droppedLines: () => number
  /** `undefined` where nothing is traced. */
  readonly spans: (() => SpanCounts) | undefined
}

const NO_SPANS: SpanCounts = { exported: 0, failed: 0, dropped: 0 }

/** Puts everything on the page that is not counted request by request. Ends with `stop`. */
export function measureRoad({ registry, accountLimit: limit }: Metrics, parts: Parts): { stop(): void } {
  const { directory, store } = parts.started
  measureDirectory(registry, directory)
  measureReplicas(registry, store)
  measureAccounts(registry, { directory, callsOf: parts.callsOf, limit })
  measurePacing(registry, { ...parts.pacing, limit })
  measureGate(registry, { directory, gate: parts.gate, limit })
  measurePools(registry, parts.agent)
  measureLosses(registry, { droppedLines: parts.droppedLines, spans: parts.spans ?? (() => NO_SPANS) })
  return measureProcess(registry)
}
