import type { Test } from 'tap'
import type { Call, CountedCall } from '../../src/usage/call.ts'
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
  return { day: DAY, replica: 'one', sequence, counts, ...changed }
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
}
