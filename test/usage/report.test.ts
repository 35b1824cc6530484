import fc from 'fast-check'
import t from 'tap'
import {
  COUNTED_OUTCOMES,
  type CountedCall,
  DIMENSIONS,
  type Dimension,
  callKey,
} from '../../src/usage/call.ts'
import { addDays, daysFrom } from '../../src/usage/day.ts'
import { TooManyRows, type UsageQuery, type UsageRow, rowsOf } from '../../src/usage/report.ts'
import { counted } from './store-suite.ts'

const FIRST = '2026-02-27'
const DAYS = [...daysFrom(FIRST, addDays(FIRST, 4))]

const anyCall: fc.Arbitrary<CountedCall & { day: string }> = fc.record({
  day: fc.constantFrom(...DAYS),
  account: fc.constantFrom('acme', 'beta'),
  channel: fc.constantFrom('sales', 'support', 'x'),
  caller: fc.constantFrom('shop', 'crm', 'a"b', ',', 'a\0b', '日本', ''),
  operation: fc.constantFrom('getContacts', 'GET contacts', 'sendTemplateMessage'),
  outcome: fc.constantFrom(...COUNTED_OUTCOMES),
  count: fc.integer({ min: 1, max: 1_000 }),
})

const anyQuery: fc.Arbitrary<UsageQuery> = fc
  .record({
    first: fc.nat({ max: 4 }),
    days: fc.nat({ max: 4 }),
    where: fc.record(
      {
        account: fc.constantFrom('acme', 'none'),
        channel: fc.constantFrom('sales', 'x'),
        caller: fc.constantFrom('shop', 'a"b', ''),
        operation: fc.constantFrom('GET contacts'),
        outcome: fc.constantFrom(...COUNTED_OUTCOMES),
      },
      { requiredKeys: [] },
    ),
    groupBy: fc.subarray([...DIMENSIONS], { minLength: 1 }),
  })
  .map(({ first, days, ...rest }) => ({
    from: addDays(FIRST, first),
    to: addDays(FIRST, first + days),
    ...rest,
  }))

/** As a store has them: of each combination and day one. */
function daysOf(calls: readonly (CountedCall & { day: string })[]): (day: string) => Promise<CountedCall[]> {
  return async (day) => {
    const found = new Map<string, CountedCall>()
    for (const { day: _day, ...call } of calls.filter((one) => one.day === day)) {
      const count = (found.get(callKey(call))?.count ?? 0) + call.count
      found.set(callKey(call), { ...call, count })
    }
    return [...found.values()]
  }
}

async function collect(rows: AsyncIterable<UsageRow>, most = Number.POSITIVE_INFINITY): Promise<UsageRow[]> {
  const found: UsageRow[] = []
  for await (const row of rows) {
    found.push(row)
    if (found.length === most) break
  }
  return found
}

/** What a person would do: filter, sum, sort. */
function naive(
  calls: readonly (CountedCall & { day: string })[],
  { from, to, where, groupBy }: UsageQuery,
): UsageRow[] {
  const wanted = calls.filter(
    (call) =>
      call.day >= from &&
      call.day <= to &&
      Object.entries(where).every(([name, value]) => call[name as keyof typeof where] === value),
  )
  const columns = DIMENSIONS.filter((dimension) => groupBy.includes(dimension))
  const sums = new Map<string, number>()
  for (const call of wanted) {
    const key = JSON.stringify(columns.map((column) => call[column]))
    sums.set(key, (sums.get(key) ?? 0) + call.count)
  }
  const rows = [...sums].map(([key, count]) => ({ values: JSON.parse(key) as string[], count }))
  const at = (row: UsageRow, column: number) => row.values[column] ?? ''
  return rows.sort((one, other) => {
    const column = columns.findIndex((_, index) => at(one, index) !== at(other, index))
    return column === -1 ? 0 : at(one, column) < at(other, column) ? -1 : 1
  })
}

t.test('a report is what filtering, summing and sorting give', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { maxLength: 60 }), anyQuery, async (calls, query) => {
      t.same(await collect(rowsOf(daysOf(calls), query)), naive(calls, query))
    }),
    { numRuns: 300 },
  )
})

t.test('pages put together are the whole, whatever the page size', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyCall, { maxLength: 40 }),
      anyQuery,
      fc.integer({ min: 1, max: 10 }),
      async (calls, query, size) => {
        const whole = await collect(rowsOf(daysOf(calls), query))
        const pages: UsageRow[] = []
        for (;;) {
          const last = pages.at(-1)
          const page = await collect(
            rowsOf(daysOf(calls), { ...query, ...(last && { after: last.values }) }),
            size,
          )
          pages.push(...page)
          if (page.length < size) break
        }
        t.same(pages, whole)
      },
    ),
    { numRuns: 200 },
  )
})

t.test('a page does not read the days before its cursor', async (t) => {
  const asked: string[] = []
  const read = async (day: string): Promise<CountedCall[]> => {
    asked.push(day)
    return [counted(1)]
  }
  const groupBy: Dimension[] = ['day', 'channel']
  const query = { from: '2026-01-01', to: '2026-01-31', where: {}, groupBy }
  const rows = await collect(rowsOf(read, { ...query, after: ['2026-01-20', 'sales'] }), 2)
  t.same(
    rows.map(({ values }) => values[0]),
    ['2026-01-21', '2026-01-22'],
  )
  t.same(asked, ['2026-01-20', '2026-01-21', '2026-01-22'], 'nor those behind its end')
})

t.test('a question with too many rows is refused before it fills the memory', async (t) => {
  const many = Array.from({ length: 100_001 }, (_, at) => counted(1, { caller: `caller-${at}` }))
  const read = async (day: string): Promise<CountedCall[]> =>
    many.map((call) => ({ ...call, caller: `${day} ${call.caller}` }))
  const query = { from: '2026-01-01', to: '2026-01-03', where: {} }
  await t.rejects(collect(rowsOf(read, { ...query, groupBy: ['caller'] })), TooManyRows)
  t.equal((await collect(rowsOf(read, { ...query, groupBy: ['channel'] })))[0]?.count, 300_003)
  t.equal((await collect(rowsOf(read, { ...query, groupBy: ['day', 'caller'] }), 250_000)).length, 250_000)
})
