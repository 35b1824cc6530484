import { useEffect, useRef } from 'preact/hooks'
import { messages } from '../messages/messages.ts'
import { printCount } from '../messages/numbers.ts'
import { drawBars } from './draw-bars.ts'

export interface Series {
  readonly label: string
  readonly values: readonly number[]
  /** The name of a colour of the page, such as `--accent`. */
  readonly colour: string
}

export interface ChartProps {
  /** What it shows, in a sentence: it stands for the picture. */
  readonly summary: string
  /** What the series are together, such as "Calls". */
  readonly total: string
  /** When each step begins, in seconds since 1970. */
  readonly times: readonly number[]
  /** The length of a step. */
  readonly stepSeconds: number
  /** They stand on each other in the picture, the first at the bottom. A new array draws it anew. */
  readonly series: readonly Series[]
  /** A time below the picture (short) and in the table. */
  readonly printAxis: (seconds: number) => string
  readonly printTime: (seconds: number) => string
  /** Where steps are days, these are days of UTC. */
  readonly isUtc?: boolean
  readonly heightPx?: number
}

/** Counts over time as a small picture of bars, with their sums and the same as a table below. */
export function Chart(props: ChartProps) {
  const { summary, total, series } = props
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    return element === null ? undefined : drawBars(element, props)
  }, [series])
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={summary} />
      <figcaption>
        <ul class="legend">
          <li>
            {total}: <strong>{printCount(sum(series.flatMap(({ values }) => values)))}</strong>
          </li>
          {series.map(({ label, colour, values }) => (
            <li key={label}>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect width="10" height="10" rx="2" fill={`var(${colour})`} />
              </svg>
              {label}: <strong>{printCount(sum(values))}</strong>
            </li>
          ))}
        </ul>
        <details>
          <summary>{messages.shell.asTable}</summary>
          <ChartTable {...props} />
        </details>
      </figcaption>
    </figure>
  )
}

function ChartTable({ summary, total, series, times, printTime }: ChartProps) {
  const titles = [total, ...series.map(({ label }) => label)]
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={summary}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{messages.shell.time}</th>
            {titles.map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((seconds, step) => {
            const counts = series.map(({ values }) => values[step] ?? 0)
            return (
              <tr key={seconds}>
                <th scope="row">{printTime(seconds)}</th>
                {[sum(counts), ...counts].map((count, column) => (
                  <td key={column} class="number">
                    {printCount(count)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const sum = (values: readonly number[]): number => values.reduce((before, value) => before + value, 0)
