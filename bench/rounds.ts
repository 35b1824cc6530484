import type { Contestant, Name } from './contestants.ts'
import { LOAD_CORE, cpuSeconds } from './program.ts'
import { type Measured, wrk } from './wrk.ts'

/** What one contestant did in one round. */
export interface Round extends Measured {
  /** The share of its core that its process used, 0 to 1: below some 0.95 it was waiting for the load. */
  readonly busy: number
}

interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly folder: string
  readonly say: (line: string) => void
}

/**
 * Measures all contestants in each round, one after the other, and begins each round with another one: what slows the
 * machine for a while slows all of them.
 */
export async function interleave(
  contestants: ReadonlyMap<Name, Contestant>,
  { rounds, seconds, warmUpSeconds, folder, say }: Options,
): Promise<Map<Name, Round[]>> {
  const names = [...contestants.keys()]
  const found = new Map<Name, Round[]>(names.map((name) => [name, []]))
  for (const [, contestant] of contestants) await measure(contestant, warmUpSeconds, folder)
  for (let round = 0; round < rounds; round++) {
    const order = [...names.slice(round % names.length), ...names.slice(0, round % names.length)]
    for (const name of order) {
      const contestant = contestants.get(name)
      if (contestant === undefined) continue
      const measured = await measure(contestant, seconds, folder)
      found.get(name)?.push(measured)
      say(`round ${round + 1}  ${name.padEnd(22)} ${measured.perSecond.toFixed(0).padStart(7)}/s  busy ${(measured.busy * 100).toFixed(0)} %`)
    }
  }
  return found
}

async function measure({ pid, load, prepare }: Contestant, seconds: number, folder: string): Promise<Round> {
  prepare?.()
  const [cpu, startedAt] = [cpuSeconds(pid), performance.now()]
  const measured = await wrk(load, seconds, folder, LOAD_CORE)
  const took = (performance.now() - startedAt) / 1000
  return { ...measured, busy: (cpuSeconds(pid) - cpu) / took }
}
