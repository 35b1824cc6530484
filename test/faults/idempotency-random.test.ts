import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type GatewayProgram, TENANT, askAdmin, setUp, startGateway } from '../acceptance/processes.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type CountingWati, type Deed, startCountingWati } from './counting-wati.ts'
import { type Heard, isFinal, liesOf, sendWithKey } from './keyed-sends.ts'
import { makeRandom } from './random.ts'
import { keyOf, read, until } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

/*
 * Sends with keys through two replicas while everything breaks at random: Wati resets, fails, stalls, answers late;
 * replicas are killed or stand still; Redis hangs, or is killed. Callers repeat with the same key until they know.
 * FAULTS_RUNS says how many sends (500), FAULTS_SEED repeats the choices, though not their timing.
 */
const RUNS = Number(process.env['FAULTS_RUNS'] ?? 500)
const SEED = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const AT_ONCE = 20
const LEASE_MS = 1_500

/** How often Wati does what, of a hundred. */
const DEEDS: readonly (readonly [Deed, number])[] = [
  ['answer', 58],
  ['answer-late', 12],
  ['fail', 5],
  ['reset', 6],
  ['cut-short', 4],
  ['silence', 3],
  ['too-many', 6],
  ['no-token', 6],
]

function chooseDeed(random: () => number): Deed {
  let left = random() * 100
  return DEEDS.find(([, share]) => (left -= share) < 0)?.[0] ?? 'answer'
}

interface Scene {
  readonly gateways: GatewayProgram[]
  readonly redis: RedisServer
  readonly wati: CountingWati
  readonly start: () => Promise<GatewayProgram>
  readonly random: () => number
}

async function startScene(t: Test): Promise<Scene> {
  const random = makeRandom(SEED)
  const wati = await startCountingWati(t, () => chooseDeed(random))
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const settings = {
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '500',
    ENCRYPTION_KEYS: keyOf('k1'),
    WATI_HOSTS: wati.url,
    IDEMPOTENCY_LEASE_MS: String(LEASE_MS),
    WATI_TIMEOUT_MS: '1000',
    LOG_LEVEL: 'fatal',
  }
  const folder = folderOf(t)
  let starts = 0
  const start = (): Promise<GatewayProgram> =>
    startGateway(t, { ...settings, LOG_LEVEL: 'info', DATA_DIR: `${folder}/${++starts}` })
  const gateways = await Promise.all([start(), start()])
  await setUp(gateways[0], wati.url)
  await limitCalls(gateways[0], wati.url)
  await until(
    ({ status }) => status !== 404 && status !== 503,
    () => read(gateways[1], 'sales'),
  )
  return { gateways, redis, wati, start, random }
}

/** So that some requests wait for their turn, with their key claimed and nothing sent. */
async function limitCalls(gateway: GatewayProgram, baseUrl: string): Promise<void> {
  const limits = { sendInteractiveButtonsMessage: { max: 30, windowSeconds: 1 } }
  const { status } = await askAdmin(gateway, 'PUT', '/v1/accounts/acme', {
    tenantId: TENANT,
    baseUrl,
    limits,
  })
  if (status !== 200) throw new Error(`the limits were not written: ${status}`)
}

/** Breaks one thing after the other until it is told to stop; then all is well again. */
function breakThings({ gateways, redis, start, random }: Scene): {
  stop: () => Promise<Record<string, number>>
} {
  const counts: Record<string, number> = {}
  let stopped = false
  const isStopped = (): boolean => stopped
  const running = (async () => {
    while (!isStopped()) {
      await sleep(100 + random() * 500)
      const which = random() < 0.5 ? 0 : 1
      const choice = random()
      const what =
        choice < 0.35 ? 'Redis hung' : choice < 0.5 ? 'Redis killed' : choice < 0.75 ? 'killed' : 'stopped'
      counts[what] = (counts[what] ?? 0) + 1
      if (what === 'Redis hung') {
        redis.freeze()
        await sleep(50 + random() * 1_200)
        redis.thaw()
      } else if (what === 'Redis killed') {
        await redis.kill()
        await sleep(random() * 500)
        await redis.restart()
      } else if (what === 'killed') {
        await gateways[which]!.stop('SIGKILL')
        gateways[which] = await start()
      } else {
        gateways[which]!.process.kill('SIGSTOP')
        await sleep(random() * 2 * LEASE_MS)
        gateways[which]!.process.kill('SIGCONT')
      }
    }
  })()
  return {
    async stop() {
      stopped = true
      await running
      return counts
    },
  }
}

const PATIENCE_MS = 120_000

/** Repeats with the same key until the outcome is known, and now and then once more. */
async function sendUntilKnown({ gateways, random }: Scene, key: string): Promise<Heard[]> {
  const heard: Heard[] = []
  const startedAt = performance.now()
  for (;;) {
    const signal = AbortSignal.timeout(random() < 0.15 ? Math.floor(random() * random() * 1_000) : 6_000)
    heard.push(await sendWithKey(gateways[random() < 0.5 ? 0 : 1]!, key, { signal }))
    if (heard.some(isFinal) && random() < 0.6) return heard
    if (performance.now() - startedAt > PATIENCE_MS)
      throw new Error(`never known: ${JSON.stringify(heard.at(-1))}`)
    await sleep(random() * 150)
  }
}

t.test(
  `${RUNS} sends with a key, whatever breaks, reach Wati once at most, and every answer is true`,
  async (t) => {
    t.comment(`FAULTS_SEED=${SEED}`)
    const scene = await startScene(t)
    const breaking = breakThings(scene)
    const heard = new Map<string, Heard[]>()
    let next = 0
    const caller = async (): Promise<void> => {
      while (next < RUNS) {
        const key = `key-${next++}`
        heard.set(key, await sendUntilKnown(scene, key))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, caller))
    const broken = await breaking.stop()
    const lies: string[] = []
    for (const [key, tries] of heard) {
      const arrivals = scene.wati.arrivals.filter((arrival) => arrival.key === key)
      lies.push(...liesOf(tries, arrivals).map((lie) => `${key}: ${lie}`))
    }
    t.equal(heard.size, RUNS)
    t.same(lies, [])
    const tries = [...heard.values()].flat()
    const counts: Record<string, number> = {}
    for (const { status, problem, outcome, isReplayed } of tries) {
      const what = [status, problem, outcome, ...(isReplayed ? ['replayed'] : [])]
        .filter((word) => word !== '')
        .join(' ')
      counts[what] = (counts[what] ?? 0) + 1
    }
    t.comment(`${tries.length} tries, ${scene.wati.arrivals.length} reached Wati`)
    t.comment(JSON.stringify(counts, undefined, 1))
    t.comment(JSON.stringify(broken))
  },
)
