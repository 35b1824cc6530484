import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'

/** A process that claims, sends and keeps in a folder until it is killed, or a write fails. */
export interface SendLoop {
  /** Each step that was acknowledged: `sending 7`, `kept 7`, `released 7`; `failed …` at last. */
  readonly lines: readonly string[]
  /** Resolves when at least so many steps were acknowledged, or the process ended. */
  steps(count: number): Promise<void>
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>
}

/** Every third is released, every third kept, and the rest left as it was being sent. */
const LOOP = `
import { createHash, randomUUID } from 'node:crypto'
process.on('SIGXFSZ', () => {})
const { openFileIdempotencyStore } = await import(process.argv[2])
const store = await openFileIdempotencyStore({ folder: process.argv[3], leaseMs: 60000, keptMs: 3600000 })
const one = async (i) => {
  const name = createHash('sha256').update(String(i)).digest('hex')
  const token = randomUUID()
  const { state } = await store.claim(name, { token, head: 'head', body: 'body' })
  if (state !== 'claimed') return
  await store.send(name, token)
  console.log('sending ' + i)
  if (i % 3 === 0) await store.keep(name, token, { head: 'head', body: 'body', sealed: 'outcome ' + i + ' '.repeat(i % 500) })
  if (i % 3 === 0) console.log('kept ' + i)
  if (i % 3 === 1) await store.release(name, token)
  if (i % 3 === 1) console.log('released ' + i)
}
try {
  for (let i = Number(process.argv[4]); ; i += 8) await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((k) => one(i + k)))
} catch (error) {
  console.log('failed ' + error)
  process.exit(0)
}
`

/** Starts the loop at a number. With \`maxFileKiB\` a longer file cannot be written, as on a full disk. */
export async function startSendLoop(
  t: Test,
  folder: string,
  from = 0,
  maxFileKiB?: number,
): Promise<SendLoop> {
  const loop = join(folder, 'loop.mjs')
  await writeFile(loop, LOOP)
  const module = pathToFileURL('dist/idempotency/file-store.js').href
  const command = [process.execPath, loop, module, folder, String(from)]
  const limited = ['bash', '-c', `ulimit -f ${maxFileKiB ?? 'unlimited'} && exec "$@"`, 'bash', ...command]
  const [program = '', ...args] = limited
  // No environment: NODE_OPTIONS may hold the loader that compiled code does without.
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  const ended = once(reader, 'close').then(() => undefined)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await Promise.all([ended, exited(child)])
  }
  t.teardown(kill)
  return {
    lines,
    kill,
    async steps(count) {
      let over = false
      void ended.then(() => (over = true))
      const isOver = (): boolean => over
      while (lines.length < count && !isOver()) await Promise.race([once(reader, 'line'), ended])
    },
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
