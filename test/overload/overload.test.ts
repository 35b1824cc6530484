import t from 'tap'
import { type Load, Overload } from '../../src/overload/overload.ts'

const LIMITS: Load = { delayMs: 100, heapBytes: 1_000, memoryBytes: 2_000 }
const CALM: Load = { delayMs: 10, heapBytes: 500, memoryBytes: 900 }
const LATE: Load = { ...CALM, delayMs: 101 }
const FULL: Load = { ...CALM, heapBytes: 1_001 }

/** An overload that sees what it is told; gives what is scarce after each look. */
function start() {
  const lines: unknown[] = []
  const note =
    (level: string) =>
    (fields: object): void =>
      void lines.push({ level, ...fields })
  let load = CALM
  let garbageBytes = 0
  let collections = 0
  const overload = new Overload({
    limits: LIMITS,
    look: () => ({ ...load, heapBytes: load.heapBytes + garbageBytes }),
    collect() {
      collections++
      garbageBytes = 0
    },
    log: { error: note('error'), info: note('info') } as never,
  })
  return {
    overload,
    lines,
    collections: () => collections,
    litter: (bytes: number) => void (garbageBytes = bytes),
    see(...loads: Load[]): (string | undefined)[] {
      return loads.map((one) => {
        load = one
        overload.look()
        return overload.scarce
      })
    },
  }
}

t.test('one late look is nothing, two in a row are an overload', async (t) => {
  const { see } = start()
  t.strictSame(see(LATE, CALM, LATE, CALM), [undefined, undefined, undefined, undefined])
  t.strictSame(see(LATE, LATE), [undefined, 'event-loop'])
})

t.test('it is over after two looks in a row that are calm', async (t) => {
  const { see } = start()
  see(LATE, LATE)
  t.strictSame(see(CALM, LATE, CALM, CALM), ['event-loop', 'event-loop', 'event-loop', undefined])
})

t.test('each state is one line, with what is scarce, and in the end how many were refused', async (t) => {
  const { see, overload, lines } = start()
  see(LATE, LATE, LATE, LATE)
  for (let n = 0; n < 5; n++) overload.refuse()
  see(CALM, CALM, CALM)
  t.strictSame(lines, [
    { level: 'error', alarm: 'overloaded', scarce: 'event-loop' },
    { level: 'info', refused: 5 },
  ])
  see(LATE, LATE, CALM, CALM)
  t.strictSame(lines.at(-1), { level: 'info', refused: 0 }, 'counted anew')
})

t.test('a heap that is full of garbage is collected, and no overload', async (t) => {
  const { see, litter, collections } = start()
  litter(10_000)
  t.strictSame(see(CALM, CALM, CALM), [undefined, undefined, undefined])
  t.equal(collections(), 1)
})

t.test('a heap that stays full is an overload, and not collected at every look', async (t) => {
  const { see, collections } = start()
  t.strictSame(see(FULL, FULL), [undefined, 'heap'])
  see(...Array.from({ length: 10 }, () => FULL))
  t.ok(collections() <= 3, `${collections()} times in 12 looks`)
})

t.test('buffers outside of the heap count, too', async (t) => {
  const { see } = start()
  const buffers = { ...CALM, memoryBytes: 2_001 }
  t.strictSame(see(buffers, buffers), [undefined, 'memory'])
})
