import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Call, CountedCall } from '../../src/usage/call.ts'
import { COUNTED_OUTCOMES, DIMENSIONS } from '../../src/usage/call.ts'
import { FileUsage } from '../../src/usage/file-usage.ts'
import { type OutcomeCounts, noCounts } from '../../src/usage/minutes.ts'
import type { UsageBatch, UsageStore } from '../../src/usage/store.ts'
import { Usage, type UsageOptions } from '../../src/usage/usage.ts'
import { makeLogger } from '../../src/logging.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { LIMITS, counted, minute } from './store-suite.ts'

const NOON = Date.parse('2026-11-22T12:00:00Z')
const call = (changed: Partial<Call> = {}): Call => {
  const { count: _count, ...rest } = counted(0, changed)
  return rest
}

/** A store that fails as it is told to, before or after it has added what it was given. */
class Unreliable implements UsageStore {
  readonly #store: UsageStore
  readonly batches: UsageBatch[] = []
  namesAsked: readonly string[] | undefined
  failing: 'never' | 'before' | 'after' | 'month' = 'never'
  /** Called while it adds. */
  meanwhile: () => void = () => undefined

  constructor(store: UsageStore) {
    this.#store = store
  }

  async add(batch: UsageBatch) {
    this.batches.push(batch)
    this.meanwhile()
    if (this.failing === 'before') throw new Error('away')
    const added = await this.#store.add(batch)
    if (this.failing === 'after') throw new Error('the answer was lost')
    return added
  }

  async read(day: string) {
    if (this.failing !== 'never') throw new Error('away')
    return await this.#store.read(day)
  }

  async month(month: string, names?: readonly string[]) {
    if (this.failing !== 'never') throw new Error('away')
    this.namesAsked = names
    return await this.#store.month(month, names)
  }

  async minutes(first: number, last: number) {
    if (this.failing !== 'never') throw new Error('away')
    return await this.#store.minutes(first, last)
  }

  close = () => this.#store.close()
}

function start(t: Test, options: Partial<UsageOptions> = {}) {
  const files = new FileUsage({ folder: `${t.testdir()}/usage`, ...LIMITS, ...options })
  const store = new Unreliable(files)
  const log = new CapturedLog()
  const clock = { now: NOON }
  const begin = (replica: Partial<UsageOptions> = {}) => {
    const usage = new Usage({
      ...{
        store,
        log: makeLogger('trace', log),
        flushMs: 60_000,
        now: () => clock.now,
        ...LIMITS,
        ...options,
      },
      ...replica,
    })
    t.teardown(() => usage.close())
    return usage
  }
  return { usage: begin(), begin, store, files, log, clock }
}

function count(usage: Usage, times: number, changed: Partial<Call> = {}): void {
  for (let n = 0; n < times; n++) {
    usage.begin()
    usage.end(call(changed))
  }
}

const warnings = (log: CapturedLog) =>
  log.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ msg }) => msg)

/** By outcome. */
function sumOf(steps: readonly { readonly counts: OutcomeCounts }[]): OutcomeCounts {
  const sum = noCounts()
  for (const { counts } of steps) for (const outcome of COUNTED_OUTCOMES) sum[outcome] += counts[outcome]
  return sum
}

async function totalOf(files: UsageStore, ...days: string[]): Promise<number> {
  const counts = await Promise.all((days.length > 0 ? days : ['2026-11-22']).map((day) => files.read(day)))
  return counts.flat().reduce((sum, { count }) => sum + count, 0)
}

t.test(
  'what was counted is in the store after a write, on the day (UTC) on which the call was over',
  async (t) => {
    const { usage, files, clock } = start(t)
    clock.now = Date.parse('2026-11-22T23:59:59.999Z')
    count(usage, 3)
    clock.now += 1
    count(usage, 2)
    await usage.flush()
    t.same(await files.read('2026-11-22'), [counted(3)])
    t.same(await files.read('2026-11-23'), [counted(2)])
  },
)

t.test('a request that is no call of a channel is not counted', async (t) => {
  const { usage, store } = start(t)
  usage.begin()
  usage.end(undefined)
  await usage.flush()
  t.same(store.batches, [])
})

t.test('counts are written by themselves, every so often', async (t) => {
  const { files, begin } = start(t)
  const usage = begin({ flushMs: 10 })
  count(usage, 3)
  while ((await totalOf(files)) < 3) await nextTurn()
  count(usage, 1)
  while ((await totalOf(files)) < 4) await nextTurn()
})

t.test('a write that fails before it was carried out is made up for, once', async (t) => {
  const { usage, store, files, log } = start(t)
  store.failing = 'before'
  for (const n of [1, 2, 3]) {
    count(usage, n)
    await t.rejects(usage.flush(), { message: 'away' })
  }
  t.equal(await totalOf(files), 0)
  store.failing = 'never'
  await usage.flush()
  t.equal(await totalOf(files), 6)
  t.same(warnings(log), ['usage cannot be written: it is kept in memory meanwhile'], 'it is said once')
  t.match(log.lines.at(-1), { msg: 'usage is written again' })
})

t.test('a write whose answer was lost is not added twice, and what came after it is', async (t) => {
  const { usage, store, files } = start(t)
  store.failing = 'after'
  for (const n of [1, 2, 3]) {
    count(usage, n)
    await t.rejects(usage.flush())
  }
  t.equal(await totalOf(files), 1, 'the first batch is there, and is sent again as it was')
  store.failing = 'never'
  await usage.flush()
  t.equal(await totalOf(files), 6)
  t.same(
    store.batches.map(({ sequence }) => sequence),
    [1, 1, 1, 1, 2],
  )
})

t.test('whatever fails, each call is counted once', async (t) => {
  const step = fc.record({
    failing: fc.constantFrom('never', 'before', 'after', 'month'),
    counts: fc.nat({ max: 5 }),
    caller: fc.constantFrom('shop', 'crm'),
    outcome: fc.constantFrom('accepted', 'not_sent'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { usage, store, files } = start(t)
      let expected = 0
      let sent = 0
      for (const { failing, counts, caller, outcome } of steps) {
        store.failing = failing
        count(usage, counts, { caller, outcome })
        expected += counts
        if (outcome === 'accepted') sent += counts
        await usage.flush().catch(() => undefined)
        if (usage.calls('acme', 'sales').account !== sent) throw new Error('the estimate is wrong')
      }
      store.failing = 'never'
      await usage.close()
      const inMinutes = sumOf(await files.minutes(NOON - 60_000, NOON + 60_000))
      const isInMinutes = inMinutes.accepted === sent && inMinutes.not_sent === expected - sent
      return (
        (await totalOf(files)) === expected && usage.calls('acme', 'sales').account === sent && isInMinutes
      )
    }),
    { numRuns: 30 },
  )
})

t.test('a write is over when what was counted before it is written, however many calls go on', async (t) => {
  const { usage, store } = start(t)
  const limit = 50
  store.meanwhile = () => {
    if (store.batches.length < limit) count(usage, 1)
  }
  count(usage, 1)
  await usage.flush()
  t.equal(store.batches.length, 1, 'the next one has the rest')
  await usage.flush()
  t.equal(store.batches.length, 2)
})

t.test('a batch holds at most a thousand combinations', async (t) => {
  const { usage, store, files } = start(t, { keysPerDay: 10_000 })
  for (let n = 0; n < 2_500; n++) count(usage, 1, { caller: `caller-${n}` })
  await usage.flush()
  t.same(
    store.batches.map(({ counts }) => counts.length),
    [1_000, 1_000, 500],
  )
  t.equal(await totalOf(files), 2_500)
})

t.test('a key that was stolen cannot fill the memory, nor the store', async (t) => {
  const { usage, store, files, log } = start(t, { keysPerDay: 100 })
  store.failing = 'before'
  count(usage, 2, { caller: 'shop' })
  for (let n = 0; n < 1_000; n++) count(usage, 1, { caller: `made-up-${n}` })
  count(usage, 3, { caller: 'shop' })
  await t.rejects(usage.flush())
  store.failing = 'never'
  await usage.flush()
  for (let n = 0; n < 1_000; n++) count(usage, 1, { caller: `later-${n}` })
  await usage.flush()
  const counts = await files.read('2026-11-22')
  t.equal(counts.length, 101)
  t.equal(counts.find(({ caller }) => caller === 'shop')?.count, 5)
  t.equal(await totalOf(files), 2_005)
  t.equal(usage.calls('acme', 'sales').account, 2_005)
  const full = warnings(log).filter((msg) => String(msg).startsWith('too many different callers'))
  t.equal(full.length, 1, 'it is said once a day')
})

t.test('a name without end is cut', async (t) => {
  const { usage, files } = start(t)
  count(usage, 1, { caller: 'x'.repeat(10_000) })
  count(usage, 1, { caller: 'y'.repeat(256) })
  await usage.flush()
  const callers = (await files.read('2026-11-22')).map(({ caller }) => caller).sort()
  t.same(callers, [`${'x'.repeat(255)}…`, 'y'.repeat(256)])
})

t.test('the calls of a month', async (t) => {
  t.test('are known at once, as far as they were counted here', async (t) => {
    const { usage } = start(t)
    t.same(usage.calls('acme', 'sales'), { account: 0, channel: 0 })
    for (const outcome of ['accepted', 'refused', 'unknown', 'not_sent'] as const)
      count(usage, 1, { outcome })
    count(usage, 1, { channel: 'support' })
    t.same(usage.calls('acme', 'sales'), { account: 4, channel: 3 })
    t.same(usage.calls('acme', 'support'), { account: 4, channel: 1 })
    t.same(usage.calls('other', 'none'), { account: 0, channel: 0 })
    await usage.flush()
    t.same(usage.calls('acme', 'sales'), { account: 4, channel: 3 })
  })

  t.test('are those of all replicas after a write, also of one that has nothing to write', async (t) => {
    const { usage, begin } = start(t)
    const other = begin()
    await Promise.all([usage.flush(), other.flush()])
    count(usage, 5)
    count(other, 7)
    await usage.flush()
    t.equal(usage.calls('acme', 'sales').account, 5)
    await other.flush()
    t.equal(other.calls('acme', 'sales').account, 12)
    await usage.flush()
    t.equal(usage.calls('acme', 'sales').account, 12)
    t.equal(begin().calls('acme', 'sales').account, 0, 'a new one does not know yet')
  })

  t.test('are known to a new process once it has asked', async (t) => {
    const { usage, begin } = start(t)
    count(usage, 5)
    await usage.flush()
    const other = begin()
    await other.flush()
    t.same(other.calls('acme', 'sales'), { account: 5, channel: 5 })
  })

  t.test('are read from the store for those names alone that somebody asks for', async (t) => {
    const { usage, begin, store } = start(t, { neededTotals: () => ['account:acme', 'channel:sales'] })
    const other = begin()
    for (const channel of ['sales', 'support']) count(other, 3, { channel })
    await other.flush()
    await usage.flush()
    t.same(store.namesAsked, ['account:acme', 'channel:sales'])
    t.same(usage.calls('acme', 'sales'), { account: 6, channel: 3 })
    t.same(other.calls('acme', 'sales'), { account: 6, channel: 3 }, 'each once')
  })

  t.test('begin anew with the month', async (t) => {
    const { usage, clock, files } = start(t)
    clock.now = Date.parse('2026-11-30T23:59:59Z')
    count(usage, 3)
    await usage.flush()
    count(usage, 2)
    clock.now += 1_000
    t.same(usage.calls('acme', 'sales'), { account: 0, channel: 0 })
    count(usage, 1)
    t.same(usage.calls('acme', 'sales'), { account: 1, channel: 1 })
    await usage.flush()
    t.same(usage.calls('acme', 'sales'), { account: 1, channel: 1 })
    t.equal((await files.month('2026-11')).get('account:acme'), 5)
    t.equal((await files.month('2026-12')).get('account:acme'), 1)
  })

  t.test('stay known while the store is away', async (t) => {
    const { usage, store } = start(t)
    count(usage, 3)
    await usage.flush()
    store.failing = 'before'
    count(usage, 2)
    await t.rejects(usage.flush())
    count(usage, 1)
    t.equal(usage.calls('acme', 'sales').account, 6)
  })
})

t.test('the end', async (t) => {
  t.test('waits for calls that are not over, and writes them', async (t) => {
    const { usage, files } = start(t)
    usage.begin()
    count(usage, 1)
    const closing = usage.close()
    await nextTurn()
    usage.end(call())
    await closing
    t.equal(await totalOf(files), 2)
    await usage.close()
    t.equal(await totalOf(files), 2, 'a second end does nothing')
  })

  t.test('waits a second and no longer', async (t) => {
    const { usage, files } = start(t)
    usage.begin()
    count(usage, 1)
    await usage.close()
    t.equal(await totalOf(files), 1)
  })

  t.test('says how many calls it could not write', async (t) => {
    const { usage, store, log } = start(t)
    store.failing = 'before'
    count(usage, 2)
    await t.rejects(usage.flush())
    count(usage, 3)
    await usage.close()
    t.match(log.lines.at(-1), { level: 'error', calls: 5 })
  })

  t.test('tries again when only one write fails', async (t) => {
    const { usage, store, files } = start(t)
    count(usage, 2)
    const add = store.add.bind(store)
    store.add = async (batch) => {
      store.add = add
      await add(batch)
      throw new Error('the answer was lost')
    }
    await usage.close()
    t.equal(await totalOf(files), 2)
  })
})

t.test(
  'writes that are asked for at the same time are one, and all of them see what was counted before',
  async (t) => {
    const { usage, store } = start(t)
    await usage.flush()
    count(usage, 1)
    await Promise.all(Array.from({ length: 50 }, () => usage.flush()))
    t.equal(store.batches.length, 1)
  },
)

t.test('a report', async (t) => {
  const all = { from: '2026-11-22', to: '2026-11-22', where: {}, groupBy: DIMENSIONS }
  const rowsOf = async (usage: Usage, query: Parameters<Usage['report']>[0]) => {
    const rows = []
    for await (const row of usage.report(query)) rows.push(row)
    return rows
  }

  t.test('has what this process has just counted', async (t) => {
    const { usage } = start(t)
    count(usage, 2)
    t.same(await rowsOf(usage, all), [
      { values: ['2026-11-22', 'acme', 'sales', 'shop', 'sendTemplateMessage', 'accepted'], count: 2 },
    ])
  })

  t.test('fails when the store is away', async (t) => {
    const { usage, store } = start(t)
    store.failing = 'before'
    count(usage, 1)
    await t.rejects(rowsOf(usage, all))
  })

  t.test('reads no more days than can be kept', async (t) => {
    const { usage, store } = start(t, { keptDays: 40 })
    const asked: string[] = []
    store.read = async (day): Promise<readonly CountedCall[]> => {
      asked.push(day)
      return []
    }
    await rowsOf(usage, { ...all, from: '0001-01-01', to: '9999-12-31' })
    t.equal(asked[0], '2026-10-13')
    t.equal(asked.at(-1), '2026-11-23')
    t.equal(asked.length, 42)
  })
})

t.test('the traffic', async (t) => {
  t.test('has what this process has just counted, in the minute in which the call was over', async (t) => {
    const { usage, clock } = start(t)
    clock.now = NOON + 59_999
    count(usage, 2)
    count(usage, 1, { outcome: 'not_sent' })
    clock.now += 1
    count(usage, 4, { outcome: 'refused', caller: 'crm' })
    const { steps } = await usage.traffic('hour')
    t.same(steps.slice(-2), [
      minute('2026-11-22T12:00', { accepted: 2, not_sent: 1 }),
      minute('2026-11-22T12:01', { refused: 4 }),
    ])
    t.same(sumOf(steps.slice(0, -2)), noCounts())
    t.same((await usage.traffic('day')).steps.at(-1), minute('2026-11-22T12:00', sumOf(steps)))
  })

  t.test('is that of all replicas, over the end of a month', async (t) => {
    const { usage, begin, clock } = start(t)
    const other = begin()
    clock.now = Date.parse('2026-11-30T23:59:59Z')
    count(usage, 1)
    count(other, 2)
    clock.now = Date.parse('2026-12-01T00:00:01Z')
    count(usage, 4)
    count(other, 8)
    await other.flush()
    const { steps } = await usage.traffic('hour')
    t.same(steps.slice(-2), [
      minute('2026-11-30T23:59', { accepted: 3 }),
      minute('2026-12-01T00:00', { accepted: 12 }),
    ])
  })

  t.test('has the calls of a time when the store was away, each once, however long it was', async (t) => {
    const { usage, store, clock } = start(t)
    store.failing = 'before'
    for (let at = 0; at < 3 * 1_440; at++) {
      count(usage, 1)
      if (at === 100) await t.rejects(usage.traffic('day'), { message: 'away' })
      clock.now += 60_000
    }
    store.failing = 'never'
    const { steps } = await usage.traffic('day')
    t.equal(
      sumOf(steps).accepted,
      1_425,
      'the running quarter has only begun, and its minute has no call yet',
    )
    t.ok(
      steps.slice(0, -1).every(({ counts }) => counts.accepted === 15),
      'every other quarter is whole',
    )
    t.ok(
      store.batches.every(({ minutes }) => minutes.length <= 250),
      'no batch holds up the store',
    )
    t.equal(await totalOf(store, '2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25'), 3 * 1_440)
  })

  t.test('fails when the store is away, and is whole when it is back', async (t) => {
    const { usage, store } = start(t)
    for (const failing of ['before', 'after', 'month'] as const) {
      store.failing = failing
      count(usage, 1)
      await t.rejects(usage.traffic('hour'))
    }
    store.failing = 'never'
    t.equal(sumOf((await usage.traffic('hour')).steps).accepted, 3)
  })
})
