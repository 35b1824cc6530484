import { pino } from 'pino'
import t, { type Test } from 'tap'
import { openFileStore } from '../../src/directory/file-store.ts'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { Rotation } from '../../src/directory/rotation.ts'
import { generateKey, makeSeal, type Seal } from '../../src/directory/seal.ts'
import type { DirectoryStore } from '../../src/directory/store.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { channelEntry, removal } from './entries.ts'
import { contentOf, startFollowing, writeChannels } from './following.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { announcement, pictureOf } from './store-suite.ts'

const [oldKey, newKey] = [generateKey('old'), generateKey('new')]
const before = makeSeal(oldKey)
const during = makeSeal(`${newKey},${oldKey}`)
const after = makeSeal(newKey)
const CHANNELS = 300

function makeRotation(store: DirectoryStore, seal: Seal = during) {
  const log = new CapturedLog()
  return { rotation: new Rotation({ store, seal, log: pino({ level: 'info' }, log) }), log }
}

/** A store in which everything is sealed with the old key. */
async function fill(t: Test, store: DirectoryStore): Promise<unknown> {
  const { writer, directory, untilState, stop } = startFollowing(t, store, before)
  await untilState('current')
  await writeChannels(writer, CHANNELS)
  await writer.write(() => removal('channel', 'c0'))
  await stop()
  return contentOf(directory)
}

const STORES = {
  'a file': async (t: Test) => await openFileStore({ folder: t.testdir(), changesKept: 10_000 }),
  Redis: async (t: Test) => openRedis(t, (await startRedis(t)).url, { changesKept: 10_000 }),
}

for (const [name, open] of Object.entries(STORES)) {
  t.test(`${name}: everything is sealed with the first key, and the progress says so`, async (t) => {
    const store = await open(t)
    t.teardown(() => store.close())
    const picture = await fill(t, store)
    const { rotation, log } = makeRotation(store)
    t.equal(rotation.firstKey, 'new')
    const counted = { records: CHANNELS, changes: CHANNELS + 2 }
    t.same(await rotation.progress(), {
      ...{ first: 'new', ring: ['new', 'old'], running: false, complete: false },
      sealedWith: [{ key: 'old', ...counted }],
    })
    rotation.start()
    rotation.start()
    const under = await rotation.progress()
    t.match(under, { running: true, startedAt: /^2/ })
    t.equal(under.sealedWith, undefined)
    await rotation.ended()
    const progress = await rotation.progress()
    t.match(progress, { running: false, complete: true, startedAt: /^2/, finishedAt: /^2/ })
    t.same(progress.sealedWith, [{ key: 'new', ...counted }])
    t.equal(progress.error, undefined)
    t.ok((progress.done ?? 0) >= counted.records + counted.changes)
    t.match(log.lines, [{ level: 30, key: 'new' }])

    const replica = startFollowing(t, store, after)
    await replica.untilState('current')
    t.same(contentOf(replica.directory), picture, 'the old key is no longer needed')
    await replica.stop()
    const history = await store.history({ count: 10_000, newestFirst: false })
    t.same([...new Set(history.map(({ sealed }) => after.keyOf(sealed)))], ['new'])
    rotation.start()
    await rotation.ended()
    t.match(await rotation.progress(), { complete: true })
  })

  t.test(`${name}: nothing is unreadable while it runs, whichever keys a replica has in front`, async (t) => {
    const store = await open(t)
    t.teardown(() => store.close())
    const picture = await fill(t, store)
    const replica = startFollowing(t, store, during)
    await replica.untilState('current')
    const { rotation } = makeRotation(store)
    rotation.start()
    let [writes, isDone] = [0, false]
    const ended = rotation.ended().then(() => (isDone = true))
    const goesOn = (): boolean => !isDone
    while (goesOn()) {
      await replica.writer.write(() => channelEntry('c1', { number: '5521900000001' }))
      const late = startFollowing(t, store, makeSeal(`${oldKey},${newKey}`))
      await late.untilState('current')
      t.equal(late.directory.unreadable.size, 0)
      await late.stop()
      writes += 1
    }
    await ended
    t.comment(`${writes} writes meanwhile`)
    t.equal(replica.directory.unreadable.size, 0)
    t.match(await rotation.progress(), { complete: true })
    t.same((contentOf(replica.directory) as unknown[][])[1]?.length, (picture as unknown[][])[1]?.length)
    t.notMatch(replica.log.text, /seal-broken/)
  })
}

t.test('what is damaged stays as it is, and is not taken for done', async (t) => {
  const { url } = await startRedis(t)
  const store = openRedis(t, url, { changesKept: 10_000 })
  await fill(t, store)
  const client = openClient(t, url)
  const [sales = '', others = ''] = await client.hmget(REDIS_KEYS.records, 'channel:c1', 'channel:c2')
  await client.hset(REDIS_KEYS.records, { 'channel:c1': others!, 'channel:c2': 'rubbish' })
  const { rotation } = makeRotation(store)
  rotation.start()
  await rotation.ended()
  const progress = await rotation.progress()
  t.equal(progress.complete, false)
  t.equal(progress.error, undefined)
  const { records } = await pictureOf(store)
  t.equal(records.find(({ target }) => target === 'channel:c1')?.sealed, others?.split(' ')[1])
  t.equal(records.find(({ target }) => target === 'channel:c2')?.sealed, 'rubbish')
  await client.hset(REDIS_KEYS.records, { 'channel:c1': sales!, 'channel:c2': others! })
  rotation.start()
  await rotation.ended()
  t.match(await rotation.progress(), { complete: true })
})

t.test('it waits until all replicas seal with the same key', async (t) => {
  const store = openRedis(t, (await startRedis(t)).url)
  const { rotation } = makeRotation(store)
  await rotation.checkReplicas()
  await store.announce({ ...announcement('one'), keys: ['new', 'old'] })
  await store.announce({ ...announcement('two'), keys: ['new'] })
  await rotation.checkReplicas()
  for (const keys of [['old', 'new'], ['old'], []]) {
    await store.announce({ ...announcement('late'), address: '10.0.0.7:8080', keys })
    await t.rejects(
      rotation.checkReplicas(),
      /^The replica 10\.0\.0\.7:8080 does not seal with the key new yet/,
    )
  }
  await store.announce({ ...announcement('late'), keys: ['new', 'old'] })
  await rotation.checkReplicas()
})

t.test('broken off by the store it says so, and started again it comes to its end', async (t) => {
  const server = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const store = openRedis(t, server.url, { changesKept: 10_000, commandTimeoutMs: 2_000 })
  const picture = await fill(t, store)
  const { rotation, log } = makeRotation(store)
  rotation.start()
  await server.kill()
  await rotation.ended()
  t.match(log.lines, [{ level: 50, alarm: 'rotation-failed' }])
  await t.rejects(rotation.progress(), /^The store is away/)
  await t.rejects(rotation.checkReplicas(), /^The store is away/)
  await server.restart()
  const client = openClient(t, server.url)
  await client.ping()
  const progress = await rotation.progress()
  t.match(progress, { running: false, complete: false, finishedAt: /^2/, error: /start it again to go on/ })
  rotation.start()
  await rotation.ended()
  const ended = await rotation.progress()
  t.match(ended, { complete: true })
  t.equal(ended.error, undefined)
  const replica = startFollowing(t, store, after)
  await replica.untilState('current')
  t.same(contentOf(replica.directory), picture)
})
