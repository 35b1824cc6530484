import { useMemo } from 'preact/hooks'
import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { printCount, printHour } from '../../messages/numbers.ts'
import { Chart } from '../../parts/chart.tsx'
import { Loaded } from '../../parts/view.tsx'
import { REFRESH_MS } from './refresh.ts'

const { overview: texts } = messages

type Span = 'hour' | 'day'
type Traffic = paths['/v1/traffic']['get']['responses'][200]['content']['application/json']
type Step = Traffic['items'][number]

const SPANS = {
  hour: { title: texts.lastHour, summary: texts.hourSummary },
  day: { title: texts.lastDay, summary: texts.daySummary },
} as const

const refusalsOf = ({ refused, not_sent }: Step): number => refused + not_sent

/** Calls, refusals and errors of the last hour or day. */
export function TrafficCard({ span }: { span: Span }) {
  const traffic = useResource(
    async (signal) => (await answer(api.GET('/v1/traffic', { params: { query: { span } }, signal }))).body,
    [span],
    REFRESH_MS,
  )
  const id = `traffic-${span}`
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{SPANS[span].title}</h2>
      <Loaded of={traffic}>{(data) => <TrafficChart {...{ span, data }} />}</Loaded>
    </section>
  )
}

function TrafficChart({ span, data: { items, stepSeconds } }: { span: Span; data: Traffic }) {
  const series = useMemo(
    () => [
      { label: texts.accepted, colour: '--accent', values: items.map(({ accepted }) => accepted) },
      { label: texts.refusals, colour: '--warning', values: items.map(refusalsOf) },
      { label: texts.errors, colour: '--bad', values: items.map(({ unknown }) => unknown) },
    ],
    [items],
  )
  const [accepted = 0, refusals = 0, errors = 0] = series.map(({ values }) => sum(values))
  const calls = accepted + refusals + errors
  return (
    <Chart
      {...{ series, stepSeconds, printAxis: printMoment, printTime: printMoment }}
      total={texts.calls}
      times={items.map(({ at }) => Date.parse(at) / 1_000)}
      summary={SPANS[span].summary(printCount(calls), printCount(refusals), printCount(errors))}
    />
  )
}

const printMoment = (seconds: number): string => printHour(new Date(seconds * 1_000).toISOString())

const sum = (values: readonly number[]): number => values.reduce((before, value) => before + value, 0)
