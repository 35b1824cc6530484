import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAX_TRIES = 5

/** A real `redis-server` of one test. */
export interface RedisServer {
  /** `redis://127.0.0.1:…` */
  readonly url: string
  readonly port: number
  pid(): number
  /** Ends it politely. */
  stop(): Promise<void>
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>
  /** Makes it hang: connections stay open, nothing is answered (SIGSTOP). */
  freeze(): void
  thaw(): void
  /** Starts it again, after `stop` or `kill`, on the same port and the same data. */
  restart(): Promise<void>
}

/**
 * Starts a Redis server on a free port of the loopback, in a folder of its own, and waits until it answers.
 * It keeps nothing on the disk unless `extraArgs` say so (`--appendonly yes`). Stopped by the test's teardown.
 */
export async function startRedis(
  t: { teardown(done: () => Promise<void>): void },
  ...extraArgs: string[]
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  let child: ChildProcessWithoutNullStreams | undefined
  t.teardown(async () => {
    if (child) await end(child, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  const start = async (port: number) => {
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', ...extraArgs]
    child = spawn('redis-server', args)
    killOnExit(child)
    await ready(child)
  }
  const port = await startOnFreePort(start)
  const running = () => child as ChildProcessWithoutNullStreams
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: () => Number(running().pid),
    stop: () => end(running(), 'SIGTERM'),
    kill: () => end(running(), 'SIGKILL'),
    freeze: () => void running().kill('SIGSTOP'),
    thaw: () => void running().kill('SIGCONT'),
    restart: () => start(port),
  }
}

/** Redis cannot be told to find a port itself; one that was free may be taken a moment later. */
async function startOnFreePort(start: (port: number) => Promise<void>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    try {
      await start(port)
      return port
    } catch (error) {
      if (tries === MAX_TRIES) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  // Throws when there is no such program.
  await once(child, 'spawn')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume()
      return
    }
  }
  throw new Error(`redis-server did not start:\n${lines.join('\n')}`)
}

/** A test file that runs out of time is ended before its teardowns are. */
function killOnExit(child: ChildProcessWithoutNullStreams): void {
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

async function end(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  // A frozen process hears a polite signal only when it is thawed.
  child.kill('SIGCONT')
  await exit
}
