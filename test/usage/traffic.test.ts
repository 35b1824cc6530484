import fc from 'fast-check'
import t from 'tap'
import { type MinuteCounts, noCounts } from '../../src/usage/minutes.ts'
import { type Traffic, type TrafficSpan, readTraffic } from '../../src/usage/traffic.ts'
import { minute } from './store-suite.ts'

const NOW = Date.parse('2026-11-22T13:07:42.123Z')

/** As a store gives them: those that begin in the time that is asked for. */
function readerOf(minutes: readonly MinuteCounts[]) {
  return async (first: number, last: number) => minutes.filter(({ at }) => at >= first && at <= last)
}

const timesOf = ({ steps }: Traffic): string[] => steps.map(({ at }) => new Date(at).toISOString())

t.test('an hour is sixty minutes, the running one last, each there without calls too', async (t) => {
  const traffic = await readTraffic(readerOf([]), 'hour', NOW)
  t.equal(traffic.stepSeconds, 60)
  t.equal(traffic.steps.length, 60)
  t.equal(timesOf(traffic)[0], '2026-11-22T12:08:00.000Z')
  t.equal(timesOf(traffic).at(-1), '2026-11-22T13:07:00.000Z')
  t.ok(traffic.steps.every(({ counts }) => Object.values(counts).every((count) => count === 0)))
})

t.test('a day is 96 quarters of an hour, the running one last', async (t) => {
  const traffic = await readTraffic(readerOf([]), 'day', NOW)
  t.equal(traffic.stepSeconds, 900)
  t.equal(traffic.steps.length, 96)
  t.equal(timesOf(traffic)[0], '2026-11-21T13:15:00.000Z')
  t.equal(timesOf(traffic).at(-1), '2026-11-22T13:00:00.000Z')
})

t.test('a minute is in the step in which it begins; what is older or still to come is in none', async (t) => {
  const minutes = [
    minute('2026-11-21T13:14', { accepted: 1 }),
    minute('2026-11-21T13:15', { accepted: 10 }),
    minute('2026-11-22T12:59', { refused: 100 }),
    minute('2026-11-22T13:00', { unknown: 1_000 }),
    minute('2026-11-22T13:07', { not_sent: 10_000, unknown: 2_000 }),
    minute('2026-11-22T13:15', { accepted: 100_000 }),
  ]
  const { steps } = await readTraffic(readerOf(minutes), 'day', NOW)
  t.same(
    steps.filter(({ counts }) => Object.values(counts).some((count) => count > 0)),
    [
      minute('2026-11-21T13:15', { accepted: 10 }),
      minute('2026-11-22T12:45', { refused: 100 }),
      minute('2026-11-22T13:00', { unknown: 3_000, not_sent: 10_000 }),
    ],
  )
})

t.test('whenever it is asked, steps follow each other, are aligned, and lose nothing', async () => {
  const span = fc.constantFrom<TrafficSpan>('hour', 'day')
  const anyTime = fc.integer({ min: NOW, max: NOW + 3 * 86_400_000 })
  await fc.assert(
    fc.asyncProperty(span, anyTime, fc.array(fc.nat({ max: 80_000_000 })), async (span, now, ages) => {
      const minutes = ages.map((age) => ({
        at: now - age - ((now - age) % 60_000),
        counts: { ...noCounts(), accepted: 1 },
      }))
      const { steps, stepSeconds } = await readTraffic(readerOf(minutes), span, now)
      const stepMs = stepSeconds * 1_000
      const last = steps.at(-1)?.at ?? 0
      if (last > now || last + stepMs <= now) throw new Error('the last step is not the running one')
      for (const [at, step] of steps.entries()) {
        if (step.at !== last - (steps.length - 1 - at) * stepMs) throw new Error('a step is missing')
        if (step.at % stepMs !== 0) throw new Error('a step is not aligned')
        const within = minutes.filter((one) => one.at >= step.at && one.at < step.at + stepMs)
        if (step.counts.accepted !== within.length) throw new Error('a step has another count')
      }
    }),
  )
})
