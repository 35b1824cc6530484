import { inspect } from 'node:util'
import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import type { RedisStoreOptions } from '../../src/directory/redis-store.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { startTcpProxy } from '../helpers/tcp-proxy.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { change, follow, pictureOf, testStore } from './store-suite.ts'

const TIMEOUT_MS = 300

const open = (t: Test, url: string, options: Partial<RedisStoreOptions> = {}) =>
  openRedis(t, url, { commandTimeoutMs: TIMEOUT_MS, ...options })

t.test('the Redis store does what every store does', async (t) => {
  const server = await startRedis(t)
  const client = openClient(t, server.url)
  testStore(t, async (t, changesKept) => {
    await client.flushall()
    const options = { commandTimeoutMs: 5000, changesKept }
    const store = open(t, server.url, options)
    const reopen = async () => {
      await store.close()
      return open(t, server.url, options)
    }
    return { store, reopen }
  })
})

t.test('two replicas that start at once on an empty server agree on its epoch', async (t) => {
  const server = await startRedis(t)
  const stores = Array.from({ length: 5 }, () => open(t, server.url))
  const pictures = await Promise.all(stores.map((store) => pictureOf(store)))
  t.equal(new Set(pictures.map(({ epoch }) => epoch)).size, 1)
})

t.test(
  'of two replicas that commit the same revision at once one is told that the store has moved',
  async (t) => {
    const server = await startRedis(t)
    const [one, other] = [open(t, server.url), open(t, server.url)]
    const { epoch } = await pictureOf(one)
    const commits = [one, other].map((store, i) => store.commit(epoch, change(1, 'account:acme', String(i))))
    t.same((await Promise.all(commits)).sort(), ['committed', 'moved'])
  },
)

t.test('the stream keeps no more changes than it was told', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url, { changesKept: 3 })
  const { epoch } = await pictureOf(store)
  for (let i = 1; i <= 10; i += 1) await store.commit(epoch, change(i, 'channel:sales', 'x'))
  t.equal(await openClient(t, server.url).xlen(REDIS_KEYS.changes), 3)
})

t.test('a follower whose changes vanish from the stream meanwhile is told to load anew', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  const follower = follow(t, store, { epoch, revision: 0 })
  await follower.hears()
  await openClient(t, server.url)
    .multi()
    .hset(REDIS_KEYS.head, 'revision', '2')
    .xadd(REDIS_KEYS.changes, '2-0', 'target', 'channel:sales', 'deleted', '0', 'sealed', 'x')
    .exec()
  await t.rejects(follower.ended, { name: 'StoreLost', reason: 'trimmed' })
})

t.test('a server that was emptied is noticed by followers and commits', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'account:acme', 'x'))
  const follower = follow(t, store, { epoch, revision: 1 })
  await follower.hears()
  await openClient(t, server.url).flushall()
  await t.rejects(follower.ended, { name: 'StoreLost', reason: 'replaced' })
  await t.rejects(store.commit(epoch, change(2, 'account:acme', 'y')), {
    name: 'StoreLost',
    reason: 'replaced',
  })
})

t.test('a server that was emptied and filled again up to our revision is noticed', async (t) => {
  const server = await startRedis(t)
  const [ours, theirs] = [open(t, server.url), open(t, server.url)]
  const { epoch } = await pictureOf(ours)
  await ours.commit(epoch, change(1, 'account:acme', 'ours'))
  const follower = follow(t, ours, { epoch, revision: 1 })
  await follower.hears()
  await openClient(t, server.url).flushall()
  const { epoch: newEpoch } = await pictureOf(theirs)
  await theirs.commit(newEpoch, change(1, 'account:acme', 'theirs'))
  await theirs.commit(newEpoch, change(2, 'account:acme', 'theirs'))
  await t.rejects(follower.ended, { name: 'StoreLost', reason: 'replaced' })
  t.same(follower.changes, [])
})

t.test('a server that went back to an older revision is noticed', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'account:acme', 'x'))
  const follower = follow(t, store, { epoch, revision: 1 })
  await follower.hears()
  await openClient(t, server.url).hset(REDIS_KEYS.head, 'revision', '0')
  await t.rejects(follower.ended, { name: 'StoreLost', reason: 'replaced' })
})

for (const [what, key] of [
  ['head', REDIS_KEYS.head],
  ['records', REDIS_KEYS.records],
] as const) {
  t.test(`a server that lost only its ${what} is not taken for an empty one`, async (t) => {
    const server = await startRedis(t)
    const store = open(t, server.url)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    const client = openClient(t, server.url)
    await client.del(key)
    const before = await client.keys('*')
    await t.rejects(pictureOf(store), { name: 'StoreLost', reason: 'replaced' })
    await t.rejects(store.commit(epoch, change(2, 'account:acme', 'y')), {
      name: 'StoreLost',
      reason: 'replaced',
    })
    t.same((await client.keys('*')).sort(), before.sort(), 'nothing was written')
  })
}

t.test('a damaged value is passed on, and spoils no other record', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'channel:sales', 'good'))
  await openClient(t, server.url).hset(REDIS_KEYS.records, { 'channel:odd': 'no number', 'channel:nil': '' })
  const { records } = await pictureOf(store)
  t.same(
    [...records].sort((a, b) => a.sealed.length - b.sealed.length),
    [change(0, 'channel:nil', ''), change(1, 'channel:sales', 'good'), change(0, 'channel:odd', 'no number')],
  )
})

t.test('a directory of many records is read in full while it changes', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  const client = openClient(t, server.url)
  const values = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`channel:${i}`, `0 sealed ${i}`]))
  await client.hset(REDIS_KEYS.records, values)
  const loading = pictureOf(store)
  await store.commit(epoch, change(1, 'channel:7', 'newer'))
  const { records } = await loading
  t.equal(records.length, 5000)
  t.equal(new Set(records.map(({ target }) => target)).size, 5000)
})

for (const [what, spoil] of [
  ['emptied', (client: Redis) => client.flushall()],
  ['robbed of its records', (client: Redis) => client.del(REDIS_KEYS.records)],
] as const) {
  t.test(`a server that is ${what} while it is read gives no picture`, async (t) => {
    const server = await startRedis(t)
    const store = open(t, server.url, { commandTimeoutMs: 5000 })
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'channel:0', 'x'))
    const client = openClient(t, server.url)
    const values = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`channel:${i}`, `0 sealed ${i}`]),
    )
    await client.hset(REDIS_KEYS.records, values)
    let spoiling: Promise<unknown> | undefined
    const loading = store.load(() => void (spoiling ??= spoil(client)))
    await t.rejects(loading, { name: 'StoreLost', reason: 'replaced' })
    await spoiling
  })
}

t.test('after a crash and a new start of the server the store works again within a second', async (t) => {
  const server = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'account:acme', 'x'))
  const follower = follow(t, store, { epoch, revision: 1 })
  await follower.hears()
  await server.kill()
  await t.rejects(follower.ended, /Redis/, 'a follower is told at once')
  await t.rejects(pictureOf(store), /Redis .*ECONNREFUSED|lost/)
  await t.rejects(store.commit(epoch, change(2, 'account:acme', 'y')), /Redis/)
  await server.restart()
  const again = follow(t, store, { epoch, revision: 0 })
  const started = performance.now()
  t.match(await untilItWorks(() => pictureOf(store)), { epoch, revision: 1 })
  t.equal(await store.commit(epoch, change(2, 'account:acme', 'y')), 'committed')
  await again.reaches(2)
  t.ok(performance.now() - started < 1000)
})

t.test('a command in flight fails at once when the connection is lost', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url, { commandTimeoutMs: 5000 })
  const { epoch } = await pictureOf(store)
  server.freeze()
  const started = performance.now()
  const commit = t.rejects(store.commit(epoch, change(1, 'account:acme', 'x')), /Redis/)
  await server.kill()
  await server.restart()
  await commit
  t.ok(performance.now() - started < 2500)
})

t.test('a server that hangs is given up in time, and used again when it wakes', async (t) => {
  const server = await startRedis(t)
  const store = open(t, server.url)
  const { epoch } = await pictureOf(store)
  const follower = follow(t, store, { epoch, revision: 0 })
  await follower.hears()
  server.freeze()
  const [commit, load, following] = [
    timeToFail(store.commit(epoch, change(1, 'account:acme', 'x'))),
    timeToFail(pictureOf(store)),
    timeToFail(follower.ended),
  ]
  t.ok((await commit) < TIMEOUT_MS + 100)
  t.ok((await load) < TIMEOUT_MS + 100)
  t.ok((await following) < 1000 + TIMEOUT_MS + 100)
  t.ok((await timeToFail(pictureOf(store))) < TIMEOUT_MS + 100, 'also while it connects again')
  server.thaw()
  t.match(await untilItWorks(() => pictureOf(store)), { epoch })
  await follow(t, store, { epoch, revision: 0 }).hears()
})

t.test('a connection that fell silent without a word is replaced by a new one', async (t) => {
  const server = await startRedis(t)
  const proxy = await startTcpProxy(t, server.port)
  const store = open(t, `redis://127.0.0.1:${proxy.port}`)
  const { epoch } = await pictureOf(store)
  proxy.blackHole()
  proxy.heal()
  await t.rejects(pictureOf(store), /no answer in time/)
  t.match(await untilItWorks(() => pictureOf(store)), { epoch })
})

for (const [what, leave] of [
  ['hangs', (server: RedisServer) => server.freeze()],
  ['is gone', (server: RedisServer) => server.kill()],
] as const) {
  t.test(`closing and aborting are prompt while the server ${what}`, async (t) => {
    const server = await startRedis(t)
    const store = open(t, server.url, { commandTimeoutMs: 5000 })
    const { epoch } = await pictureOf(store)
    const aborted = follow(t, store, { epoch, revision: 0 })
    const closed = follow(t, store, { epoch, revision: 0 })
    await Promise.all([aborted.hears(), closed.hears()])
    const closedEnded = t.rejects(closed.ended, /Redis/)
    const loaded = leave(server) ?? t.rejects(pictureOf(store), /Redis/)
    const started = performance.now()
    aborted.stop()
    await aborted.ended.catch(() => {})
    await store.close()
    await Promise.all([closedEnded, loaded])
    t.ok(performance.now() - started < 500)
  })
}

t.test('what went wrong is told, but never the password', async (t) => {
  const server = await startRedis(t, '--requirepass', 'right')
  const heard: unknown[] = []
  const url = (password: string) => server.url.replace('//', `//:${password}@`)
  const onError = (error: Error) => heard.push(error)
  const right = open(t, url('right'), { onError })
  t.equal((await pictureOf(right)).revision, 0)
  const error = await pictureOf(open(t, url('wr0ng'), { onError })).catch((error: unknown) => error)
  t.match(error, { message: /WRONGPASS/ })
  const missing = await pictureOf(open(t, server.url, { onError })).catch((error: unknown) => error)
  t.match(missing, { message: /NOAUTH/ })
  await server.kill()
  heard.push(error, missing, await pictureOf(right).catch((error: unknown) => error))
  t.ok(heard.length >= 5)
  for (const each of heard) {
    t.notMatch(inspect(each, { depth: 10, showHidden: true }), /wr0ng|right/)
    t.match(each, { message: /^Redis \(127\.0\.0\.1:\d+\): / })
  }
})

t.test('an address that is none is refused with a sentence that does not repeat it', async (t) => {
  for (const address of [
    '',
    'localhost:6379',
    'http://:s3cret@localhost',
    'redis://:s3cret@',
    'redis://:s3cret@localhost:99999',
    'redis://:s3cret%E0%A4@localhost',
    'redis://:s3cret@localhost/zero',
    'redis://:s3cret@localhost/0?commandTimeout=0',
  ]) {
    const message = await new Promise((resolve) => {
      try {
        open(t, address)
        resolve('none')
      } catch (error) {
        resolve(inspect(error, { depth: 10 }))
      }
    })
    t.match(message, /address of Redis/, address)
    t.notMatch(message, /s3cret/)
  }
})

/** Milliseconds. */
async function timeToFail(promise: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    () => {},
  )
  return performance.now() - started
}

/** Tries again, for at most a second: the connection may still be on its way. */
async function untilItWorks<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 1000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
