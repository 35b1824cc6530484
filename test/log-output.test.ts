import { closeSync, openSync } from 'node:fs'
import t from 'tap'
import { LogOutput, type Outlet, droppedLines, openLogOutput } from '../src/log-output.ts'
import { makeLogger } from '../src/logging.ts'

/** An outlet that takes what it is told to take. */
class Tap {
  text = ''
  readonly #waiting: (() => void)[] = []
  isOpen = true

  readonly outlet: Outlet = (bytes, done) => {
    const take = (): void => {
      this.text += bytes.toString()
      done(null, bytes.length)
    }
    if (this.isOpen) setImmediate(take)
    else this.#waiting.push(take)
  }

  open(): void {
    this.isOpen = true
    for (const take of this.#waiting.splice(0)) take()
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }
}

const LINE = `${'x'.repeat(99)}\n`

t.test('lines leave in their order, those of one turn together', async (t) => {
  const written: string[] = []
  const output = new LogOutput((bytes, done) => {
    written.push(bytes.toString())
    done(null, bytes.length)
  }, 65_536)
  for (const line of ['a\n', 'b\n']) output.write(line)
  t.same(written, [], 'nobody waited for them')
  await output.flush(1_000)
  t.same(written, ['a\nb\n'])
})

t.test('what does not leave at once leaves later, every byte once', async (t) => {
  let text = ''
  const output = new LogOutput((bytes, done) => {
    text += bytes.subarray(0, 7).toString()
    setImmediate(() => done(null, Math.min(7, bytes.length)))
  }, 65_536)
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}\n`)
  for (const line of lines) output.write(line)
  await output.flush(1_000)
  t.equal(text, lines.join(''))
  t.equal(output.dropped, 0)
})

t.test(
  'while nobody takes them lines are kept up to the limit, the others are dropped and counted',
  async (t) => {
    const tap = new Tap()
    tap.isOpen = false
    const output = new LogOutput(tap.outlet, 100_000)
    for (let at = 0; at < 2_000; at++) output.write(LINE)
    t.equal(output.dropped, 1_100, 'a tenth of the 1,000 lines that fit is left to warnings')
    let said: number[] = []
    output.onFlowing = (dropped) => void (said = [...said, dropped])
    await new Promise((resolve) => setImmediate(resolve))
    tap.open()
    await output.flush(1_000)
    t.equal(tap.lines.length, 900)
    t.same(said, [1_100], 'once it flows again, it is said how many were lost')
  },
)

t.test('a warning finds room where everyday lines do not', async (t) => {
  const tap = new Tap()
  tap.isOpen = false
  const output = new LogOutput(tap.outlet, 65_536)
  const log = makeLogger('info', output)
  for (let at = 0; at < 1_000; at++) log.info('everyday')
  t.ok(output.dropped > 0)
  const before = output.dropped
  log.child({ plane: 'data' }).warn('hear this')
  t.equal(output.dropped, before)
  t.equal(droppedLines(log), before, 'a logger knows how many of its lines were dropped')
  await new Promise((resolve) => setImmediate(resolve))
  tap.open()
  await output.flush(1_000)
  t.match(tap.lines.at(-1), 'hear this')
})

t.test('a flush that cannot end gives up after its limit', async (t) => {
  const output = new LogOutput(() => undefined, 65_536)
  output.write(LINE)
  const startedAt = performance.now()
  await output.flush(50)
  t.ok(performance.now() - startedAt < 1_000)
})

t.test('a reader that is gone stops nothing: every line counts as dropped', async (t) => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const output = new LogOutput((_, done) => done(gone, 0), 65_536)
  for (let at = 0; at < 3; at++) output.write(LINE)
  await output.flush(1_000)
  output.write(LINE)
  await output.flush(1_000)
  t.equal(output.dropped, 4)
})

t.test('a full disk is tried again: what fits is kept meanwhile, in order', async (t) => {
  let isFull = true
  let text = ''
  const output = new LogOutput((bytes, done) => {
    if (isFull) done(Object.assign(new Error('no space'), { code: 'ENOSPC' }), 0)
    else {
      text += bytes.toString()
      done(null, bytes.length)
    }
  }, 65_536)
  for (let at = 0; at < 1_000; at++) output.write(`${at}${LINE}`)
  await output.flush(20)
  t.equal(text, '')
  isFull = false
  await output.flush(2_000)
  const lines = text.split('\n').slice(0, -1)
  t.ok(lines.length > 0)
  t.equal(lines.length + output.dropped, 1_000)
  t.same(
    lines.map((line) => Number.parseInt(line, 10)),
    lines.map((_, at) => at),
  )
})

t.test('a device that is always full costs nothing but the lines', async (t) => {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(fd))
  const output = openLogOutput(65_536, fd)
  for (let at = 0; at < 2_000; at++) output.write(LINE)
  await output.flush(50)
  t.ok(output.dropped > 1_000)
})
