import t from 'tap'
import { Ledger } from './ledger.ts'
import { type Result, mistakesOf, tableOf } from './report.ts'
import type { Vitals } from './vitals.ts'

/** A process that grows by so much in an hour, watched for so many minutes. */
function growing(mibPerHour: number, minutes: number): Vitals[] {
  return Array.from({ length: minutes + 1 }, (_, minute) => ({
    ...{ at: minute * 60_000, rssMib: 100 + (mibPerHour * minute) / 60, descriptors: 30 },
  }))
}

const QUIET = { before: 30, after: 30 }
const resultOf = (samples: Vitals[], quiet = QUIET, ledger = new Ledger()): Result => ({
  ...{
    seconds: 600,
    seed: 1,
    perSecond: 50,
    ledger,
    faults: new Map([['Redis frozen', 2]]),
    starvedMs: 3_000,
    excusedMs: 9_000,
  },
  watched: [{ name: 'a', samples, quiet }],
})

t.test('memory that grows for long enough is a leak', async (t) => {
  t.same(mistakesOf(resultOf(growing(200, 10))), ['the memory of a grows by 200.0 MiB an hour'])
  t.same(mistakesOf(resultOf(growing(30, 10))), [])
  t.same(mistakesOf(resultOf(growing(200, 2))), [], 'two minutes say nothing')
  t.same(mistakesOf(resultOf([])), [])
})

t.test('descriptors that stay open in quiet are a leak', async (t) => {
  const result = resultOf(growing(0, 10), { before: 30, after: 51 })
  t.same(mistakesOf(result), ['a has 21 descriptors more than before'])
})

t.test('whatever was not as it should be stands in the table', async (t) => {
  const ledger = new Ledger()
  ledger.count('send', '200 accepted')
  ledger.count('send', '500')
  ledger.accuse('failure', 'send heard 500')
  ledger.accuse('double', 'it came twice')
  const result = resultOf(growing(0, 10), QUIET, ledger)
  t.same(mistakesOf(result), ['1 failures', '1 doubles'])
  const table = tableOf(result)
  for (const line of [
    /^soak of 600 s, seed 1, /,
    /^requests {3}2$/m,
    /^ {2}send +1 × 200 accepted, 1 × 500$/m,
    /^ {4}2 {2}Redis frozen$/m,
    /slope \+0\.0 MiB an hour/,
    /descriptors first 30, last 30, highest 30; in quiet before the load 30, after it 30/,
    /^machine {4}too busy for 3 s, felt for 9 s; 0 failures then are not counted$/m,
    /^failures {3}1$/m,
    /failure: send heard 500$/m,
    /not well: 1 failures; 1 doubles$/,
  ])
    t.match(table, line)
})

t.test(
  'what fails while the machine does not keep up is no failure; what is untrue stays untrue',
  async (t) => {
    const ledger = new Ledger(() => true)
    ledger.accuse('failure', 'too late')
    ledger.accuse('untrue', 'a lie')
    t.same(ledger.counts, { failure: 0, excused: 1, untrue: 1, double: 0 })
    t.same(ledger.told, ['untrue: a lie'])
    t.same([...ledger.excused], [['too late', 1]], 'and it is told all the same')
  },
)
