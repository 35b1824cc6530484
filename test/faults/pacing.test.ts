import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SALES_NUMBER } from '../acceptance/processes.ts'
import { rounded } from './replicas.ts'
import { arrivalsAt, carriedOut, fullestTenSeconds, overload, startScene, stopAll } from './pacing-scene.ts'

const RUN_MS = 42_000

t.test(
  'two replicas under load: nothing for Wati to refuse, and hardly anything of the limit unused',
  async (t) => {
    const { a, b, wati } = await startScene(t)
    const loads = [...overload(t, a), ...overload(t, b)]
    await sleep(RUN_MS)
    const stoppedAt = Date.now()
    const counts = await stopAll(loads)
    const all = await arrivalsAt(wati)
    const sent = await carriedOut(wati)
    const arrivals = all.filter(({ at }) => at < stoppedAt)

    t.equal(sent, all.length, 'Wati refused none')
    t.same(
      Object.keys(counts).filter((name) => !['200', 'rate-limited'].includes(name)),
      [],
    )
    const { most } = fullestTenSeconds(all)
    t.ok(most <= 30, `${most} in the fullest ten seconds`)

    // From the first window on: the burst at the beginning is not counted.
    const from = arrivals[0]!.at + 10_000
    const later = arrivals.filter(({ at }) => at >= from)
    const lastedMs = later.at(-1)!.at - from
    const part = (later.length - 1) / ((lastedMs / 10_000) * 30)
    t.comment(
      `${arrivals.length} sent; ${(part * 100).toFixed(1)} % of the limit over ${rounded(lastedMs)} ms`,
    )
    t.ok(part >= 0.97, `${(part * 100).toFixed(1)} %`)

    const ofSales = later.filter(({ number }) => number === SALES_NUMBER).length / later.length
    t.comment(`the share of sales: ${(ofSales * 100).toFixed(1)} %`)
    t.ok(Math.abs(ofSales - 0.5) <= 0.025, 'within 5 % of its half')
    t.comment(`most in ten seconds: ${most}; answers: ${JSON.stringify(counts)}`)
  },
)
