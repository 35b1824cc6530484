import { useMemo } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { printCount, printDay, printShortDay } from '../../messages/numbers.ts'
import { Chart, type Series } from '../../parts/chart.tsx'
import { type Dimension, type Usage, MOST_SERIES } from './usage.ts'

const { activity: texts } = messages

const DAY_SECONDS = 86_400
const HEIGHT_PX = 260

/** What happened to a call has the colour that says so. */
const OUTCOME_COLOURS: Readonly<Record<string, string>> = {
  accepted: '--accent',
  refused: '--warning',
  unknown: '--bad',
  not_sent: '--series-rest',
}

/** The calls of each day as bars, the largest sums at the bottom. */
export function UsageChart({ usage }: { usage: Usage }) {
  const { days, total } = usage
  const series = useMemo(() => seriesOf(usage), [usage])
  const [first = '', last = ''] = [days[0], days.at(-1)]
  return (
    <section class="card" aria-labelledby="usage-chart">
      <h2 id="usage-chart">{texts.chart}</h2>
      <Chart
        {...{ series, stepSeconds: DAY_SECONDS, isUtc: true, heightPx: HEIGHT_PX, total: texts.calls }}
        times={days.map((day) => Date.parse(day) / 1_000)}
        printAxis={(seconds) => printShortDay(dayOf(seconds))}
        printTime={(seconds) => printDay(dayOf(seconds))}
        summary={texts.chartSummary(printCount(total), printDay(first), printDay(last))}
      />
    </section>
  )
}

/** The value of a dimension in words. */
export function printValueOf(by: Dimension, value: string): string {
  return (by === 'outcome' ? texts.outcomes[value] : undefined) ?? value
}

function seriesOf({ by, series, rest, sums }: Usage): Series[] {
  const apart = series.map(({ value, byDay }, at) => ({
    label: printValueOf(by, value),
    values: byDay,
    colour: (by === 'outcome' ? OUTCOME_COLOURS[value] : undefined) ?? `--series-${at + 1}`,
  }))
  if (sums.length <= MOST_SERIES) return apart
  return [...apart, { label: texts.theRest, values: rest, colour: '--series-rest' }]
}

const dayOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10)
