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
  /** Requests go to the channels `line-0` to `line-<aliases - 1>`. */
  readonly aliases: number
}

/** What came of it. */
export interface Measured {
  readonly perSecond: number
  readonly requests: number
  /** In milliseconds, from when the connection was free. */
  readonly p50: number
  readonly p99: number
}

export const CONNECTIONS = 64

interface Summary {
  readonly requests: number
  readonly microseconds: number
  readonly refused: number
  readonly broken: number
  readonly p50: number
  readonly p99: number
}

/** Sends as fast as answers come, from 64 connections. Throws when any request was not answered with success. */
export async function wrk(load: Load, seconds: number, folder: string, core: Core): Promise<Measured> {
  const [tokens, body] = [join(folder, 'tokens'), join(folder, 'body')]
  writeFileSync(tokens, `${load.tokens.join('\n')}\n`)
  writeFileSync(body, load.body)
  const script = new URL('wrk.lua', import.meta.url).pathname
  const options = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script]
  const args = [...options, load.url, '--', tokens, body, String(load.aliases)]
  const printed = await run('wrk', args, { core })
  const summary = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Summary
  if (summary.refused + summary.broken > 0) {
    throw new Error(`${load.url}: ${summary.refused} refused, ${summary.broken} broken of ${summary.requests}`)
  }
  return {
    perSecond: (summary.requests / summary.microseconds) * 1e6,
    requests: summary.requests,
    p50: summary.p50 / 1000,
    p99: summary.p99 / 1000,
  }
}
