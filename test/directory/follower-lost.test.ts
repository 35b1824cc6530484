import t, { type Test } from 'tap'
import type { Redis } from 'ioredis'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { generateKey, makeSeal, type Seal } from '../../src/directory/seal.ts'
import type { DirectoryStore } from '../../src/directory/store.ts'
import { sealDeed } from '../../src/directory/deed.ts'
import { openEntry } from '../../src/directory/entry.ts'
import { makeWriter } from '../../src/directory/writer.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { startTcpProxy } from '../helpers/tcp-proxy.ts'
import { ORIGIN, channelEntry, removal, revocation } from './entries.ts'
import { contentOf, type Following, newSeal, startFollowing, writeChannels } from './following.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { pictureOf } from './store-suite.ts'

interface Scene {
  readonly one: Following
  readonly other: Following
  readonly client: Redis
  readonly url: string
  readonly seal: Seal
  readonly store: DirectoryStore
  readonly revision: number
}

/** Two replicas that have the same picture. */
async function startScene(t: Test, channels = 20): Promise<Scene> {
  const { url } = await startRedis(t)
  const seal = newSeal()
  const store = openRedis(t, url)
  const one = startFollowing(t, store, seal)
  await one.untilState('current')
  const other = startFollowing(t, openRedis(t, url), seal)
  const revision = await writeChannels(one.writer, channels)
  await other.until('all changes', ({ position }) => position?.revision === revision)
  return { one, other, client: openClient(t, url), url, seal, store, revision }
}

/** The last picture is in force, and nothing can be written. */
async function checkLost(t: Test, replica: Following, picture: unknown): Promise<void> {
  await replica.untilState('lost')
  t.same(contentOf(replica.directory), picture, 'the last picture is in force')
  t.same(replica.directory.find('nobody'), { known: false, why: 'blind' })
  await t.rejects(
    replica.writer.write(() => channelEntry('new')),
    /The store has lost the directory/,
  )
  const alarms = replica.log.lines.filter((line) => line['alarm'] === 'store-away')
  t.match(alarms, [{ state: 'lost' }], 'the log says so once')
}

t.test('a Redis that was emptied is written back by one replica, and all follow', async (t) => {
  const { one, other, client, url, seal, revision } = await startScene(t)
  await one.writer.write(() => revocation('leaked'))
  await one.writer.write(() => removal('channel', 'c3'))
  await other.until('all changes', ({ position }) => position?.revision === revision + 2)
  const picture = contentOf(one.directory)
  await client.flushall()
  await checkLost(t, one, picture)
  await checkLost(t, other, picture)
  t.same(await client.keys('*'), [], 'nobody writes by himself')

  t.equal(await other.writer.reseed(ORIGIN), 21)
  await one.untilState('current')
  t.same(contentOf(other.directory), picture)
  t.same(contentOf(one.directory), picture)
  t.equal(one.directory.isRevoked('leaked'), true)
  await one.until('the event', ({ position }) => position?.revision === revision + 3)
  t.equal(one.directory.position?.epoch, other.directory.position?.epoch)

  const { revision: next } = await one.writer.write(() => channelEntry('next'))
  t.equal(next, revision + 4, 'revisions go on')
  await other.until('the next change', ({ channels }) => channels.get('next')?.revision === next)
  const late = startFollowing(t, openRedis(t, url), seal)
  await late.untilState('current')
  t.same(contentOf(late.directory), contentOf(one.directory))
  await t.rejects(one.writer.reseed(ORIGIN), /The store has not lost the directory/)
})

t.test(
  'a directory of many records is written back, however long this replica takes to follow',
  async (t) => {
    const { one, other, client, seal, store } = await startScene(t, 3)
    const many = Array.from({ length: 1_500 }, (_, i) => channelEntry(`many${i}`))
    for (const entry of many) await one.writer.write(() => entry)
    await other.until('all', ({ channels }) => channels.size === 1_503)
    const picture = contentOf(one.directory)
    await client.flushall()
    await Promise.all([one.untilState('lost'), other.untilState('lost')])
    const hasty = makeWriter({ store, directory: one.directory, seal, applyTimeoutMs: 1 })
    t.equal(await hasty.reseed(ORIGIN), 1_504)
    await other.untilState('current')
    t.same(contentOf(other.directory), picture)
    const [event] = await store.history({ count: 1, newestFirst: true })
    t.match(openEntry(seal, event!), {
      action: 'directory.reseed',
      changes: [{ field: 'records', to: 1_504 }],
    })
  },
)

t.test('a Redis that is lost again and again is written back each time', async (t) => {
  const { one, other, client } = await startScene(t, 3)
  const picture = contentOf(one.directory)
  for (const replica of [one, other, one]) {
    await client.flushall()
    await Promise.all([one.untilState('lost'), other.untilState('lost')])
    await replica.writer.reseed(ORIGIN)
    await Promise.all([one.untilState('current'), other.untilState('current')])
    t.same(contentOf(one.directory), picture)
    t.same(contentOf(other.directory), picture)
  }
})

t.test('of two replicas that write back at the same moment one does, and the other follows', async (t) => {
  const { one, other, client } = await startScene(t, 3)
  const picture = contentOf(one.directory)
  await client.flushall()
  await Promise.all([one.untilState('lost'), other.untilState('lost')])
  const results = await Promise.allSettled([one.writer.reseed(ORIGIN), other.writer.reseed(ORIGIN)])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await Promise.all([one.untilState('current'), other.untilState('current')])
  t.equal(one.directory.position?.epoch, other.directory.position?.epoch)
  t.same(contentOf(one.directory), picture)
  t.same(contentOf(other.directory), picture)
})

t.test('a Redis that evicted the records, and kept the rest, has lost the directory', async (t) => {
  const { one, other, client } = await startScene(t)
  const picture = contentOf(one.directory)
  await client.del(REDIS_KEYS.records)
  await checkLost(t, one, picture)
  await checkLost(t, other, picture)
  await one.writer.reseed(ORIGIN)
  await other.untilState('current')
  t.same(contentOf(other.directory), picture)
  t.equal((await client.hlen(REDIS_KEYS.records)) > 0, true)
})

/** What RESTORE takes, of each key that is there. */
async function dumpsOf(client: Redis): Promise<(readonly [key: string, dump: Buffer])[]> {
  const keys = await client.keys('*')
  return await Promise.all(keys.map(async (key) => [key, await client.dumpBuffer(key)] as const))
}

t.test('a Redis that went back to an older revision is written back', async (t) => {
  const { one, other, client, revision } = await startScene(t)
  const dumps = await dumpsOf(client)
  await other.writer.write(() => channelEntry('newer'))
  await one.until('it', ({ position }) => position?.revision === revision + 1)
  const picture = contentOf(one.directory)
  const restore = client.multi().flushall()
  for (const [key, dump] of dumps) restore.restore(key, 0, dump)
  await restore.exec()
  await checkLost(t, one, picture)
  await checkLost(t, other, picture)
  await one.writer.reseed(ORIGIN)
  await other.untilState('current')
  t.same(contentOf(other.directory), picture)
  t.equal((await other.writer.write(() => channelEntry('next'))).revision, revision + 3)
})

t.test('a Redis that comes back from its back-up as it was is followed again', async (t) => {
  const { one, client, revision } = await startScene(t)
  const picture = contentOf(one.directory)
  const dumps = await dumpsOf(client)
  await client.flushall()
  await checkLost(t, one, picture)
  const restore = client.multi()
  for (const [key, dump] of dumps) restore.restore(key, 0, dump)
  await restore.exec()
  await one.untilState('current')
  t.same(contentOf(one.directory), picture)
  t.equal((await one.writer.write(() => channelEntry('next'))).revision, revision + 1)
})

t.test('trimmed and flushed while it was cut off, the directory is lost and not emptied', async (t) => {
  const server = await startRedis(t)
  const proxy = await startTcpProxy(t, server.port)
  const seal = newSeal()
  const near = startFollowing(t, openRedis(t, server.url, { changesKept: 5 }), seal)
  const url = `redis://127.0.0.1:${proxy.port}`
  await near.untilState('current')
  const last = await writeChannels(near.writer, 3)
  // At the moment in which it is to load anew everything is flushed.
  const client = openClient(t, server.url)
  const store = openRedis(t, url, { changesKept: 5 })
  let loads = 0
  const flushed: DirectoryStore = Object.assign(Object.create(store) as DirectoryStore, {
    load: async (...args: Parameters<DirectoryStore['load']>) => {
      if (loads++ > 0) await client.flushall()
      return await store.load(...args)
    },
    follow: async (...args: Parameters<DirectoryStore['follow']>) => await store.follow(...args),
  })
  const far = startFollowing(t, flushed, seal)
  await far.until('all changes', ({ position }) => position?.revision === last)
  const picture = contentOf(far.directory)
  proxy.cut()
  await far.untilState('blind')
  await writeChannels(near.writer, 10)
  proxy.heal()
  await far.untilState('lost')
  t.equal(loads, 2)
  t.same(contentOf(far.directory), picture)
  await near.untilState('lost')
  t.same(await client.keys('*'), [])
})

t.test(
  'flushed once more while it follows the new life, the directory is lost and not emptied',
  async (t) => {
    const { one, client, url, seal } = await startScene(t, 3)
    const store = openRedis(t, url)
    let loads = 0
    const flushed: DirectoryStore = Object.assign(Object.create(store) as DirectoryStore, {
      load: async (...args: Parameters<DirectoryStore['load']>) => {
        if (loads++ === 1) await client.flushall()
        return await store.load(...args)
      },
      follow: async (...args: Parameters<DirectoryStore['follow']>) => await store.follow(...args),
    })
    const far = startFollowing(t, flushed, seal)
    await far.untilState('current')
    const picture = contentOf(far.directory)
    await client.flushall()
    await Promise.all([one.untilState('lost'), far.untilState('lost')])
    const { epoch: lost = '', revision = 0 } = far.directory.position ?? {}
    const life = { epoch: 'next', revision, lost, deed: sealDeed(seal, 'next', [lost]) }
    t.equal(await store.reseed(life, []), 'reseeded')
    await far.until('its second load', () => loads === 2)
    await one.untilState('lost')
    t.same(contentOf(far.directory), picture)
    t.equal(far.directory.state, 'lost')
  },
)

/** A store that somebody made who can write Redis, and has no key of the ring. */
async function makeForgedStore(client: Redis, deed: string | undefined): Promise<void> {
  const forger = makeSeal(generateKey('k1'))
  const sealed = forger.seal('{}', 'x')
  await client
    .multi()
    .flushall()
    .hset(REDIS_KEYS.head, { epoch: 'forged', revision: '1000', records: '1', ...(deed && { deed }) })
    .hset(REDIS_KEYS.records, 'channel:c0', `1000 ${sealed}`)
    .xadd(REDIS_KEYS.changes, '1000-0', 'target', 'channel:c0', 'deleted', '0', 'sealed', sealed)
    .exec()
}

for (const [what, makeDeed] of [
  ['without a deed', () => undefined],
  ['with an empty deed', () => ''],
  ['with a deed in clear', (lost: string) => JSON.stringify([lost])],
  [
    'with a deed under a key of its own',
    (lost: string) => sealDeed(makeSeal(generateKey('k1')), 'forged', [lost]),
  ],
  ['with a true deed of another life', (lost: string, seal: Seal) => sealDeed(seal, 'another', [lost])],
  [
    'with a true deed that continues another life',
    (_: string, seal: Seal) => sealDeed(seal, 'forged', ['another']),
  ],
] satisfies [string, (lost: string, seal: Seal) => string | undefined][]) {
  t.test(`a store of somebody else ${what} is not followed, and not overwritten`, async (t) => {
    const { one, other, client, seal } = await startScene(t, 3)
    const picture = contentOf(one.directory)
    await makeForgedStore(client, makeDeed(one.directory.position?.epoch ?? '', seal))
    await checkLost(t, one, picture)
    await checkLost(t, other, picture)
    await t.rejects(one.writer.reseed(ORIGIN), /There is another directory in the store/)
    t.equal(await client.hget(REDIS_KEYS.head, 'epoch'), 'forged')
    await client.flushall()
    await one.writer.reseed(ORIGIN)
    await other.untilState('current')
    t.same(contentOf(other.directory), picture)
  })
}

t.test('a replica that has seen no change yet follows whatever comes', async (t) => {
  const { url } = await startRedis(t)
  const client = openClient(t, url)
  const seal = newSeal()
  const idle = startFollowing(t, openRedis(t, url), seal)
  await idle.untilState('current')
  const { epoch } = idle.directory.position ?? { epoch: '' }
  await client.flushall()
  await idle.until('another life', ({ position }) => position?.epoch !== epoch)
  t.equal(idle.directory.state, 'current')
  const busy = startFollowing(t, openRedis(t, url), seal)
  await busy.untilState('current')
  await writeChannels(busy.writer, 3)
  await idle.until('the changes', ({ position }) => position?.revision === 4)
  t.same(contentOf(idle.directory), contentOf(busy.directory))
  t.equal((await pictureOf(openRedis(t, url))).revision, 4)
})
