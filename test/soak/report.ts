import type { Ledger } from './ledger.ts'
import { type Vitals, slopeOf, spanOf } from './vitals.ts'

/** More growth is a leak; over a shorter time than this a slope says nothing. */
export const MOST_MIB_PER_HOUR = 60
const SHORTEST_JUDGED_MS = 300_000
/** Idle at the end, a process may have so many descriptors more than when it was idle before the load. */
export const MOST_MORE_DESCRIPTORS = 10

/** A process over the time in which it was watched. */
export interface Watched {
  readonly name: string
  /** After the warm-up. */
  readonly samples: readonly Vitals[]
  /** Descriptors before the load and after it, in quiet; `undefined` where it did not live then. */
  readonly quiet: { readonly before: number | undefined; readonly after: number | undefined }
}

export interface Result {
  readonly seconds: number
  readonly seed: number
  readonly perSecond: number
  readonly ledger: Ledger
  readonly faults: ReadonlyMap<string, number>
  readonly watched: readonly Watched[]
  /** How long the machine did not keep up. */
  readonly starvedMs: number
  /** For how long failures were excused by that: it is felt for a while. */
  readonly excusedMs: number
}

const one = (value: number): string => value.toFixed(1)
const signed = (value: number): string => `${value < 0 ? '' : '+'}${one(value)}`

/** What is wrong, a sentence each: nothing where the soak went well. */
export function mistakesOf({ ledger, watched }: Result): string[] {
  const { failure, untrue, double } = ledger.counts
  const counted = Object.entries({ failures: failure, 'untrue answers': untrue, doubles: double })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
  return [...counted, ...watched.flatMap(leaksOf)]
}

function leaksOf({ name, samples, quiet: { before, after } }: Watched): string[] {
  const slope = slopeOf(samples)
  const grows = spanOf(samples) >= SHORTEST_JUDGED_MS && slope > MOST_MIB_PER_HOUR
  const more = before === undefined || after === undefined ? 0 : after - before
  return [
    ...(grows ? [`the memory of ${name} grows by ${one(slope)} MiB an hour`] : []),
    ...(more > MOST_MORE_DESCRIPTORS ? [`${name} has ${more} descriptors more than before`] : []),
  ]
}

/** The closing table. */
export function tableOf(result: Result): string {
  const { seconds, seed, perSecond, ledger, faults, watched, starvedMs, excusedMs } = result
  const { failure, untrue, double, excused } = ledger.counts
  const all = [...faults.values()].reduce((sum, count) => sum + count, 0)
  const mistakes = mistakesOf(result)
  return [
    `soak of ${seconds} s, seed ${seed}, ${perSecond} requests a second asked for`,
    `requests   ${ledger.requests}`,
    ...[...ledger.answers].map(([kind, answers]) => `  ${kind.padEnd(14)} ${answersOf(answers)}`),
    `faults     ${all}`,
    ...[...faults].sort().map(([name, count]) => `  ${String(count).padStart(3)}  ${name}`),
    ...watched.flatMap(linesOf),
    `machine    too busy for ${Math.round(starvedMs / 1_000)} s, felt for ${Math.round(excusedMs / 1_000)} s; ${excused} failures then are not counted`,
    ...[...ledger.excused].map(([what, count]) => `  ${String(count).padStart(3)}  ${what}`),
    `failures   ${failure}`,
    `doubles    ${double}`,
    `untrue     ${untrue}`,
    ...ledger.told.map((line) => `  ${line}`),
    verdictOf(mistakes, excused),
  ].join('\n')
}

function verdictOf(mistakes: readonly string[], excused: number): string {
  if (mistakes.length > 0) return `not well: ${mistakes.join('; ')}`
  return excused === 0 ? 'all is well' : `nothing that counts; ${excused} failures were left out, see machine`
}

function answersOf(answers: ReadonlyMap<string, number>): string {
  const sorted = [...answers].sort(([, a], [, b]) => b - a)
  return sorted.map(([line, count]) => `${count} × ${line === '0' ? 'no answer' : line}`).join(', ')
}

function linesOf({ name, samples, quiet }: Watched): string[] {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return [`gateway ${name}: too short to be watched`]
  const most = (of: (sample: Vitals) => number): number => Math.max(...samples.map(of))
  const { before = '–', after = '–' } = quiet
  return [
    `gateway ${name}, watched for ${Math.round(spanOf(samples) / 1_000)} s, ${samples.length} samples`,
    `  memory      first ${one(first.rssMib)}, last ${one(last.rssMib)}, highest ${one(most(({ rssMib }) => rssMib))} MiB, ` +
      `slope ${signed(slopeOf(samples))} MiB an hour`,
    `  descriptors first ${first.descriptors}, last ${last.descriptors}, highest ${most(({ descriptors }) => descriptors)}; ` +
      `in quiet before the load ${before}, after it ${after}`,
  ]
}
