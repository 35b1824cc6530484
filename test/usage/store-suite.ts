import type { Test } from 'tap'
import type { Call, CountedCall } from '../../src/usage/call.ts'
import { type MinuteCounts, type OutcomeCounts, noCounts } from '../../src/usage/minutes.ts'
import {
  type UsageBatch,
  type UsageLimits,
  type UsageStore,
  accountTotal,
  channelTotal,
} from '../../src/usage/store.ts'

export const LIMITS: UsageLimits = { keptDays: 400, keysPerDay: 1_000 }

export const DAY = '2026-11-22'

const CALL: Call = {
  account: 'acme',
  channel: 'sales',
  caller: 'shop',
  operation: 'sendTemplateMessage',
  outcome: 'accepted',
}

export function counted(count: number, changed: Partial<Call> = {}): CountedCall {
  return { ...CALL, ...changed, count }
}

export function batch(
  sequence: number,
  counts: CountedCall[],
  changed: Partial<UsageBatch> = {},
): UsageBatch {
  return { day: DAY, replica: 'one', sequence, counts, minutes: [], ...changed }
}

/** A minute such as `2026-11-22T13:07`, with the counts that are not 0. */
export function minute(text: string, counts: Partial<OutcomeCounts>): MinuteCounts {
  return { at: Date.parse(`${text}:00Z`), counts: { ...noCounts(), ...counts } }
}

/** Opens a store that was never used before. Closed on teardown. */
export type OpenUsageStore = (
  t: Test,
  limits: UsageLimits,
) => Promise<{
  readonly store: UsageStore
  /** Closes the store and opens what it left. */
  reopen(): Promise<UsageStore>
}>

/** In an order that does not depend on the store. */
export async function read(store: UsageStore, day = DAY): Promise<CountedCall[]> {
  const counts = [...(await store.read(day))]
  return counts.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

/** The minutes from one to another, in their order. */
export async function readMinutes(store: UsageStore, first: string, last: string): Promise<MinuteCounts[]> {
  const [from, to] = [first, last].map((text) => Date.parse(`${text}:00Z`)) as [number, number]
  return [...(await store.minutes(from, to))].sort((one, other) => one.at - other.at)
}

/** What every store of counts must do, whatever it keeps them in. */
export function testUsageStore(t: Test, open: OpenUsageStore): void {
  t.test('a new store has counted nothing', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    t.same(await read(store), [])
    t.same(await store.month('2026-11'), new Map())
    t.same(await read(await reopen()), [])
  })

  t.test('counts are added up, each combination for itself, and are still there later', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    await store.add(batch(1, [counted(2), counted(1, { outcome: 'not_sent' })]))
    await store.add(batch(2, [counted(3), counted(5, { caller: 'crm' })]))
    const expected = [counted(5, { caller: 'crm' }), counted(5), counted(1, { outcome: 'not_sent' })]
    t.same(await read(store), expected)
    t.same(await read(await reopen()), expected)
  })

  t.test('a batch that is sent again is not added again, nor after a new start', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    await store.add(batch(1, [counted(2)]))
    t.same(await store.add(batch(1, [counted(2)])), { folded: 0 })
    await store.add(batch(2, [counted(1)]))
    await store.add(batch(1, [counted(2)]))
    const again = await reopen()
    await again.add(batch(2, [counted(1)]))
    t.same(await read(again), [counted(3)])
    t.equal((await again.month('2026-11')).get(accountTotal('acme')), 3)
  })

  t.test('replicas with the same sequence are added up', async (t) => {
    const { store } = await open(t, LIMITS)
    await store.add(batch(1, [counted(2)]))
    await store.add(batch(1, [counted(40)], { replica: 'two' }))
    t.same(await read(store), [counted(42)])
  })

  t.test('each day has its own counts, each month its own totals', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    await store.add(batch(1, [counted(1)], { day: '2026-11-30' }))
    await store.add(batch(2, [counted(2)], { day: '2026-12-01' }))
    await store.add(batch(3, [counted(4)], { day: '2026-12-02' }))
    await store.add(batch(4, [counted(8)], { day: '2026-11-30' }))
    for (const next of [async () => store, reopen]) {
      const each = await next()
      t.same(await read(each, '2026-11-30'), [counted(9)])
      t.same(await read(each, '2026-12-01'), [counted(2)])
      t.same(await read(each, '2026-11-29'), [])
      t.equal((await each.month('2026-11')).get(accountTotal('acme')), 9)
      t.equal((await each.month('2026-12')).get(channelTotal('sales')), 6)
    }
  })

  t.test('the totals of a month are what was sent, by account and by channel', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    await store.month('2026-11')
    const outcomes = ['accepted', 'refused', 'unknown', 'not_sent'] as const
    await store.add(
      batch(
        1,
        outcomes.map((outcome, at) => counted(10 ** at, { outcome })),
      ),
    )
    await store.add(
      batch(2, [counted(5, { channel: 'support' }), counted(7, { account: 'other', channel: 'x' })]),
    )
    const expected = {
      'account:acme': 116,
      'channel:sales': 111,
      'channel:support': 5,
      'account:other': 7,
      'channel:x': 7,
    }
    for (const next of [async () => store, reopen]) {
      t.same(Object.fromEntries(await (await next()).month('2026-11')), expected)
    }
  })

  t.test('some totals of a month can be asked for by name', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    const many = Array.from({ length: 1_500 }, (_, at) => counted(at + 1, { channel: `line-${at}` }))
    await store.add(batch(1, many))
    const names = [channelTotal('nobody'), ...many.map(({ channel }) => channelTotal(channel)).slice(1)]
    for (const next of [async () => store, reopen]) {
      const totals = await (await next()).month('2026-11', names)
      t.equal(totals.size, 1_499, 'a name without calls has none')
      t.equal(totals.get(channelTotal('line-1499')), 1_500)
      t.notOk(totals.has(accountTotal('acme')))
      t.same(await (await next()).month('2026-11', []), new Map())
    }
  })

  t.test('a name can hold anything', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    const names = [
      'a"b',
      "a'b",
      'a\\',
      'a\nb',
      'a\0b',
      '{x}',
      '日本',
      '\u{1f600}',
      '__proto__',
      '["a","b"]',
      ' ',
      '\ud800',
    ]
    await store.add(
      batch(
        1,
        names.map((caller, at) => counted(at + 1, { caller })),
      ),
    )
    await store.add(
      batch(
        2,
        names.map((caller) => counted(1, { caller })),
      ),
    )
    const seen = Object.fromEntries(
      (await (await reopen()).read(DAY)).map(({ caller, count }) => [`-${caller}`, count]),
    )
    t.same(seen, Object.fromEntries(names.map((caller, at) => [`-${caller}`, at + 2])))
  })

  t.test('beyond its limit a day counts new callers together, and known ones as before', async (t) => {
    const { store, reopen } = await open(t, { ...LIMITS, keysPerDay: 3 })
    const callers = (...names: string[]) => names.map((caller) => counted(1, { caller }))
    t.same(await store.add(batch(1, callers('a', 'b'))), { folded: 0 })
    t.same(await store.add(batch(2, callers('c', 'd', 'a', 'e'))), { folded: 2 })
    const again = await reopen()
    t.same(await again.add(batch(3, callers('f', 'b'))), { folded: 1 })
    const expected = { '(other)': 3, a: 2, b: 2, c: 1 }
    t.same(Object.fromEntries((await read(again)).map(({ caller, count }) => [caller, count])), expected)
    t.equal((await again.month('2026-11')).get(accountTotal('acme')), 8, 'nothing is missing in the total')
    t.same(
      await again.add(batch(4, callers('z'), { day: '2026-11-23' })),
      { folded: 0 },
      'another day has room',
    )
  })

  t.test('a thousand counts are one step', async (t) => {
    const { store } = await open(t, { ...LIMITS, keysPerDay: 5_000 })
    const many = Array.from({ length: 1_000 }, (_, at) => counted(at + 1, { caller: `caller-${at}` }))
    await store.add(batch(1, many))
    await store.add(batch(2, many))
    t.equal((await store.month('2026-11')).get(accountTotal('acme')), 1_001_000)
    t.equal((await read(store)).length, 1_000)
  })

  t.test('batches that come at the same time are all added', async (t) => {
    const { store } = await open(t, LIMITS)
    const replicas = Array.from({ length: 20 }, (_, at) => `replica-${at}`)
    await Promise.all(replicas.map((replica) => store.add(batch(1, [counted(1)], { replica }))))
    t.same(await read(store), [counted(20)])
  })

  testMinutes(t, open)
}

function testMinutes(t: Test, open: OpenUsageStore): void {
  t.test('minutes are added up, each outcome for itself, and are still there later', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    t.same(await readMinutes(store, `${DAY}T00:00`, `${DAY}T23:59`), [])
    const all = { accepted: 1, refused: 20, unknown: 300, not_sent: 4_000 }
    await store.add(batch(1, [], { minutes: [minute(`${DAY}T13:07`, all)] }))
    const minutes = [minute(`${DAY}T13:07`, { refused: 5 }), minute(`${DAY}T13:08`, { accepted: 1 })]
    await store.add(batch(2, [counted(6)], { minutes }))
    for (const next of [async () => store, reopen]) {
      t.same(await readMinutes(await next(), `${DAY}T00:00`, `${DAY}T23:59`), [
        minute(`${DAY}T13:07`, { ...all, refused: 25 }),
        minute(`${DAY}T13:08`, { accepted: 1 }),
      ])
    }
  })

  t.test('minutes that are sent again are not added again, nor after a new start', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    const again = (sequence: number, replica = 'one') =>
      batch(sequence, [counted(1)], { replica, minutes: [minute(`${DAY}T13:07`, { accepted: 1 })] })
    for (const sequence of [1, 1, 2, 1, 2]) await store.add(again(sequence))
    await store.add(again(1, 'two'))
    const reopened = await reopen()
    await reopened.add(again(2))
    const expected = [minute(`${DAY}T13:07`, { accepted: 3 })]
    t.same(await readMinutes(reopened, `${DAY}T13:07`, `${DAY}T13:07`), expected)
  })

  t.test('minutes are found over the ends of hours, days and months, and no others', async (t) => {
    const { store, reopen } = await open(t, LIMITS)
    const texts = [
      ...['2026-11-29T23:59', '2026-11-30T00:00', '2026-11-30T22:59', '2026-11-30T23:00'],
      ...['2026-11-30T23:59', '2026-12-01T00:00', '2026-12-01T00:01', '2026-12-01T01:00'],
    ]
    for (const [at, text] of texts.entries()) {
      const minutes = [minute(text, { accepted: at + 1 })]
      await store.add(batch(at + 1, [], { day: text.slice(0, 10), minutes }))
    }
    for (const next of [async () => store, reopen]) {
      const each = await next()
      for (const [from, first] of texts.entries())
        for (const [to, last] of texts.entries()) {
          const found = await readMinutes(each, first, last)
          const expected = from <= to ? texts.slice(from, to + 1) : []
          t.same(
            found,
            expected.map((text, at) => minute(text, { accepted: from + at + 1 })),
            `${first} to ${last}`,
          )
        }
    }
  })

  t.test('a day of minutes is found whole', async (t) => {
    const { store } = await open(t, LIMITS)
    const start = Date.parse(DAY)
    const at = Array.from({ length: 1_440 }, (_, minute) => start + minute * 60_000)
    const counts = { ...noCounts(), accepted: 2, unknown: 1 }
    for (let hour = 0; hour < 24; hour += 4) {
      const minutes = at.slice(hour * 60, (hour + 4) * 60).map((at) => ({ at, counts }))
      await store.add(batch(hour + 1, [], { minutes }))
    }
    const found = await readMinutes(store, `${DAY}T00:00`, `${DAY}T23:59`)
    t.same(
      found.map((one) => one.at),
      at,
    )
    t.ok(found.every((one) => one.counts.accepted === 2 && one.counts.unknown === 1))
  })
}
