import { readFileSync, readdirSync } from 'node:fs'

const MIB = 1024
const HOUR_MS = 3_600_000

/** What a process holds at a moment. */
export interface Vitals {
  /** Milliseconds, of the clock of whoever takes the samples. */
  readonly at: number
  readonly rssMib: number
  readonly descriptors: number
}

/** Reads them from `/proc`; `undefined` when the process is gone. */
export function readVitals(pid: number, at: number): Vitals | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const rssMib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / MIB
    const descriptors = readdirSync(`/proc/${pid}/fd`).length
    return Number.isNaN(rssMib) ? undefined : { at, rssMib, descriptors }
  } catch {
    return undefined
  }
}

/** How memory grows over the samples, in MiB an hour: the line of least squares. 0 for fewer than three. */
export function slopeOf(samples: readonly Pick<Vitals, 'at' | 'rssMib'>[]): number {
  if (samples.length < 3) return 0
  const mean = (of: (sample: Pick<Vitals, 'at' | 'rssMib'>) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [at, rss] = [mean((sample) => sample.at), mean((sample) => sample.rssMib)]
  const rise = mean((sample) => (sample.at - at) * (sample.rssMib - rss))
  const run = mean((sample) => (sample.at - at) ** 2)
  return run === 0 ? 0 : (rise / run) * HOUR_MS
}

/** Over how long they were taken, in milliseconds. */
export function spanOf(samples: readonly Vitals[]): number {
  return (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)
}
