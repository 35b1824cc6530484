import { randomBytes } from 'node:crypto'
import { existsSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Core, type Program, start } from './program.ts'
import { SECRET, adminToken, publicKeys } from './tokens.ts'

/** The number of the channel `line-0`, and what the account sends to Wati. */
export const NUMBER = '5511999990000'
export const WATI_TOKEN = 'wati_bench.dG9rZW4'
const LONGEST_START_MS = 60_000

export interface Gateway extends Program {
  /** The data plane's address. */
  readonly url: string
  readonly admin: string
  /** Empties the file of its lines, which would fill the disk in the end. */
  emptyLog(): void
}

interface GatewayOptions {
  readonly folder: string
  readonly name: string
  /** The origins that accounts may point to, separated by commas. */
  readonly upstream: string
  readonly redis: string
  /** The key ring; the same for all gateways before one Redis. */
  readonly keys: string
  readonly core: Core
  readonly nodeArgs?: readonly string[]
}

/** A ring of one new key. */
export function newKeys(): string {
  return `k1:${randomBytes(32).toString('base64')}`
}

/** As in the image's CMD. */
export const NODE_ARGS = ['--max-semi-space-size=32']

/**
 * Starts the built gateway as it runs in earnest: Redis, metrics, a log line for each request, into a file. Resolves
 * when it listens and its directory is loaded.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { folder, name, upstream, redis, keys, core, nodeArgs = [] } = options
  const logFile = join(folder, `${name}.log`)
  const keyFile = join(folder, `${name}.pem`)
  writeFileSync(keyFile, publicKeys)
  // Appended to, so that the file can be emptied under the gateway.
  const log = openSync(logFile, 'a')
  const settings = {
    ...{ PORT: '0', ADMIN_PORT: '0', DATA_DIR: join(folder, name), REDIS_URL: redis, ENCRYPTION_KEYS: keys },
    // Redis shares its core with the load, which leaves it little when other things run there, too.
    REDIS_TIMEOUT_MS: '5000',
    ...{ WATI_HOSTS: upstream, JWT_SECRET: SECRET, JWT_PUBLIC_KEYS: keyFile },
  }
  const args = [...NODE_ARGS, ...nodeArgs, new URL('../dist/main.js', import.meta.url).pathname]
  const program = start(process.execPath, args, { core, env: settings, output: log })
  const addresses = await addressesIn(logFile, program)
  return { ...program, ...addresses, emptyLog: () => ftruncateSync(log) }
}

interface LogLine {
  readonly msg: string
  readonly plane?: string
  readonly addresses?: readonly string[]
}

async function addressesIn(file: string, { child }: Program): Promise<{ url: string; admin: string }> {
  const latest = performance.now() + LONGEST_START_MS
  while (child.exitCode === null && performance.now() < latest) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    const said = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
    const of = (plane: string): string | undefined =>
      said.find((line) => line.plane === plane && line.msg.includes('accepts requests'))?.addresses?.[0]
    const [data, admin] = [of('data'), of('control')]
    const isLoaded = said.some(({ msg }) => msg === 'the directory is loaded')
    if (data !== undefined && admin !== undefined && isLoaded) {
      return { url: `http://${data}`, admin: `http://${admin}` }
    }
    await sleep(20)
  }
  throw new Error(`the gateway did not start:\n${readFileSync(file, 'utf8').slice(-2000)}`)
}

/** No limits of Wati's plans: the bench sends more in a second than a plan allows in an hour. */
export const UNLIMITED = {
  ...{ addContact: null, getContacts: null, getMessages: null },
  ...{ sendTemplateMessage: null, sendTemplateMessages: null },
}

/** Resolves when the sealed copy of the whole directory lies in the gateway's folder, as it does soon after a start. */
export async function untilCopied(folder: string): Promise<void> {
  const latest = performance.now() + LONGEST_START_MS
  const copy = join(folder, 'copy', 'directory.jsonl')
  while (!existsSync(copy)) {
    if (performance.now() > latest) throw new Error(`no copy of the directory was written: ${copy}`)
    await sleep(100)
  }
}

/** Writes an account and one channel of it: `line-0`, unless it is told otherwise. */
export async function setUp(
  gateway: Gateway,
  upstream: string,
  { account = 'acme', alias = 0 } = {},
): Promise<void> {
  const fields = { tenantId: '388428', baseUrl: upstream, token: WATI_TOKEN, limits: UNLIMITED }
  await put(gateway, `/v1/accounts/${account}`, fields)
  await put(gateway, `/v1/channels/line-${alias}`, { account, number: NUMBER })
}

async function put({ admin }: Gateway, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${adminToken()}`, 'content-type': 'application/json' }
  const answer = await fetch(admin + path, { method: 'PUT', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${text}`)
}
