import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant, Name } from './contestants.ts'
import { CONNECTIONS } from './load.ts'
import { median } from './median.ts'
import type { Latencies, Order } from './open-loop.ts'
import { LOAD_CORE, run } from './program.ts'
import { printedRequests } from './requests.ts'
import { type Result, figure } from './result.ts'
import type { Round } from './rounds.ts'

interface LatencyOptions {
  readonly rounds: number
  readonly seconds: number
  readonly folder: string
  readonly say: (line: string) => void
}

/**
 * The 99th percentile at half the gateway's capacity, the bare proxy's at the same rate beside it. A bare proxy that
 * can hardly take that rate proves little: then the same is measured at half of what it takes.
 */
export async function compareLatency(
  contestants: ReadonlyMap<Name, Contestant>,
  found: ReadonlyMap<Name, readonly Round[]>,
  options: LatencyOptions,
): Promise<Result[]> {
  const capacity = (name: Name): number => median((found.get(name) ?? []).map(({ perSecond }) => perSecond))
  const [ours, theirs] = [capacity('gateway'), capacity('http-proxy')]
  const half = await atRate(ours / 2, 'half its capacity', contestants, options)
  const goal = { ...half, goal: { atMost: 1 } }
  if (ours <= theirs) return [goal]
  return [goal, await atRate(theirs / 2, "half the bare proxy's capacity", contestants, options)]
}

async function atRate(
  perSecond: number,
  what: string,
  contestants: ReadonlyMap<Name, Contestant>,
  { rounds, seconds, folder, say }: LatencyOptions,
): Promise<Result> {
  const found = { gateway: [] as Latencies[], 'http-proxy': [] as Latencies[] }
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
      const contestant = contestants.get(name)
      if (contestant === undefined) continue
      contestant.prepare?.()
      const latencies = await openLoop(contestant, perSecond, seconds, folder)
      found[name].push(latencies)
      say(
        `round ${round + 1}  ${name.padEnd(22)} p99 ${latencies.p99.toFixed(2)} ms at ${perSecond.toFixed(0)}/s`,
      )
    }
  }
  const p99 = (name: (typeof NAMES)[number]): number[] => found[name].map((one) => one.p99)
  const late = median([...found.gateway, ...found['http-proxy']].map(({ lateP99 }) => lateP99))
  return {
    title: `\`@fastify/http-proxy\` alone, p99 at ${what}`,
    ...{ ours: figure(p99('gateway'), ' ms'), theirs: figure(p99('http-proxy'), ' ms') },
    ratios: p99('gateway').map((ours, index) => ours / (p99('http-proxy')[index] ?? NaN)),
    note: `${perSecond.toFixed(0)}/s; the load itself was up to ${late.toFixed(2)} ms late (p99), for both`,
  }
}

const NAMES = ['gateway', 'http-proxy'] as const

/** At the rate that is measured then. */
const WARM_UP_SECONDS = 1

async function openLoop(
  { load }: Contestant,
  perSecond: number,
  seconds: number,
  folder: string,
): Promise<Latencies> {
  const { hostname, port } = new URL(load.url)
  const order: Order = {
    ...{ host: hostname, port: Number(port), requests: printedRequests(load) },
    ...{ perSecond, seconds, warmUpSeconds: WARM_UP_SECONDS, connections: CONNECTIONS },
  }
  const file = join(folder, 'open-loop.json')
  writeFileSync(file, JSON.stringify(order))
  const script = new URL('open-loop.ts', import.meta.url).pathname
  const printed = await run(process.execPath, ['--import=tsx', script, file], { core: LOAD_CORE })
  const latencies = JSON.parse(printed) as Latencies
  if (latencies.refused > 0) throw new Error(`${load.url} refused ${latencies.refused} requests`)
  return latencies
}
