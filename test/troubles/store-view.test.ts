import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sealEntry } from '../../src/directory/entry.ts'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import type { DirectoryStore } from '../../src/directory/store.ts'
import { type StoreView, makeStoreLook } from '../../src/troubles/store-view.ts'
import { channelEntry } from '../directory/entries.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'

const SEAL = makeSeal(generateKey('k1'))

interface Scene {
  readonly redis: RedisServer
  readonly store: DirectoryStore
  readonly look: () => Promise<StoreView>
  /** Writes the next change, as one that was made so long ago. */
  readonly change: (agoMs: number) => Promise<void>
  readonly announce: (id: string, revision: number) => Promise<void>
}

async function startScene(t: Test, limitMs = 500): Promise<Scene> {
  const redis = await startRedis(t)
  const address = readRedisAddress({ REDIS_URL: redis.url, REDIS_SENTINEL_NAME: 'mymaster' })
  if (address === undefined) throw new Error('no address')
  const kept = { changesKept: 1_000, replicaForgottenMs: 600_000 }
  const store = openRedisStore({ address, commandTimeoutMs: 3_000, ...kept })
  t.teardown(() => store.close())
  const { epoch } = await store.load(() => undefined)
  let revision = 0
  return {
    ...{ redis, store, look: makeStoreLook({ store, seal: SEAL, limitMs }) },
    async change(agoMs) {
      revision += 1
      const at = new Date(Date.now() - agoMs).toISOString()
      await store.commit(epoch, sealEntry(SEAL, { ...channelEntry('sales'), at }, revision))
    },
    async announce(id, revision) {
      const appliedAt = new Date().toISOString()
      await store.announce({ id, epoch, revision, appliedAt, address: `${id}:8080`, keys: ['k1'] })
    },
  }
}

t.test(
  'it says how many changes each replica lacks, and for how long the first of them has been there',
  async (t) => {
    const { look, change, announce } = await startScene(t)
    t.same(await look(), { isAway: false, replicas: [] })
    for (const agoMs of [90_000, 60_000, 30_000]) await change(agoMs)
    await announce('current', 3)
    await announce('one-behind', 2)
    await announce('two-behind', 1)
    const view = await look()
    if (view.isAway) throw new Error(view.why)
    const byId = new Map(view.replicas.map((replica) => [replica.id, replica]))
    t.match(byId.get('current'), { address: 'current:8080', missing: 0, behindMs: 0 })
    t.equal(byId.get('one-behind')?.missing, 1)
    t.ok(isAbout(byId.get('one-behind')?.behindMs, 30_000))
    t.equal(byId.get('two-behind')?.missing, 2)
    t.ok(isAbout(byId.get('two-behind')?.behindMs, 60_000))
  },
)

t.test('it says for how long nobody has heard of a replica, by the clock of the store', async (t) => {
  const { look, announce } = await startScene(t)
  await announce('silent', 0)
  await sleep(120)
  await announce('talks', 0)
  const view = await look()
  if (view.isAway) throw new Error(view.why)
  const silent = view.replicas.find(({ id }) => id === 'silent')
  t.equal(view.replicas.find(({ id }) => id === 'talks')?.silentMs, 0)
  t.ok((silent?.silentMs ?? 0) >= 120)
  t.ok((silent?.silentMs ?? 0) < 3_000)
})

t.test('a change that does not open says no time, and keeps nobody from being told of', async (t) => {
  const { store, change, announce } = await startScene(t)
  await change(60_000)
  await announce('behind', 0)
  const look = makeStoreLook({ store, seal: makeSeal(generateKey('k2')), limitMs: 500 })
  t.match(await look(), { isAway: false, replicas: [{ id: 'behind', missing: 1, behindMs: 0 }] })
})

t.test('a store that is gone is away, and it says why', async (t) => {
  const { redis, look } = await startScene(t, 3_000)
  await redis.kill()
  t.match(await look(), { isAway: true, why: /^Redis \(127\.0\.0\.1:\d+\): ./ })
})

t.test(
  'a store that hangs is away when the limit is over; one that answers again is there again',
  async (t) => {
    const { redis, look } = await startScene(t, 150)
    redis.freeze()
    const before = performance.now()
    const views = await Promise.all([look(), look(), look()])
    const tookMs = performance.now() - before
    t.same(views, Array(3).fill({ isAway: true, why: 'no answer within 0.15 s' }))
    t.ok(tookMs < 1_500, `${Math.round(tookMs)} ms`)
    redis.thaw()
    for (let tries = 0; tries < 100 && (await look()).isAway; tries++) await sleep(20)
    t.match(await look(), { isAway: false })
  },
)

function isAbout(ms: number | undefined, expected: number): boolean {
  return ms !== undefined && ms >= expected && ms < expected + 10_000
}
