import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ReadAhead, ReadAheadBudget } from '../../src/gateway/read-ahead.ts'

const KIB = 1024
const PIECE = Buffer.alloc(16 * KIB, 'x')
/** What the stream itself takes in without being asked. */
const HIGH_WATER_BYTES = 64 * KIB
/** Longer than two looks. */
const A_WHILE_MS = 400

/** A body that never ends, and how much of it was taken. */
function startEndless(): { stream: PassThrough; taken: () => number } {
  let taken = 0
  const stream = new PassThrough({ highWaterMark: HIGH_WATER_BYTES / 2 })
  const push = (): void => {
    if (stream.destroyed) return
    taken += PIECE.length
    if (stream.write(PIECE)) setImmediate(push)
    else stream.once('drain', push)
  }
  push()
  return { stream, taken: () => taken }
}

t.test('nothing is read ahead while somebody asks now and then', async (t) => {
  const { stream, taken } = startEndless()
  t.teardown(() => stream.destroy())
  const ahead = new ReadAhead(stream, new ReadAheadBudget(1_000 * KIB))
  let asked = 0
  for await (const { length } of ahead) {
    asked += length
    await sleep(20)
    if (asked >= 20 * PIECE.length) break
  }
  t.ok(taken() <= asked + HIGH_WATER_BYTES + 2 * PIECE.length, `${taken()} taken of ${asked} asked for`)
})

t.test('of a body that nobody takes half the budget is held, and of all together the budget', async (t) => {
  const budget = new ReadAheadBudget(1_000 * KIB)
  const bodies = Array.from({ length: 4 }, startEndless)
  t.teardown(() => bodies.forEach(({ stream }) => stream.destroy()))
  const first = bodies[0]!
  const aheads = [new ReadAhead(first.stream, budget)]
  await sleep(A_WHILE_MS)
  const more = HIGH_WATER_BYTES + 2 * PIECE.length
  t.ok(first.taken() > 500 * KIB && first.taken() < 500 * KIB + more, `${first.taken() / KIB} KiB of one`)
  for (const { stream } of bodies.slice(1)) aheads.push(new ReadAhead(stream, budget))
  await sleep(A_WHILE_MS)
  const all = bodies.reduce((sum, { taken }) => sum + taken(), 0)
  t.ok(all < 1_000 * KIB + 4 * more, `${all / KIB} KiB of four`)
  for (const ahead of aheads) ahead.stop()
  t.ok(budget.allows(0), 'and what is let go of can be held again')
})

t.test('what was held comes first, and all of it in its order', async (t) => {
  const stream = new PassThrough()
  const ahead = new ReadAhead(stream, new ReadAheadBudget(1_000 * KIB))
  const sent = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251))
  for (let at = 0; at < 150_000; at += 5_000) stream.write(sent.subarray(at, at + 5_000))
  await sleep(A_WHILE_MS)
  stream.end(sent.subarray(150_000))
  const seen: Buffer[] = []
  for await (const chunk of ahead) seen.push(chunk)
  t.ok(Buffer.concat(seen).equals(sent))
  t.notOk(ahead.gone.aborted)
})

t.test('a body that breaks off is told of at once, and fails for whoever asks', async (t) => {
  const stream = new PassThrough()
  const ahead = new ReadAhead(stream, new ReadAheadBudget(1_000 * KIB))
  stream.write('abc')
  await sleep(A_WHILE_MS)
  stream.destroy(new Error('cut'))
  await new Promise((resolve) => ahead.gone.addEventListener('abort', resolve, { once: true }))
  t.match(ahead.gone.reason, { message: 'cut' })
  const asked = ahead[Symbol.asyncIterator]()
  t.equal(String((await asked.next()).value), 'abc')
  await t.rejects(asked.next(), { message: 'cut' })
})
