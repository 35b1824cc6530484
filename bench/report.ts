import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { type Name, TITLES } from './contestants.ts'
import { median } from './median.ts'
import type { Options } from './options.ts'
import { CAN_PIN } from './program.ts'
import { type Result, figure, goalText, verdict } from './result.ts'
import type { Round } from './rounds.ts'

/** What one run found. */
export interface Report {
  readonly results: readonly Result[]
  readonly found: ReadonlyMap<Name, readonly Round[]>
}

const RESULTS = new URL('RESULTS.md', import.meta.url)
const HEAD = new URL('results-head.md', import.meta.url)
const RELEASE = process.versions.node.split('.')[0] ?? ''

/** The run in Markdown. */
export function printReport({ results, found }: Report, options: Options): string {
  return `${[`## Node ${RELEASE}`, circumstances(options), goals(results), contestants(found)].join('\n\n')}\n`
}

/** Puts the run into RESULTS.md, in place of the one before on the same release of Node; others stay. */
export function writeResults(report: Report, options: Options): void {
  const before = existsSync(RESULTS)
    ? readFileSync(RESULTS, 'utf8')
        .split(/^(?=## Node )/m)
        .slice(1)
    : []
  const others = before.filter((section) => !section.startsWith(`## Node ${RELEASE}\n`))
  const sections = [
    ...others.map((section) => section.trimEnd()),
    printReport(report, options).trimEnd(),
  ].sort()
  writeFileSync(RESULTS, `${[readFileSync(HEAD, 'utf8').trimEnd(), ...sections].join('\n\n')}\n`)
}

function circumstances({ tool, rounds, seconds }: Options): string {
  const [processor] = cpus()
  const machine = `${cpus().length} × ${processor?.model ?? 'unknown'}, Linux ${release()}`
  const pinned = CAN_PIN ? 'servers and load pinned' : 'nothing pinned, for there is no `taskset`'
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, Node ${process.version}, ${machine}; ${pinned}; load: \`${tool}\`; ${rounds} rounds of ${seconds} s.`
}

function goals(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.title,
    result.ours ?? '–',
    result.theirs ?? '–',
    ratioText(result.ratios),
    ratioText(result.byCpu),
    goalText(result.goal),
    `**${verdict(result)}**${result.note === undefined ? '' : `; ${result.note}`}`,
  ])
  return table(['against', 'gateway', 'the other', 'ratio', 'ratio by CPU time', 'goal', 'result'], rows)
}

function ratioText(ratios: readonly number[] | undefined): string {
  return ratios === undefined ? '–' : figure(ratios, '')
}

function contestants(found: Report['found']): string {
  const rows = [...found].map(([name, rounds]) => {
    const of = (part: keyof Round): number[] => rounds.map((round) => round[part])
    return [
      TITLES[name],
      figure(of('perSecond'), ''),
      figure(of('perCpuSecond'), ''),
      `${(median(of('busy')) * 100).toFixed(0)} %`,
      `${median(of('p50')).toFixed(2)} / ${median(of('p99')).toFixed(2)} ms`,
    ]
  })
  return table(
    ['', 'requests a second', 'for a second of CPU', 'of its core', 'p50 / p99 at this load'],
    rows,
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
