import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The core of the servers under test, and that of the load, the upstream and Redis. */
export const SERVER_CORE = 1
export const LOAD_CORE = 0

/** `undefined` leaves a program where the kernel puts it. */
export type Core = number | undefined

/** Does this machine let programs be pinned? */
export const CAN_PIN = spawnSync('taskset', ['-c', '1', 'true']).status === 0

export interface Program {
  readonly pid: number
  readonly child: ChildProcess
  /** Ends it, politely at first. */
  stop(): Promise<void>
}

interface StartOptions {
  readonly core: Core
  readonly env?: Readonly<Record<string, string>>
  /** Descriptors for what it prints; `pipe` when missing. */
  readonly output?: number
}

/** Nothing that was started may outlive the bench, however it ends. */
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** How long a program may take to end after SIGTERM. */
const LONGEST_END_MS = 5_000

/** Starts a program, pinned to a core, with these variables and no others but `PATH`. */
export function start(command: string, args: readonly string[], options: StartOptions): Program {
  const child = spawn(...pinned(command, args, options.core), {
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', options.output ?? 'pipe', options.output ?? 'inherit'],
  })
  running.add(child)
  const ended = once(child, 'close').finally(() => running.delete(child))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS)
    await ended
    clearTimeout(timer)
  }
  return { pid: child.pid ?? 0, child, stop }
}

function pinned(command: string, args: readonly string[], core: Core): [string, string[]] {
  if (!CAN_PIN || core === undefined) return [command, [...args]]
  return ['taskset', ['-c', String(core), command, ...args]]
}

/** Starts a TypeScript file of the bench in a process of its own; gives the address that it prints. */
export async function startServer(
  file: string,
  options: StartOptions,
): Promise<Program & { readonly url: string }> {
  const program = start(process.execPath, ['--import=tsx', new URL(file, import.meta.url).pathname], options)
  return { ...program, url: await firstLine(program) }
}

async function firstLine({ child }: Program): Promise<string> {
  if (child.stdout === null) throw new Error('its output goes elsewhere')
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume()
    return line
  }
  throw new Error(`${child.spawnfile} ended before it said where it listens`)
}

/** Runs a program to its end; gives what it printed. Throws when it fails. */
export async function run(command: string, args: readonly string[], options: StartOptions): Promise<string> {
  const { child } = start(command, args, options)
  const printed: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => printed.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  const text = Buffer.concat(printed).toString()
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (${String(code)}):\n${text}`)
  return text
}

/** Clock ticks a second, as the kernel tells processes. */
const TICKS = 100

/** What a process has used of processors since its start, in seconds; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const fields = procFile(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** What a process holds of memory, in MiB; NaN where there is no /proc. */
export function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]) / 1024
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
