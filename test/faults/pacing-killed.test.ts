import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, until } from './replicas.ts'
import {
  arrivalsAt,
  carriedOut,
  fullestTenSeconds,
  overload,
  sendTemplate,
  startScene,
  stopAll,
} from './pacing-scene.ts'

const SPACING_MS = 10_200 / 30

t.test('the turns of a replica that was killed are given up, and the others hardly notice', async (t) => {
  const { a, b, wati } = await startScene(t)
  const doomed = overload(t, a, 10)
  const loads = overload(t, b, 3)
  await until(
    ({ length }) => length >= 30,
    () => arrivalsAt(wati),
  )
  await sleep(11_000)
  const killedAt = Date.now()
  // Its callers do not come again.
  const ended = stopAll(doomed)
  await a.stop('SIGKILL')
  await ended
  await sleep(12_000)
  const stoppedAt = Date.now()
  const counts = await stopAll(loads)
  const sent = await carriedOut(wati)
  const arrivals = await arrivalsAt(wati)
  t.same(
    Object.keys(counts).filter((name) => !['200', 'rate-limited'].includes(name)),
    [],
  )
  t.equal(sent, arrivals.length, 'Wati refused none')
  t.ok(fullestTenSeconds(arrivals).most <= 30)
  const after = arrivals.filter(({ at }) => at >= killedAt && at < stoppedAt)
  const gaps = after.slice(1).map(({ at }, place) => at - after[place]!.at)
  const longest = Math.max(...gaps)
  t.comment(`${after.length} in 12 s after the kill; the longest gap ${longest} ms, the usual ${SPACING_MS}`)
  t.ok(after.length >= 0.85 * (12_000 / SPACING_MS), `${after.length} left`)
  t.ok(longest < 5 * SPACING_MS, `${longest} ms`)
})

t.test('a limit that changes holds at both replicas, for those that wait, too', async (t) => {
  const { a, b, wati } = await startScene(t)
  const loads = [...overload(t, a, 3), ...overload(t, b, 3)]
  await sleep(3_000)
  const { body } = await ask(a, 'GET', '/v1/accounts/acme')
  const { tenantId, baseUrl } = body
  const put = async (limits: object): Promise<number> => {
    const answer = await ask(b, 'PUT', '/v1/accounts/acme?wait=all', { tenantId, baseUrl, limits })
    t.equal(answer.status, 200)
    return Date.now()
  }
  const lowered = await put({ sendTemplateMessage: { max: 3, windowSeconds: 10 } })
  await sleep(12_000)
  const slow = (await arrivalsAt(wati)).filter(({ at }) => at > lowered)
  t.ok(fullestTenSeconds(slow).most <= 3, `${fullestTenSeconds(slow).most} in ten seconds`)
  await put({ sendTemplateMessage: { max: 30, windowSeconds: 10 } })
  t.equal(await sendTemplate(a, 'sales', 5), '200')
  const counts = await stopAll(loads)
  t.same(
    Object.keys(counts).filter((name) => !['200', 'rate-limited'].includes(name)),
    [],
    JSON.stringify(counts),
  )
})
