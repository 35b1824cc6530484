import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSigner } from 'fast-jwt'
import type { Test } from 'tap'

/** The programs as users start them: built, in their own processes. Nothing here comes from `src`. */

export const JWT_SECRET = 'an acceptance secret that is long enough, 48 bytes'

export interface Program {
  readonly process: ChildProcess
  readonly lines: string[]
  /** Resolves with the first line, past or future, that matches; fails when the program ends first. */
  line(pattern: RegExp): Promise<string>
  /** Resolves when the program has ended by itself, with its exit code. */
  ended(): Promise<number | string>
  /** Sends the signal and resolves with the exit code, or the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

/** Starts `node …args`, with these settings and no others of the gateway's. */
export function startProgram(
  t: Pick<Test, 'teardown'>,
  args: readonly string[],
  settings: Record<string, string> = {},
): Program {
  // tap would load its own loader into every Node process that a test starts.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const ended = async (): Promise<number | string> => {
    const [code, killedBy] = await exited
    return code ?? killedBy ?? 'unknown'
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return await ended()
  }
  t.teardown(() => stop('SIGKILL'))
  return { process: child, lines, ended, stop, line: (pattern) => awaitLine(lines, waiting, exited, pattern) }
}

async function awaitLine(
  lines: readonly string[],
  waiting: Set<() => void>,
  exited: Promise<unknown>,
  pattern: RegExp,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      const line = lines.find((one) => pattern.test(one))
      if (line === undefined) return
      waiting.delete(look)
      resolve(line)
    }
    waiting.add(look)
    void exited.then(() =>
      reject(new Error(`the program ended without ${String(pattern)}:\n${lines.join('\n')}`)),
    )
    look()
  })
}

export interface GatewayProgram extends Program {
  readonly data: string
  readonly admin: string
}

/**
 * Starts the built gateway on free ports and waits until both planes accept requests. With a folder of its own, gone
 * after the test: what one gateway keeps in its folder is another's only where the settings say so.
 */
export async function startGateway(
  t: Pick<Test, 'teardown'>,
  settings: Record<string, string>,
): Promise<GatewayProgram> {
  const own = { JWT_SECRET, PORT: '0', ADMIN_PORT: '0', DATA_DIR: settings['DATA_DIR'] ?? newFolder(t) }
  const program = startProgram(t, ['dist/main.js'], { ...own, ...settings })
  const [data, admin] = await Promise.all([addressOf(program, 'data'), addressOf(program, 'control')])
  return { ...program, data, admin }
}

function newFolder(t: Pick<Test, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function addressOf(program: Program, plane: string): Promise<string> {
  const line = await program.line(new RegExp(`"plane":"${plane}".*accepts requests`))
  const { addresses } = JSON.parse(line) as { addresses: string[] }
  return `http://${addresses[0] ?? ''}`
}

export const TENANT = '388428'
export const WATI_TOKEN = 'wati_11111111-2222-4333-8444-555555555555.YWNjZXB0YW5jZQ'
export const DEFAULT_NUMBER = '85264318721'
export const SALES_NUMBER = '85264318722'
export const SUPPORT_NUMBER = '5511999990001'

/** Starts the built sandbox and gives its address. */
export async function startSandbox(t: Test): Promise<string> {
  const numbers = [DEFAULT_NUMBER, SALES_NUMBER, SUPPORT_NUMBER].join(',')
  const args = ['dist/cli/main.js', 'sandbox', '--port', '0', '--tenant', TENANT, '--numbers', numbers]
  const program = startProgram(t, [...args, '--plan', 'unlimited'], { SANDBOX_TOKEN: WATI_TOKEN })
  const line = await program.line(/listens at http/)
  return /http:\/\/[0-9.:]+[0-9]/.exec(line)?.[0] ?? ''
}

/** A token signed with the gateway's secret, good for ten minutes. */
export function token(claims: Record<string, unknown>): string {
  return createSigner({ key: JWT_SECRET, algorithm: 'HS256', expiresIn: 600_000 })(claims)
}

export const adminToken = (): string => token({ sub: 'ops', scope: 'admin:read admin:write' })

/** Asks the control plane; gives status and body. */
export async function askAdmin(
  gateway: { admin: string },
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${gateway.admin}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken()}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

/** No limits: tests send more in a second than a plan allows in ten. */
const UNLIMITED = {
  addContact: null,
  getContacts: null,
  getMessages: null,
  sendTemplateMessage: null,
  sendTemplateMessages: null,
}

/** Writes one account and the channels `sales` and `support`. */
export async function setUp(gateway: { admin: string }, wati: string): Promise<void> {
  const account = { tenantId: TENANT, baseUrl: wati, token: WATI_TOKEN, limits: UNLIMITED }
  const written = [
    await askAdmin(gateway, 'PUT', '/v1/accounts/acme', account),
    await askAdmin(gateway, 'PUT', '/v1/channels/sales', { account: 'acme', number: SALES_NUMBER }),
    await askAdmin(gateway, 'PUT', '/v1/channels/support', { account: 'acme', number: SUPPORT_NUMBER }),
  ]
  const failed = written.find(({ status }) => status !== 201)
  if (failed) throw new Error(`the set-up failed: ${JSON.stringify(failed)}`)
}
