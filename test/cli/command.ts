import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { adminToken } from '../helpers/running-gateway.ts'

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

const PATIENCE_MS = 60_000

/** Runs the built `wati-gateway` in a process of its own, with these variables and no others. */
export async function run(args: readonly string[], { env = {}, stdin = '' }: RunOptions = {}): Promise<Ran> {
  // tap would load its own loader into every Node process that a test starts.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, 'dist/cli/main.js', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  })
  // A command that does not read its input may have ended before it was written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

/** How an admin runs commands against one gateway. */
export type AsAdmin = (args: string | readonly string[], options?: RunOptions) => Promise<Ran>

/** Runs commands against the control plane at `url`, as an admin; a text of arguments is cut at its spaces. */
export function asAdmin(url: string): AsAdmin {
  return async (args, { env = {}, ...rest } = {}) => {
    const list = typeof args === 'string' ? args.split(' ') : args
    const ours = { WATI_GATEWAY_URL: url, WATI_GATEWAY_TOKEN: adminToken() }
    return await run(list, { env: { ...ours, ...env }, ...rest })
  }
}

/** The rows of a printed table, each as its cells; the headings are the first. */
export function cells(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
}

/** A file of this text, gone after the test; not in the test's own folder, which is the gateway's. */
export function fileOf(t: Test, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'wati-gateway-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}
