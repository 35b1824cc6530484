import type { Contestant, Name } from './contestants.ts'
import { type LoadTool, type Measured, sendAllItTakes } from './load.ts'
import { LOAD_CORE, cpuSeconds } from './program.ts'

/** What one contestant did in one round. */
export interface Round extends Measured {
  /** The share of a core that its process had, 0 to 1. */
  readonly busy: number
  /** Requests for each second of a core that it had: what others take of the core is not held against it. */
  readonly perCpuSecond: number
}

interface RoundOptions {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly tool: LoadTool
  readonly folder: string
  readonly say: (line: string) => void
}

/**
 * Measures all contestants in each round, one after the other, and begins each round with another one: what slows the
 * machine for a while slows all of them.
 */
export async function interleave<Key extends string = Name>(
  contestants: ReadonlyMap<Key, Contestant>,
  options: RoundOptions,
): Promise<Map<Key, Round[]>> {
  const { rounds, seconds, warmUpSeconds, say } = options
  const all = [...contestants]
  const found = new Map<Key, Round[]>(all.map(([name]) => [name, []]))
  for (const [, contestant] of all) await measure(contestant, warmUpSeconds, options)
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(1, all.length)
    for (const [name, contestant] of [...all.slice(first), ...all.slice(0, first)]) {
      const measured = await measure(contestant, seconds, options)
      found.get(name)?.push(measured)
      say(`round ${round + 1}  ${name.padEnd(22)} ${describe(measured)}`)
    }
  }
  return found
}

function describe({ perSecond, busy }: Round): string {
  return `${perSecond.toFixed(0).padStart(7)}/s with ${(busy * 100).toFixed(0)} % of the core`
}

async function measure(
  { pid, load, prepare }: Contestant,
  seconds: number,
  { tool, folder }: RoundOptions,
): Promise<Round> {
  prepare?.()
  const before = cpuSeconds(pid)
  const measured = await sendAllItTakes(load, seconds, { tool, folder, core: LOAD_CORE })
  const used = cpuSeconds(pid) - before
  return { ...measured, busy: used / measured.seconds, perCpuSecond: measured.requests / used }
}
