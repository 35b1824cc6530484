import { useEffect, useRef } from 'preact/hooks'
import UPlot from 'uplot'
import { messages } from '../messages/messages.ts'
import { printCount } from '../messages/numbers.ts'

export interface Series {
  readonly label: string
  readonly values: readonly number[]
  /** The name of a colour of the page, such as `--accent`. */
  readonly colour: string
}

interface ChartProps {
  /** What it shows, in a sentence: it stands for the picture. */
  readonly summary: string
  /** Seconds since 1970, one for each value. */
  readonly times: readonly number[]
  /** Labels of the times, for the table. */
  readonly timeLabels: readonly string[]
  readonly series: readonly Series[]
  readonly heightPx?: number
  readonly isBars?: boolean
}

/** Counts over time as a small picture, with the same as a table below. */
export function Chart(props: ChartProps) {
  const { summary, series, times, timeLabels, heightPx = 140 } = props
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    return draw(element, props, heightPx)
  }, [times, series])
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={summary} />
      <figcaption>
        <ul class="legend">
          {series.map(({ label, colour, values }) => (
            <li key={label}>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect width="10" height="10" rx="2" fill={`var(${colour})`} />
              </svg>
              {label}: <strong>{printCount(values.reduce((sum, value) => sum + value, 0))}</strong>
            </li>
          ))}
        </ul>
        <details>
          <summary>{messages.shell.asTable}</summary>
          <ChartTable {...{ summary, series, timeLabels }} />
        </details>
      </figcaption>
    </figure>
  )
}

function ChartTable({ summary, series, timeLabels }: Pick<ChartProps, 'summary' | 'series' | 'timeLabels'>) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={summary}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{messages.shell.time}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timeLabels.map((label, index) => (
            <tr key={index}>
              <th scope="row">{label}</th>
              {series.map(({ label, values }) => (
                <td key={label} class="number">
                  {printCount(values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Draws, and draws anew when the place or the colours change. Gives what takes it away again. */
function draw(element: HTMLElement, props: ChartProps, height: number): () => void {
  let plot: UPlot | undefined
  const redraw = (): void => {
    plot?.destroy()
    const data = [[...props.times], ...props.series.map(({ values }) => [...values])]
    plot = new UPlot(optionsOf(element, props, height), data as UPlot.AlignedData, element)
  }
  const sizes = new ResizeObserver(redraw)
  sizes.observe(element)
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', redraw)
  return () => {
    sizes.disconnect()
    scheme.removeEventListener('change', redraw)
    plot?.destroy()
  }
}

function optionsOf(
  element: HTMLElement,
  { series, isBars = false }: ChartProps,
  height: number,
): UPlot.Options {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim()
  const axis: UPlot.Axis = {
    stroke: colour('--faint'),
    font: '11px system-ui',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  const bars = UPlot.paths.bars?.({ size: [0.7, 40] })
  return {
    width: Math.max(element.clientWidth, 1),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _lowest, highest) => [0, Math.max(highest, 4)] } },
    axes: [
      { ...axis, space: 60, size: 24 },
      { ...axis, size: 44, space: 28, incrs: WHOLE_NUMBERS },
    ],
    series: [
      {},
      ...series.map((one): UPlot.Series => ({
        stroke: colour(one.colour),
        width: 1.5,
        points: { show: false },
        ...(isBars && bars !== undefined && { paths: bars, fill: colour(one.colour) }),
      })),
    ],
  }
}

/** There is no half a call. */
const WHOLE_NUMBERS = [1, 2, 5]
  .flatMap((digit) => Array.from({ length: 9 }, (_, power) => digit * 10 ** power))
  .sort((one, other) => one - other)
