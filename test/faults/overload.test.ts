import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import t, { type Test } from 'tap'
import { readSettings } from '../../src/config.ts'
import { isProblem } from '../helpers/problem.ts'
import { JWT_SECRET, type Running, startRunning } from '../helpers/running-gateway.ts'

/** A process that cannot keep up refuses what it would otherwise be late with. */

const CHATS = '/channels/sales/api/v1/updateChatStatus'
const CONTACTS = '/channels/sales/api/v1/getContacts'
const CHANNEL = { account: 'acme', number: '85264318722' }
const NEVER = new Int32Array(new SharedArrayBuffer(4))
const MIB = 1024 * 1024

/** Keeps the process from doing anything for so long, and then lets it do a little, again and again. */
async function makeLate(isEnough: () => boolean): Promise<void> {
  while (!isEnough()) {
    Atomics.wait(NEVER, 0, 0, 250)
    await sleep(5)
  }
}

const alarms = ({ log }: Running) => log.lines.filter(({ alarm }) => alarm === 'overloaded')
const ends = ({ log }: Running) => log.lines.filter(({ msg }) => /no longer overloaded/.test(String(msg)))

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20)
}

t.test('while the event loop is late', async (t) => {
  const running = await startRunning(t, { settings: { OVERLOAD_EVENT_LOOP_DELAY_MS: '60' } })
  t.equal((await running.call('GET', CONTACTS)).status, 200, 'before')
  await makeLate(() => alarms(running).length > 0)
  // The state holds for a second: time enough for what follows.
  const before = running.log.lines.filter(({ msg }) => msg === 'request').length
  const reached = await running.reachedDuring(async () => {
    const answers = [
      await running.call('POST', CHATS, { json: {} }),
      await running.call('GET', CONTACTS, { claims: null }),
      await running.call('GET', '/nowhere'),
      await running.admin('GET', '/v1/channels'),
    ]
    for (const seen of answers) {
      t.equal(seen.headers['retry-after'], '2')
      isProblem(t, seen, 503, 'overloaded', seen === answers[0] ? 'not_sent' : undefined)
    }
    await goesOn(t, running)
  })
  t.strictSame(reached, [], 'nothing reached Wati')
  const requests = running.log.lines.filter(({ msg }) => msg === 'request')
  t.notOk(
    requests.slice(before).some(({ plane }) => plane === 'data'),
    'what is refused has no line of its own',
  )
  await until(() => ends(running).length > 0)
  t.match(alarms(running), [{ level: 'error', scarce: 'event-loop' }])
  t.match(ends(running), [{ level: 'info', refused: 4 }])
  t.equal((await running.call('GET', CONTACTS)).status, 200, 'and then it serves again')
})

/** Health, metrics, and what may end an overload. */
async function goesOn(t: Test, running: Running): Promise<void> {
  for (const ask of [running.call, running.admin]) {
    for (const path of ['/healthz', '/readyz']) t.equal((await ask('GET', path)).status, 200, path)
  }
  t.equal((await running.admin('PUT', '/v1/channels/sales', { json: CHANNEL })).status, 200, 'a write')
  const { status, text } = await running.admin('GET', '/metrics')
  t.equal(status, 200)
  t.match(text, 'wati_gateway_overloaded{scarce="event-loop"} 1')
  t.match(text, 'wati_gateway_overload_refused_total{plane="data"} 3')
  t.match(text, 'wati_gateway_overload_refused_total{plane="control"} 1')
}

t.test('while the heap is nearly full, and no longer once it is not', async (t) => {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  const percent = Math.ceil(((used + 100 * MIB) / limit) * 100)
  const running = await startRunning(t, { settings: { OVERLOAD_MEMORY_PERCENT: String(percent) } })
  t.equal((await running.call('GET', CONTACTS)).status, 200, 'before')
  const needed = (limit * percent) / 100 - used + 50 * MIB
  let held: number[] | undefined = new Array<number>(Math.ceil(needed / 8)).fill(0.5)
  await until(() => alarms(running).length > 0)
  t.match(alarms(running), [{ scarce: 'heap' }])
  t.equal((await running.call('GET', CONTACTS)).status, 503)
  t.ok(held.length > 0)
  held = undefined
  await until(() => ends(running).length > 0)
  t.equal((await running.call('GET', CONTACTS)).status, 200)
})

t.test('a start, and a burst of requests, are no overload', async (t) => {
  const { OVERLOAD_EVENT_LOOP_DELAY_MS: preset } = readSettings({ JWT_SECRET })
  const running = await startRunning(t, { settings: { OVERLOAD_EVENT_LOOP_DELAY_MS: String(preset) } })
  const burst = Array.from({ length: 300 }, () => running.call('GET', CONTACTS))
  const statuses = new Set((await Promise.all(burst)).map(({ status }) => status))
  t.strictSame([...statuses], [200])
  Atomics.wait(NEVER, 0, 0, 1_500)
  await sleep(20)
  t.equal((await running.call('GET', CONTACTS)).status, 200, 'nor is one long pause')
  t.strictSame(alarms(running), [])
})
