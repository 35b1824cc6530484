import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { RESEED } from '../../src/directory/redis-scripts.ts'
import type { DirectoryStore, NewLife, SealedChange } from '../../src/directory/store.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { change, follow, pictureOf } from './store-suite.ts'

const { head, records } = REDIS_KEYS

interface Scene {
  readonly store: DirectoryStore
  readonly client: Redis
  /** The life that the store has had until now. */
  readonly lost: string
}

/** A store at revision 3 that has two records. */
async function startScene(t: Test): Promise<Scene> {
  const { url } = await startRedis(t)
  const store = openRedis(t, url)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'account:acme', 'a'))
  await store.commit(epoch, change(2, 'channel:sales', 'b'))
  await store.commit(epoch, change(3, 'channel:sales', 'c'))
  return { store, client: openClient(t, url), lost: epoch }
}

const newLife = (lost: string, revision = 3): NewLife => ({ epoch: 'new', revision, lost, deed: 'the deed' })

const RECORDS = [change(1, 'account:acme', 'a'), change(3, 'channel:sales', 'c')]

async function checkReseeded(
  t: Test,
  { store, client }: Scene,
  expected: readonly SealedChange[],
  revision = 3,
) {
  const picture = await pictureOf(store)
  t.match(picture, { epoch: 'new', revision })
  t.same(new Set(picture.records), new Set(expected))
  t.same(await store.history({ count: 10, newestFirst: true }), [])
  t.equal(await store.commit('new', change(revision + 1, 'channel:next', 'n')), 'committed')
  const follower = follow(t, store, { epoch: 'new', revision })
  await follower.reaches(revision + 1)
  follower.stop()
  t.match(await client.hgetall(head), { deed: 'the deed', records: String(expected.length + 1) })
  for (const key of await client.keys('*')) t.equal(await client.pttl(key), -1, `${key} stays`)
  t.same(await client.keys('*work*'), [], 'nothing else is left')
}

t.test('a server that was emptied gets the records back, and goes on from their revision', async (t) => {
  const scene = await startScene(t)
  await scene.client.flushall()
  t.equal(await scene.store.reseed(newLife(scene.lost), [RECORDS]), 'reseeded')
  await checkReseeded(t, scene, RECORDS)
})

t.test('many records, and none, can be written back', async (t) => {
  for (const count of [0, 1000]) {
    const scene = await startScene(t)
    await scene.client.flushall()
    const all = Array.from({ length: count }, (_, i) => change(i + 1, `channel:${i}`, `x${i}`))
    const batches = [all.slice(0, 300), [], all.slice(300)]
    t.equal(await scene.store.reseed(newLife(scene.lost, 1000), batches), 'reseeded')
    await checkReseeded(t, scene, all, 1000)
  }
})

for (const [what, spoil] of [
  ['went back to an older revision', ({ client }: Scene) => client.hset(head, 'revision', 2)],
  ['lost its head', ({ client }: Scene) => client.del(head)],
  ['lost its records', ({ client }: Scene) => client.del(records)],
  ['lost a part of its head', ({ client }: Scene) => client.hdel(head, 'revision')],
  [
    'was emptied, and made ready by a replica that starts',
    async ({ client, store }: Scene) => {
      await client.flushall()
      await pictureOf(store)
    },
  ],
] satisfies [string, (scene: Scene) => Promise<unknown>][]) {
  t.test(`a server that ${what} is written back`, async (t) => {
    const scene = await startScene(t)
    await spoil(scene)
    t.equal(await scene.store.reseed(newLife(scene.lost), [RECORDS]), 'reseeded')
    await checkReseeded(t, scene, RECORDS)
  })
}

for (const [what, alter] of [
  [
    'has another directory',
    async ({ client, store }: Scene) => {
      await client.flushall()
      const { epoch } = await pictureOf(store)
      await store.commit(epoch, change(1, 'channel:theirs', 'x'))
    },
  ],
  ['has lost nothing', async () => undefined],
  ['has gone on since', ({ store, lost }: Scene) => store.commit(lost, change(4, 'channel:later', 'x'))],
] satisfies [string, (scene: Scene) => Promise<unknown>][]) {
  t.test(`a server that ${what} is left alone`, async (t) => {
    const scene = await startScene(t)
    const { client, store, lost } = scene
    await alter(scene)
    const before = await dumps(client)
    t.equal(await store.reseed(newLife(lost), [RECORDS]), 'occupied')
    t.same(await dumps(client), before)
  })
}

async function dumps(client: Redis): Promise<string[]> {
  const keys = (await client.keys('*')).sort()
  return await Promise.all(
    keys.map(async (key) => `${key} ${(await client.dumpBuffer(key)).toString('base64')}`),
  )
}

t.test('nobody ever sees a half of what is written back', async (t) => {
  const { store, client, lost } = await startScene(t)
  const all = Array.from({ length: 2000 }, (_, i) => change(i + 1, `channel:${i}`, `x${i}`))
  const batches = Array.from({ length: 20 }, (_, i) => all.slice(i * 100, i * 100 + 100))
  await client.flushall()
  let isDone = false
  const reseeding = store.reseed(newLife(lost, 2000), batches).finally(() => (isDone = true))
  const seen = new Set<string>()
  const goesOn = (): boolean => !isDone
  while (goesOn()) {
    const answers = await client.multi().hget(head, 'epoch').hlen(records).exec()
    seen.add(JSON.stringify(answers?.map(([, answer]) => answer)))
  }
  t.equal(await reseeding, 'reseeded')
  seen.delete('["new",2000]')
  t.same([...seen], ['[null,0]'])
})

t.test('broken off it has changed nothing, and what is left of it goes away by itself', async (t) => {
  const scene = await startScene(t)
  const { client, store, lost } = scene
  await client.flushall()
  function* broken() {
    yield RECORDS
    throw new Error('broken off')
  }
  await t.rejects(store.reseed(newLife(lost), broken()), /broken off/)
  t.equal(await client.exists(head, records), 0)
  for (const key of await client.keys('*')) t.ok((await client.pttl(key)) > 0, key)
  t.equal(await store.reseed(newLife(lost), [RECORDS]), 'reseeded')
  await checkReseeded(t, scene, RECORDS)
})

t.test('when what was gathered is gone, evicted or expired, nothing is changed', async (t) => {
  const { client, lost } = await startScene(t)
  await client.hset(head, 'revision', 2)
  const before = await dumps(client)
  const args = [head, records, REDIS_KEYS.changes, 'gone', lost, lost, 'new', 3, 2, 'the deed']
  await t.rejects(client.eval(RESEED, 4, ...args), /the records are gone/)
  t.same(await dumps(client), before)
})
