import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SUPPORT_NUMBER, TENANT, askAdmin, setUp, startGateway } from '../acceptance/processes.ts'
import { makeRandom } from '../faults/random.ts'
import { keyOf } from '../faults/replicas.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type TcpProxy, startTcpProxy } from '../helpers/tcp-proxy.ts'
import { Ledger } from './ledger.ts'
import { Machine } from './machine.ts'
import { type RecordingWati, startRecordingWati } from './recording-wati.ts'
import { type Life, Replica } from './replica.ts'
import { Troubles } from './troubles.ts'

/** Two gateways on one Redis, before one Wati, with networks that break; and the books that are kept of them. */
export interface Scene {
  /** Lives as long as the soak. */
  readonly a: Replica
  /** Is restarted, and killed. */
  readonly b: Replica
  readonly redis: RedisServer
  readonly redisNetwork: TcpProxy
  readonly wati: RecordingWati
  readonly watiNetwork: TcpProxy
  readonly troubles: Troubles
  /** The tries whose callers left in mid-upload. */
  readonly leftUploads: Set<string>
  readonly ledger: Ledger
  readonly machine: Machine
  /** For whoever looks for the reason of something. */
  readonly log: (line: string) => void
  /** One of the processes that are ready. */
  pick(): Life | undefined
}

/** Shorter than the presets, so that there are many faults in a short time, each with its end. */
const SETTINGS = {
  ENCRYPTION_KEYS: keyOf('k1'),
  REDIS_TIMEOUT_MS: '1000',
  IDEMPOTENCY_LEASE_MS: '1500',
  WATI_TIMEOUT_MS: '3000',
  WATI_BREAKER_OPEN_MS: '1000',
  ANSWER_TIMEOUT_MS: '3000',
  SHUTDOWN_DELAY_MS: '2000',
  // The machine has other things to do, too.
  OVERLOAD_EVENT_LOOP_DELAY_MS: '10000',
}
/** Never reached, and asked for all the same, and so Redis. */
const LIMITS = { sendTemplateMessage: { max: 100_000, windowSeconds: 10 }, monthlyCalls: null }

export async function startScene(
  t: { teardown(done: () => unknown): void },
  seed: number,
  log: (line: string) => void,
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const wati = await startRecordingWati(t, makeRandom(seed + 1))
  const watiNetwork = await startTcpProxy(t, wati.port)
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const redisNetwork = await startTcpProxy(t, redis.port)
  const watiUrl = `http://127.0.0.1:${watiNetwork.port}`
  const machine: Machine = new Machine(() => [
    redis.pid(),
    ...[a, b].flatMap(({ lives }) => lives.slice(-1)).map(({ pid }) => pid),
  ])
  t.teardown(() => machine.stop())
  const ledger = new Ledger((from, to) => machine.wasStarved(from, to))
  const replica = (name: string): Replica => {
    const settings = {
      ...SETTINGS,
      DATA_DIR: join(folder, name),
      WATI_HOSTS: watiUrl,
      REDIS_URL: `redis://127.0.0.1:${redisNetwork.port}`,
    }
    return new Replica(
      name,
      () => startGateway(t, settings),
      (what) => ledger.accuse('failure', what),
    )
  }
  const [a, b] = [replica('a'), replica('b')]
  await a.begin()
  await writeDirectory(a, watiUrl)
  await b.begin()
  const random = makeRandom(seed + 2)
  const pick = (): Life | undefined => {
    const ready = [a.life, b.life].filter(({ isReady }) => isReady)
    return ready[Math.floor(random() * ready.length)]
  }
  return {
    a,
    b,
    redis,
    redisNetwork,
    wati,
    watiNetwork,
    ledger,
    machine,
    log,
    troubles: new Troubles(),
    leftUploads: new Set(),
    pick,
  }
}

async function writeDirectory({ life: { gateway } }: Replica, baseUrl: string): Promise<void> {
  await setUp(gateway, baseUrl)
  const { status } = await askAdmin(gateway, 'PUT', '/v1/accounts/acme', {
    tenantId: TENANT,
    baseUrl,
    limits: LIMITS,
  })
  const spare = await askAdmin(gateway, 'PUT', '/v1/channels/spare', {
    account: 'acme',
    number: SUPPORT_NUMBER,
  })
  if (status !== 200 || spare.status !== 201) throw new Error(`the set-up failed: ${status}, ${spare.status}`)
}
