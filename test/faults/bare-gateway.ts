import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { JWT_SECRET } from '../acceptance/processes.ts'

export interface BareGateway {
  readonly pid: number
  readonly data: string
  readonly admin: string
}

/**
 * A gateway as it is outside of a test: tap puts a loader of its own into every Node process that is started
 * (NODE_OPTIONS), which takes some 30 MiB and a second. Resolves when it listens and its directory is loaded.
 */
export async function startBareGateway(t: Test, settings: Record<string, string>): Promise<BareGateway> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, 'dist/main.js'], {
    env: { PATH: process.env['PATH'], JWT_SECRET, PORT: '0', ADMIN_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const found = new Map<string, string>()
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, plane = '', addresses = [] } = JSON.parse(line) as LogLine
    if (/^the directory is (?:loaded$|that of the sealed copy)/.test(msg)) found.set('loaded', 'yes')
    if (/accepts requests/.test(msg)) found.set(plane, `http://${addresses[0] ?? ''}`)
    if (found.size < 3) continue
    child.stdout.resume()
    return { pid: child.pid ?? 0, data: found.get('data') ?? '', admin: found.get('control') ?? '' }
  }
  throw new Error('the gateway ended')
}

interface LogLine {
  readonly msg: string
  readonly plane?: string
  readonly addresses?: readonly string[]
}
