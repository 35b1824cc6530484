import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import {
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  WATI_TOKEN,
  askAdmin,
  setUp,
  startGateway,
  startSandbox,
  token,
} from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { carriedOut, sendTemplate } from './pacing-scene.ts'
import { type Load, ask, keyOf, numberInForce, read, readyz, rounded, startLoad, until } from './replicas.ts'

/** Two gateways on one store, with callers that never stop, and what must hold whatever becomes of Redis. */

/** Between two requests of one caller: the machine has other things to do, too. */
const PAUSE_MS = 15
/** What is promised to admins while Redis is away, and what a busy machine may add. */
const PROMISED_MS = 500
const BUSY_MS = 400

const READER = token({ sub: 'reader', channels: ['*'], scope: 'templates:read' })

export interface LoadedPair {
  readonly gateways: readonly [GatewayProgram, GatewayProgram]
  readonly wati: string
  /** Ends the load: no request failed, none was sent twice, and all are counted. */
  readonly allServed: (t: Test) => Promise<void>
  /** The same, where Redis may have lost counts that it had acknowledged. */
  readonly noneFailed: (t: Test) => Promise<Counted>
}

export async function startLoadedPair(t: Test, store: Record<string, string>): Promise<LoadedPair> {
  const wati = await startSandbox(t)
  const settings = { ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati, ...store }
  const folder = folderOf(t)
  const [a, b] = await Promise.all([
    startGateway(t, { ...settings, DATA_DIR: `${folder}/a` }),
    startGateway(t, { ...settings, DATA_DIR: `${folder}/b` }),
  ])
  await setUp(a, wati)
  // A limit that is never reached is asked for all the same, and so Redis.
  const limits = { sendTemplateMessage: { max: 100_000, windowSeconds: 10 }, monthlyCalls: null }
  const account = { tenantId: TENANT, baseUrl: wati, token: WATI_TOKEN, limits }
  await askAdmin(a, 'PUT', '/v1/accounts/acme?wait=all', account)
  const loads = [a, b].flatMap((gateway) => [startReading(t, gateway), startSending(t, gateway)])
  const noneFailed: LoadedPair['noneFailed'] = async (t) => await served(t, loads, wati)
  return {
    gateways: [a, b],
    wati,
    noneFailed,
    allServed: async (t) => await counted(t, a, await noneFailed(t)),
  }
}

function startReading(t: Test, gateway: GatewayProgram): Load {
  let turn = 0
  return startLoad(t, 1, async () => {
    await sleep(PAUSE_MS)
    const alias = ++turn % 2 === 0 ? 'sales' : 'support'
    const { status, problem } = await read(gateway, alias, { caller: READER })
    return `${status} ${problem}`.trim()
  })
}

function startSending(t: Test, gateway: GatewayProgram): Load {
  return startLoad(t, 1, async () => {
    await sleep(2 * PAUSE_MS)
    return await sendTemplate(gateway, 'sales', 10)
  })
}

async function served(t: Test, loads: readonly Load[], wati: string): Promise<Counted> {
  const counts = await Promise.all(loads.map((load) => load.stop()))
  t.same([...new Set(counts.flatMap((count) => Object.keys(count)))], ['200'], 'no request failed')
  const sumOf = (from: number): number =>
    counts.filter((_, i) => i % 2 === from).reduce((sum, count) => sum + (count['200'] ?? 0), 0)
  const [reads, sends] = [sumOf(0), sumOf(1)]
  t.comment(`${reads} reads, ${sends} messages`)
  t.equal(await carriedOut(wati), sends, 'every message was sent once')
  return { reads, sends }
}

interface Counted {
  readonly reads: number
  readonly sends: number
}

async function counted(t: Test, gateway: GatewayProgram, { reads, sends }: Counted): Promise<void> {
  await until(
    (found) => found.reads === reads && found.sends === sends,
    async () => await usageOf(gateway),
    10_000,
  )
  t.pass('every call is counted once')
}

async function usageOf(gateway: GatewayProgram): Promise<Counted> {
  const countOf = async (filter: string): Promise<number> => {
    const { body } = await ask(gateway, 'GET', `/v1/usage?groupBy=caller&outcome=accepted&${filter}`)
    return ((body['items'] ?? []) as { count: number }[]).reduce((sum, { count }) => sum + count, 0)
  }
  return { reads: await countOf('caller=reader'), sends: await countOf('operation=sendTemplateMessage') }
}

export interface Fault {
  readonly name: string
  /** `blind`: nothing is heard of Redis. `current`: it tells of changes, and takes none. */
  readonly state: 'blind' | 'current'
  readonly begin: () => unknown
  readonly end: () => unknown
  /** How long it is looked at once it was noticed; 1.2 s. */
  readonly lastsMs?: number
  /** How long it may take after its end until all is well. */
  readonly healedWithinMs?: number
}

/** How long a fault lasts once it was noticed. */
const LASTS_MS = 1_200

/** What holds while a fault lasts, and after it. */
export async function holds(t: Test, { gateways, wati }: LoadedPair, fault: Fault): Promise<void> {
  const [a, b] = gateways
  const before = performance.now()
  const slowest: number[] = []
  await fault.begin()
  // From the first moment: nobody knows yet that Redis is away.
  slowest.push(await refusedWrites(t, a))
  for (const gateway of gateways) await whileItLasts(t, gateway, fault)
  while (performance.now() - before < (fault.lastsMs ?? LASTS_MS)) slowest.push(await refusedWrites(t, b))
  const longest = Math.max(...slowest)
  t.ok(longest < PROMISED_MS + BUSY_MS, `changes are refused within ${rounded(longest)} ms`)

  await fault.end()
  const endedAt = performance.now()
  for (const gateway of gateways)
    await until(
      (body) => /"ready"/.test(body),
      () => readyz(gateway),
      fault.healedWithinMs,
    )
  await catchesUp(t, a, b, wati)
  t.comment(
    `${fault.name}: refused within ${rounded(longest)} ms, all caught up ${rounded(performance.now() - endedAt)} ms after`,
  )
}

/** The longest of a few changes at once, all of which are refused. */
async function refusedWrites(t: Test, gateway: GatewayProgram): Promise<number> {
  const writes = await Promise.all(
    [1, 2, 3].map(
      async (i) => await ask(gateway, 'PATCH', '/v1/channels/support', { description: `no. ${i}` }),
    ),
  )
  t.same(
    writes.map(({ status, headers }) => [status, headers.has('retry-after')]),
    [1, 2, 3].map(() => [503, true]),
    'changes are 503',
  )
  return Math.max(...writes.map(({ tookMs }) => tookMs))
}

async function whileItLasts(t: Test, gateway: GatewayProgram, { state }: Fault): Promise<void> {
  const [status, problem] = state === 'blind' ? [503, 'store-unavailable'] : [404, 'unknown-channel']
  const { value } = await until(
    (found) => found.status === status,
    () => read(gateway, 'nobody'),
    3_000,
  )
  t.same(value, { status, problem }, 'what becomes of an unknown alias')
  t.match(await readyz(gateway), state === 'blind' ? /^200 .*"degraded".*"blind"/ : /^200 .*"ready"/)
}

/** Both have the same, all of it, and go on. A change that was refused may have been made: then at both. */
async function catchesUp(t: Test, a: GatewayProgram, b: GatewayProgram, wati: string): Promise<void> {
  // Not the channel that is sent from: a message whose number changes while it waits for its turn is not sent.
  const isFirst = (await numberInForce(b, 'support', wati)) === SUPPORT_NUMBER
  const [from, to, number] = isFirst ? [a, b, SALES_NUMBER] : [b, a, SUPPORT_NUMBER]
  // The first one may still meet the fault's last moment.
  const { value } = await until(
    ({ status }) => status === 200,
    () => ask(from, 'PATCH', '/v1/channels/support?wait=all', { number }),
  )
  t.equal(value.headers.get('wati-gateway-applied'), 'all', 'a change is in force on all replicas')
  t.equal(await numberInForce(to, 'support', wati), number)
  const [one, two] = await Promise.all(
    [a, b].map(async (each) => (await ask(each, 'GET', '/v1/channels')).body),
  )
  t.same(one, two)
  const replicas = (await ask(a, 'GET', '/v1/replicas')).body as {
    head: number
    items: { revision: number }[]
  }
  t.ok(
    replicas.items.every(({ revision }) => revision === replicas.head),
    'nobody is behind',
  )
}
