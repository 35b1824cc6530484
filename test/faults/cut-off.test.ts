import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  startGateway,
  startSandbox,
} from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'
import {
  ask,
  keyOf,
  numberInForce,
  read,
  readyz,
  rounded,
  startReads,
  until,
  setUpUnlimited,
} from './replicas.ts'
import { type TcpProxy, startTcpProxy } from '../helpers/tcp-proxy.ts'
import { folderOf } from '../helpers/folder.ts'

const CUT_OFF_MS = 4_000
const WAIT_MS = 500
const numbers = [SALES_NUMBER, SUPPORT_NUMBER]

interface Scene {
  readonly a: GatewayProgram
  readonly b: GatewayProgram
  /** Stands between b and Redis. */
  readonly proxy: TcpProxy
  readonly wati: string
}

async function startScene(t: Test): Promise<Scene> {
  const wati = await startSandbox(t)
  const redis = await startRedis(t)
  const proxy = await startTcpProxy(t, redis.port)
  const shared = { ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati, REPLICAS_WAIT_MS: String(WAIT_MS) }
  const folder = folderOf(t)
  const [a, b] = await Promise.all([
    startGateway(t, { ...shared, REDIS_URL: redis.url, DATA_DIR: `${folder}/a` }),
    startGateway(t, {
      ...shared,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      DATA_DIR: `${folder}/b`,
    }),
  ])
  await setUpUnlimited(a, wati)
  await until(
    ({ status }) => status === 200,
    () => read(b, 'support'),
  )
  return { a, b, proxy, wati }
}

/** What holds while `b` cannot reach Redis, and at once after it can again. */
async function cutOffAndHealed(t: Test, scene: Scene, breakIt: () => void): Promise<void> {
  const { a, b, proxy, wati } = scene
  await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number: SALES_NUMBER })
  const reads = startReads(t, b, ['sales', 'support'])
  const brokenAt = performance.now()
  breakIt()

  const first = await ask(b, 'PATCH', '/v1/channels/sales', { number: SALES_NUMBER })
  t.equal(first.status, 503, 'a change through the one that is cut off is refused')
  // REDIS_TIMEOUT_MS, 400 by default, and what a busy machine adds.
  t.ok(first.tookMs < 800, `in ${rounded(first.tookMs)} ms`)

  const write = await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number: SUPPORT_NUMBER })
  t.equal(write.status, 200, 'the others go on')
  t.equal(write.headers.get('wati-gateway-applied'), '1 of 2')
  t.ok(write.tookMs >= WAIT_MS && write.tookMs < WAIT_MS + 1_000, `after ${rounded(write.tookMs)} ms`)
  await ask(a, 'PUT', '/v1/channels/later', { account: 'acme', number: SALES_NUMBER })

  await until(
    (body) => /^200 .*"blind"/.test(body),
    () => readyz(b),
    3_000,
  )
  t.same(await read(b, 'later'), { status: 503, problem: 'store-unavailable' }, 'an unknown alias is 503')
  const later = await ask(b, 'PATCH', '/v1/channels/sales', { number: SALES_NUMBER })
  t.equal(later.status, 503)
  t.ok(later.tookMs < 500, `changes are still refused, in ${rounded(later.tookMs)} ms`)
  await sleep(CUT_OFF_MS - (performance.now() - brokenAt))
  t.equal(await numberInForce(b, 'sales', wati), SALES_NUMBER, 'the last picture stays in force')

  proxy.heal()
  const { tookMs } = await until(
    (seen) => seen === SUPPORT_NUMBER,
    () => numberInForce(b, 'sales', wati),
  )
  t.ok(tookMs < 1_000, `current ${rounded(tookMs)} ms after it could reach Redis again`)
  await until(
    ({ status }) => status === 200,
    () => read(b, 'later'),
    1_000,
  )
  t.match(await readyz(b), /^200 \{"status":"ready"\}/)
  t.same(Object.keys(await reads.stop()), ['200'], 'no request for a known alias failed')
  const again = await ask(a, 'DELETE', '/v1/channels/later?wait=all')
  t.equal(again.headers.get('wati-gateway-applied'), 'all')
}

t.test(
  'a replica whose connections to Redis are reset serves on, and catches up within a second',
  async (t) => {
    const scene = await startScene(t)
    await cutOffAndHealed(t, scene, scene.proxy.cut)
  },
)

t.test('a replica whose packets to Redis vanish serves on, and catches up within a second', async (t) => {
  const scene = await startScene(t)
  await cutOffAndHealed(t, scene, scene.proxy.blackHole)
})

t.test('it catches up within a second, whenever its packets come through again', async (t) => {
  const { a, b, proxy, wati } = await startScene(t)
  const took: string[] = []
  for (const cutOffMs of [100, 700, 1_600, 2_000, 2_400, 2_800]) {
    const [from = '', to = ''] = took.length % 2 === 0 ? numbers : [...numbers].reverse()
    await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number: from })
    proxy.blackHole()
    await ask(a, 'PATCH', '/v1/channels/sales', { number: to })
    await sleep(cutOffMs)
    proxy.heal()
    const { tookMs } = await until(
      (seen) => seen === to,
      () => numberInForce(b, 'sales', wati),
    )
    t.ok(tookMs < 1_000, `cut off for ${cutOffMs} ms, current ${rounded(tookMs)} ms later`)
    took.push(`${cutOffMs}: ${rounded(tookMs)}`)
  }
  t.comment(`ms cut off: ms until current again: ${took.join(', ')}`)
})
