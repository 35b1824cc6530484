import { COUNTED_OUTCOMES } from './call.ts'
import { type MinuteCounts, type OutcomeCounts, noCounts } from './minutes.ts'

/** How many steps a chart has, and how long each is. A whole number of steps is an hour. */
const SPANS = {
  hour: { steps: 60, stepSeconds: 60 },
  day: { steps: 96, stepSeconds: 900 },
} as const

export type TrafficSpan = keyof typeof SPANS

/** The calls of the last hour or day, for a chart. */
export interface Traffic {
  readonly stepSeconds: number
  /** Every step, also where nothing was called; the oldest first, the running one last. */
  readonly steps: readonly TrafficStep[]
}

export interface TrafficStep {
  /** When the step begins, in ms. */
  readonly at: number
  readonly counts: OutcomeCounts
}

/** The calls of all replicas, as the store has them. Throws whatever `read` throws. */
export async function readTraffic(
  read: (first: number, last: number) => Promise<readonly MinuteCounts[]>,
  span: TrafficSpan,
  now: number,
): Promise<Traffic> {
  const { steps, stepSeconds } = SPANS[span]
  const stepMs = stepSeconds * 1_000
  // Unix time 0 begins a step of any of these lengths.
  const running = now - (now % stepMs)
  const first = running - (steps - 1) * stepMs
  const sums = Array.from({ length: steps }, (_, at) => ({ at: first + at * stepMs, counts: noCounts() }))
  for (const { at, counts } of await read(first, running + stepMs - 1)) {
    const step = sums[Math.floor((at - first) / stepMs)]
    if (step !== undefined) for (const outcome of COUNTED_OUTCOMES) step.counts[outcome] += counts[outcome]
  }
  return { stepSeconds, steps: sums }
}
