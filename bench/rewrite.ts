import { median } from './median.ts'
import { figure } from './result.ts'
import { REWRITERS, type Rewriter } from './rewriters.ts'

/*
 * `npm run bench:rewrite`: how many bytes a second each rewriter takes, beside what a program would do that reads the
 * whole body and prints it anew. Both take turns in short batches; figures are medians of these.
 */

const BATCHES = 15
const BATCH_MS = 60

/** How often it can be called in a batch; warms it up as well. */
async function callsInBatch(call: Rewriter['ours']): Promise<number> {
  let calls = 1
  for (;;) {
    const took = await timeOf(call, calls)
    if (took > BATCH_MS / 2) return Math.ceil((calls * BATCH_MS) / took)
    calls *= 2
  }
}

/** In milliseconds. */
async function timeOf(call: Rewriter['ours'], calls: number): Promise<number> {
  const startedAt = performance.now()
  for (let i = 0; i < calls; i++) {
    // Only what is a promise is awaited: an empty turn would cost more than a small body.
    const result = call()
    if (result instanceof Promise) await result
  }
  return performance.now() - startedAt
}

async function measure({ name, bytes, ours, theirs, than }: Rewriter): Promise<string> {
  const calls = { ours: await callsInBatch(ours), theirs: await callsInBatch(theirs) }
  const perSecond = { ours: [] as number[], theirs: [] as number[] }
  for (let batch = 0; batch < BATCHES; batch++) {
    perSecond.ours.push((calls.ours * bytes) / 1000 / (await timeOf(ours, calls.ours)))
    perSecond.theirs.push((calls.theirs * bytes) / 1000 / (await timeOf(theirs, calls.theirs)))
  }
  const ratios = perSecond.ours.map((value, batch) => value / (perSecond.theirs[batch] ?? NaN))
  const microseconds = bytes / median(perSecond.ours)
  const cells = [
    ...[name, bytes.toLocaleString('en'), figure(perSecond.ours, ''), `${microseconds.toFixed(1)} µs`],
    ...[than, figure(perSecond.theirs, ''), figure(ratios, '')],
  ]
  return `| ${cells.join(' | ')} |`
}

process.stdout.write(
  `Node ${process.version}; MB a second, medians of ${BATCHES} batches of ${BATCH_MS} ms\n\n`,
)
process.stdout.write(
  '| rewriter | bytes | MB/s | a body | against | MB/s | ratio |\n|---|---|---|---|---|---|---|\n',
)
for (const rewriter of REWRITERS) process.stdout.write(`${await measure(rewriter)}\n`)
