import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, rounded, until } from './replicas.ts'
import {
  type Arrival,
  arrivalsAt,
  carriedOut,
  fullestTenSeconds,
  logged,
  overload,
  startScene,
  stopAll,
} from './pacing-scene.ts'

const between = (arrivals: readonly Arrival[], from: number, to = Infinity): Arrival[] =>
  arrivals.filter(({ at }) => at >= from && at < to)

t.test('while Redis is away each replica keeps to its share, and afterwards they share again', async (t) => {
  const { a, b, redis, wati } = await startScene(t)
  const loads = [...overload(t, a), ...overload(t, b)]
  await sleep(12_000)

  const killedAt = Date.now()
  await redis.kill()
  // Long enough that a moment in which the machine does other things is a small part of it.
  await sleep(32_000)
  for (const replica of [a, b]) {
    t.ok(logged(replica, '"alarm":"pacing-alone"'), 'it says so in the log')
    const metrics = await (await fetch(`${replica.admin}/metrics`)).text()
    t.match(metrics, /wati_gateway_pacing_alone 1/, 'and in the metrics')
  }

  const backAt = Date.now()
  await redis.restart()
  const { tookMs } = await until(
    (shared) => shared,
    async () => [a, b].every((replica) => logged(replica, 'shared with the other replicas again')),
    15_000,
  )
  t.comment(`shared again after ${rounded(tookMs)} ms`)
  await sleep(13_000)
  const counts = await stopAll(loads)
  const arrivals = await arrivalsAt(wati)
  const refusedByWati = arrivals.length - (await carriedOut(wati))
  t.same(
    Object.keys(counts).filter((name) => !['200', 'rate-limited', '429 of Wati'].includes(name)),
    [],
    'requests went on',
  )

  t.ok(fullestTenSeconds(between(arrivals, 0, killedAt)).most <= 30, 'before')
  const away = between(arrivals, killedAt + 10_000, backAt)
  t.ok(
    away.length >= 0.9 * 3 * ((backAt - killedAt - 10_000) / 1_000),
    `${away.length} left while it was away`,
  )
  const later = fullestTenSeconds(between(arrivals, killedAt + 10_000))
  t.ok(later.most <= 30, `${later.most} at most, from one window after; on the way back, too`)
  t.ok(between(arrivals, backAt + tookMs).length >= 30, 'they go on afterwards')
  t.comment(
    `${fullestTenSeconds(between(arrivals, killedAt - 10_000, killedAt + 10_000)).most} in the worst window around the kill, ${later.most} afterwards; Wati refused ${refusedByWati}; ${JSON.stringify(counts)}`,
  )
})

t.test('calls that wait when Redis goes away are neither lost nor refused', async (t) => {
  const limits = { sendTemplateMessage: { max: 4, windowSeconds: 2 } }
  const { a, b, redis, wati } = await startScene(t, { limits })
  const loads = [...overload(t, a, 2), ...overload(t, b, 2)]
  await sleep(3_000)
  redis.freeze()
  await sleep(6_000)
  t.ok(logged(a, '"alarm":"pacing-alone"') && logged(b, '"alarm":"pacing-alone"'), 'one that hangs is away')
  redis.thaw()
  await until(
    (shared) => shared,
    async () => [a, b].every((replica) => logged(replica, 'shared with the other replicas again')),
    15_000,
  )
  const { status } = await ask(a, 'GET', '/v1/replicas')
  t.equal(status, 200)
  const counts = await stopAll(loads)
  t.same(Object.keys(counts), ['200'], JSON.stringify(counts))
  t.equal(await carriedOut(wati), counts['200'])
})
