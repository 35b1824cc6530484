import { type Finding, judgeClock } from '../finding.ts'
import type { RedisClient } from './redis-client.ts'
import type { RedisConnection } from './redis-connection.ts'
import { judgeFailover } from './redis-failover.ts'
import { judgePersistence } from './redis-persistence.ts'

const OLDEST_VERSION = 7

/** What INFO and CONFIG GET say of a server; empty where it forbids to ask. */
export type Facts = ReadonlyMap<string, string>

/**
 * Looks whether Redis keeps what it is given, as `examineRedis` does, and what a failover may lose.
 * Never throws: a server that cannot be reached is a finding, too.
 */
export async function checkRedis(connection: RedisConnection): Promise<Finding[]> {
  try {
    return await examine(connection, judgeFailover)
  } catch (error) {
    return [
      {
        level: 'fail',
        what: (error as Error).message,
        advice: 'start it, or correct the address and its password',
      },
    ]
  }
}

/**
 * Looks whether Redis keeps what it is given: version, role, eviction, persistence, clock; on a Cluster, of each
 * master. Changes nothing. Throws an `Error` when it cannot be reached.
 */
export async function examineRedis(connection: RedisConnection): Promise<Finding[]> {
  return await examine(connection, () => [])
}

type Judge = (name: string, info: Facts, config: Facts) => Finding[]

async function examine(connection: RedisConnection, judgeMore: Judge): Promise<Finding[]> {
  const count = await connection.run(async (client) => nodesOf(client).length)
  const findings: Finding[] = []
  for (let index = 0; index < count; index += 1) {
    const name = count === 1 ? 'Redis' : `Redis master ${index + 1} of ${count}`
    findings.push(...(await checkNode(connection, { index, name, judgeMore })))
  }
  return findings
}

/** A command without a key goes to any master of a Cluster, so each is asked by itself. */
type Node = Pick<RedisClient, 'call'>

function nodesOf(client: RedisClient): Node[] {
  return client.isCluster && 'nodes' in client ? client.nodes('master') : [client]
}

async function checkNode(
  connection: RedisConnection,
  { index, name, judgeMore }: { index: number; name: string; judgeMore: Judge },
): Promise<Finding[]> {
  const call = async (...[command, ...args]: [string, ...string[]]): Promise<unknown> =>
    await connection.run(async (client) => await (nodesOf(client)[index] ?? client).call(command, ...args))
  const info = await permitted(async () => readInfo(String(await call('INFO'))))
  const config = await permitted(async () => readPairs(await call('CONFIG', 'GET', '*')))
  const clock = await permitted(async () => await readClock(call))
  return [
    ...judgeServer(name, info),
    judgePolicy(name, config?.get('maxmemory-policy') ?? info?.get('maxmemory_policy')),
    judgePersistence(name, info ?? new Map(), config ?? new Map()),
    ...judgeMore(name, info ?? new Map(), config ?? new Map()),
    ...(clock === undefined ? [] : [judgeClock(name, clock)]),
  ]
}

/** `undefined` when the server forbids the command, as managed ones do. */
async function permitted<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (/NOPERM|unknown (?:sub)?command|not allowed/i.test((error as Error).message)) return undefined
    throw error
  }
}

function judgeServer(name: string, info: Facts | undefined): Finding[] {
  const version = info?.get('redis_version')
  if (version === undefined) {
    return [
      {
        level: 'warn',
        what: `${name} answers, and forbids INFO`,
        advice: 'make sure it is version 7 or newer',
      },
    ]
  }
  const server: Finding =
    Number.parseInt(version, 10) >= OLDEST_VERSION
      ? { level: 'ok', what: `${name} answers, version ${version}` }
      : { level: 'fail', what: `${name} is version ${version}`, advice: 'use version 7 or newer' }
  if (info?.get('role') !== 'slave') return [server]
  return [server, { level: 'fail', what: `${name} is a read-only replica`, advice: 'lead to its master' }]
}

function judgePolicy(name: string, policy: string | undefined): Finding {
  if (policy === 'noeviction') return { level: 'ok', what: `${name} evicts nothing` }
  const advice = 'set maxmemory-policy to noeviction: full memory must refuse a write, never drop a channel'
  if (policy === undefined)
    return { level: 'warn', what: `${name} does not tell its maxmemory-policy`, advice }
  return { level: 'fail', what: `${name} has the maxmemory-policy ${policy}`, advice }
}

type Call = (...command: [string, ...string[]]) => Promise<unknown>

/** How far its clock is ahead of ours, in milliseconds; what the way there and back may account for is left out. */
async function readClock(call: Call): Promise<number> {
  const before = Date.now()
  const [seconds, microseconds] = (await call('TIME')) as [string, string]
  const after = Date.now()
  const theirs = Number(seconds) * 1_000 + Number(microseconds) / 1_000
  if (theirs < before) return theirs - before
  return Math.max(0, theirs - after)
}

function readInfo(text: string): Facts {
  const lines = text.split('\r\n').filter((line) => line.includes(':') && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** CONFIG GET: name, value, name, value, … */
function readPairs(answer: unknown): Facts {
  const flat = (answer as unknown[]).map(String)
  return new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : [])))
}
