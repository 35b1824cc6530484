import UPlot from 'uplot'
import { printShort } from '../messages/numbers.ts'
import type { ChartProps } from './chart.tsx'

const USUAL_HEIGHT_PX = 150
/** Room for the numbers at the left, and for the times below. */
const LEFT_PX = 42
const BELOW_PX = 24
/** The widest bar; of its step it takes the share. */
const WIDEST_BAR_PX = 36
const SHARE_OF_STEP = 0.74
/** The least that the picture is high, so that one call does not look like many. */
const LOWEST_TOP = 4

/** Draws, and draws anew when the place or the colours change. Gives what takes it away again. */
export function drawBars(element: HTMLElement, props: ChartProps): () => void {
  let plot: UPlot | undefined
  let widthPx = 0
  const redraw = (): void => {
    plot?.destroy()
    widthPx = element.clientWidth
    if (widthPx > 0) plot = new UPlot(optionsOf(element, props), dataOf(props), element)
  }
  // Before it is drawn: a place that grows by what is drawn in it would be measured again and again.
  element.style.height = `${props.heightPx ?? USUAL_HEIGHT_PX}px`
  redraw()
  const sizes = new ResizeObserver(() => {
    if (element.clientWidth !== widthPx) redraw()
  })
  sizes.observe(element)
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', redraw)
  return () => {
    sizes.disconnect()
    scheme.removeEventListener('change', redraw)
    plot?.destroy()
  }
}

/** The height at which each series ends where all stand on each other; the highest first, as the bands want them. */
function dataOf({ times, series }: ChartProps): UPlot.AlignedData {
  const heights = series.map((_, upTo) =>
    times.map((_, step) =>
      series.slice(0, upTo + 1).reduce((height, { values }) => height + (values[step] ?? 0), 0),
    ),
  )
  return [[...times], ...heights.reverse()]
}

function optionsOf(element: HTMLElement, props: ChartProps): UPlot.Options {
  const { times, stepSeconds, series, heightPx = USUAL_HEIGHT_PX, isUtc = false } = props
  const paths = UPlot.paths.bars?.({ size: [SHARE_OF_STEP, WIDEST_BAR_PX] })
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  return {
    ...{ width: element.clientWidth, height: heightPx },
    legend: { show: false },
    cursor: { show: false },
    ...(isUtc && { tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') }),
    scales: {
      // Half a step more at either end: a bar stands on the middle of its step.
      x: { range: () => [first - stepSeconds / 2, last + stepSeconds / 2] },
      y: { range: (_plot, _lowest, highest) => [0, Math.max(highest, LOWEST_TOP)] },
    },
    axes: axesOf(element, props),
    // Each begins where the next one ends.
    bands: series.slice(1).map((_, at): UPlot.Band => ({ series: [at + 1, at + 2] })),
    series: [
      {},
      ...series.toReversed().map(({ colour }): UPlot.Series => ({
        ...{ width: 0, fill: colourOf(element, colour), points: { show: false } },
        ...(paths && { paths }),
      })),
    ],
  }
}

function axesOf(element: HTMLElement, { stepSeconds, printAxis }: ChartProps): UPlot.Axis[] {
  const axis: UPlot.Axis = {
    stroke: colourOf(element, '--faint'),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    ticks: { show: false },
  }
  return [
    {
      ...axis,
      ...{ size: BELOW_PX, gap: 6, space: 56, grid: { show: false } },
      incrs: TIME_STEPS.filter((seconds) => seconds >= stepSeconds),
      values: (_plot, times) => times.map(printAxis),
    },
    {
      ...axis,
      ...{ size: LEFT_PX, gap: 6, space: 30, incrs: WHOLE_NUMBERS },
      grid: { stroke: colourOf(element, '--line'), width: 1 },
      values: (_plot, counts) => counts.map(printShort),
    },
  ]
}

/** What a colour of the page is in the scheme that is shown: a canvas knows neither `var` nor `light-dark`. */
function colourOf(element: HTMLElement, name: string): string {
  const before = element.style.color
  element.style.color = `var(${name})`
  const { color } = getComputedStyle(element)
  element.style.color = before
  return color
}

/** There is no half a call. */
const WHOLE_NUMBERS = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat()

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400
/** Between two times below the picture. */
const TIME_STEPS = [
  ...[5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28, 91].map((days) => days * DAY),
]
