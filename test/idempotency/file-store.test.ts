import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFileIdempotencyStore } from '../../src/idempotency/file-store.ts'
import type { IdempotencyStore } from '../../src/idempotency/store.ts'
import { startSendLoop } from './send-loop.ts'
import { type StoreTimes, claimOf, hashOf, testStore } from './store-suite.ts'

const TIMES = { leaseMs: 60_000, keptMs: 3_600_000 }
const FILE = 'idempotency.jsonl'

async function open(t: Test, folder: string, times: StoreTimes = TIMES): Promise<IdempotencyStore> {
  const store = await openFileIdempotencyStore({ folder, ...times })
  t.teardown(() => store.close())
  return store
}

/** Sends under a name, and keeps an outcome when there is one. */
async function sendAs(store: IdempotencyStore, name: string, sealed?: string): Promise<string> {
  const { token, ...rest } = claimOf()
  await store.claim(hashOf(name), { token, ...rest })
  await store.send(hashOf(name), token)
  if (sealed !== undefined) await store.keep(hashOf(name), token, { head: 'head', body: 'body', sealed })
  return token
}

async function stateOf(store: IdempotencyStore, name: string): Promise<string> {
  const found = await store.claim(hashOf(name), claimOf())
  return found.state === 'kept' ? `kept ${found.sealed}` : found.state
}

t.test('the embedded store does what every store does', async (t) => {
  testStore(t, async (t, times) => {
    const folder = t.testdir()
    const store = await open(t, folder, times)
    const reopen = async (): Promise<IdempotencyStore> => {
      await store.close()
      return await open(t, folder, times)
    }
    return { store, reopen }
  })
})

t.test(
  'what a process was sending when it ended is unknown at once, and what it had claimed is free',
  async (t) => {
    const folder = t.testdir()
    const store = await open(t, folder)
    await sendAs(store, 'sent')
    await store.claim(hashOf('claimed'), claimOf())
    await store.close()
    const next = await open(t, folder)
    t.equal(await stateOf(next, 'sent'), 'unknown')
    t.equal(await stateOf(next, 'claimed'), 'claimed')
  },
)

t.test('a last line that is torn is cut off, wherever it is torn', async (t) => {
  const folder = t.testdir()
  const store = await open(t, folder)
  await sendAs(store, 'one', 'first')
  await store.close()
  const whole = await readFile(join(folder, FILE))
  const kept = await open(t, folder)
  await sendAs(kept, 'two', 'second')
  await kept.close()
  const longer = await readFile(join(folder, FILE))
  for (const length of [whole.length + 1, whole.length + 40, longer.length - 1]) {
    await writeFile(join(folder, FILE), longer.subarray(0, length))
    const opened = await open(t, folder)
    t.equal(await stateOf(opened, 'one'), 'kept first')
    t.ok(['claimed', 'unknown'].includes(await stateOf(opened, 'two')))
    await sendAs(opened, 'three', 'third')
    await opened.close()
    const again = await open(t, folder)
    t.equal(await stateOf(again, 'three'), 'kept third', 'it can be written on')
    await again.close()
  }
  await writeFile(join(folder, FILE), Buffer.concat([whole, Buffer.from(`${'\0'.repeat(20)}\n`)]))
  const opened = await open(t, folder)
  t.equal(await stateOf(opened, 'one'), 'kept first', 'and a line whose middle never came to the disk')
})

t.test(
  'a file that is damaged elsewhere, or of another version, stops the start and says where',
  async (t) => {
    const folder = t.testdir()
    const store = await open(t, folder)
    await sendAs(store, 'one', 'first')
    await store.close()
    const whole = await readFile(join(folder, FILE), 'utf8')
    await writeFile(join(folder, FILE), whole.replace('"state":"sending"', '"state":"sended"'))
    await t.rejects(openFileIdempotencyStore({ folder, ...TIMES }), /idempotency\.jsonl is damaged at line 2/)
    await writeFile(join(folder, FILE), whole.replace('"version":1', '"version":2'))
    await t.rejects(openFileIdempotencyStore({ folder, ...TIMES }), /version 2, this gateway reads version 1/)
    await truncate(join(folder, FILE))
    await t.rejects(openFileIdempotencyStore({ folder, ...TIMES }), /damaged at line 1/)
  },
)

t.test('the file does not grow for ever, and loses nothing that still counts', async (t) => {
  const folder = t.testdir()
  const store = await open(t, folder)
  await sendAs(store, 'kept', 'outcome')
  await sendAs(store, 'unknown')
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 3_000; i += 1) {
    outcomes.push(
      sendAs(store, `free ${i}`).then(async (token) => {
        await store.release(hashOf(`free ${i}`), token)
      }),
    )
    if (i % 100 === 0) outcomes.push(sendAs(store, `kept ${i}`, `outcome ${i}`))
    if (i % 50 === 0) await Promise.all(outcomes.splice(0))
  }
  await Promise.all(outcomes)
  const { size } = await stat(join(folder, FILE))
  t.ok(size < 600_000, `${size} bytes are left of more than 900,000`)
  const looksRight = async (opened: IdempotencyStore, unknown: string): Promise<void> => {
    t.equal(await stateOf(opened, 'kept'), 'kept outcome')
    const wrong: number[] = []
    for (let i = 0; i < 3_000; i += 100) {
      if ((await stateOf(opened, `kept ${i}`)) !== `kept outcome ${i}`) wrong.push(i)
    }
    t.same(wrong, [])
    t.equal(await stateOf(opened, 'unknown'), unknown)
    t.equal(await stateOf(opened, 'free 7'), 'claimed')
  }
  await looksRight(store, 'running')
  await store.close()
  await looksRight(await open(t, folder), 'unknown')
})

t.test('what was acknowledged survives a kill at any moment', async (t) => {
  const folder = t.testdir()
  for (let round = 0; round < 5; round += 1) {
    const loop = await startSendLoop(t, folder, round * 100_000)
    await loop.steps(100 + round * 300)
    await loop.kill()
    const store = await open(t, folder)
    const states = new Map<string, string>()
    for (const line of loop.lines) {
      const [state = '', number = ''] = line.split(' ')
      states.set(number, state)
    }
    const wrong: string[] = []
    for (const [number, state] of states) {
      const found = await stateOf(store, number)
      // A step may have been done without having been acknowledged.
      const expected = {
        sending:
          Number(number) % 3 === 0
            ? /^unknown|^kept/
            : Number(number) % 3 === 1
              ? /unknown|claimed/
              : /unknown/,
        kept: new RegExp(`^kept outcome ${number} *$`),
        released: /^claimed$/,
      }[state]
      if (expected?.test(found) !== true) wrong.push(`${number}: ${state}, found ${found}`)
    }
    t.same(wrong, [], `${states.size} records`)
    await store.close()
  }
})

t.test('on a full disk nothing more may be sent, and what was written stays', async (t) => {
  const folder = t.testdir()
  const loop = await startSendLoop(t, folder, 0, 64)
  await loop.steps(Infinity)
  t.match(loop.lines.at(-1), /failed .*EFBIG/)
  const store = await open(t, folder)
  const acknowledged = loop.lines.filter((line) => line.startsWith('kept '))
  t.ok(acknowledged.length > 10)
  const lost: string[] = []
  for (const line of acknowledged) {
    if ((await stateOf(store, line.slice(5))).trimEnd() !== `kept outcome ${line.slice(5)}`) lost.push(line)
  }
  t.same(lost, [])
  await sendAs(store, 'later', 'x')
  t.equal(await stateOf(store, 'later'), 'kept x')
})

t.test('after a failed write the store goes on once there is room again', async (t) => {
  const folder = t.testdir()
  const store = await open(t, folder)
  await sendAs(store, 'one', 'first')
  await appendFile(join(folder, FILE), 'what a failed write has left')
  await sendAs(store, 'two', 'second')
  await store.close()
  const next = await open(t, folder)
  t.equal(await stateOf(next, 'two'), 'kept second')
})
