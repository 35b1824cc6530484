import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Core, run } from './program.ts'

/** What is sent, over and over. */
export interface Load {
  readonly url: string
  /** As it is written in JSON. */
  readonly body: string
  /** Of the callers, in turn. */
  readonly tokens: readonly string[]
  /** Requests go to so many channels: `line-<firstAlias>`, and those after it. */
  readonly aliases: number
  readonly firstAlias: number
}

/** What came of it. */
export interface Measured {
  readonly requests: number
  readonly perSecond: number
  readonly seconds: number
  /** In milliseconds, from when a connection was free: of a server that is given all it can take. */
  readonly p50: number
  readonly p99: number
}

export type LoadTool = 'wrk' | 'autocannon'

export const CONNECTIONS = 64

/** After two seconds, its preset, wrk would call a request broken on a machine that does other things, too. */
const LONGEST_WAIT = '20s'

/** `wrk` where it is installed: autocannon takes the load's core for itself long before a fast server is busy. */
export function findLoadTool(): LoadTool {
  return spawnSync('wrk', ['--version']).error === undefined ? 'wrk' : 'autocannon'
}

/** What both tools print. */
interface Summary {
  readonly requests: number
  readonly microseconds: number
  readonly refused: number
  readonly broken: number
  /** In microseconds. */
  readonly p50: number
  readonly p99: number
}

interface LoadOptions {
  readonly tool: LoadTool
  readonly core: Core
  /** For what the tool reads. */
  readonly folder: string
}

/** Sends as fast as answers come, from 64 connections. Throws when any request was not answered with success. */
export async function sendAllItTakes(load: Load, seconds: number, options: LoadOptions): Promise<Measured> {
  const printed = await (options.tool === 'wrk' ? wrk : autocannon)(load, seconds, options)
  const summary = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Summary
  const { requests, microseconds, refused, broken, p50, p99 } = summary
  if (refused + broken > 0 || requests === 0) {
    throw new Error(`${load.url}: ${refused} refused and ${broken} broken of ${requests}`)
  }
  const took = microseconds / 1e6
  return { requests, perSecond: requests / took, seconds: took, p50: p50 / 1000, p99: p99 / 1000 }
}

async function wrk(load: Load, seconds: number, { core, folder }: LoadOptions): Promise<string> {
  const [tokens, body] = [join(folder, 'tokens'), join(folder, 'body')]
  writeFileSync(tokens, `${load.tokens.join('\n')}\n`)
  writeFileSync(body, load.body)
  const script = new URL('wrk.lua', import.meta.url).pathname
  const options = [
    '-t',
    '1',
    '-c',
    String(CONNECTIONS),
    '-d',
    `${seconds}s`,
    '--timeout',
    LONGEST_WAIT,
    '-s',
    script,
  ]
  const args = [tokens, body, String(load.aliases), String(load.firstAlias)]
  return await run('wrk', [...options, load.url, '--', ...args], { core })
}

async function autocannon(load: Load, seconds: number, { core, folder }: LoadOptions): Promise<string> {
  const order = join(folder, 'autocannon.json')
  writeFileSync(order, JSON.stringify({ ...load, seconds, connections: CONNECTIONS }))
  const script = new URL('autocannon.ts', import.meta.url).pathname
  return await run(process.execPath, ['--import=tsx', script, order], { core })
}
