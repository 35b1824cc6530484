import { appendFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readCopy, writeCopy } from '../../src/directory/copy-file.ts'
import { openEntry } from '../../src/directory/entry.ts'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { type Seal, generateKey, makeSeal } from '../../src/directory/seal.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { folderOf } from '../helpers/folder.ts'
import { ORIGIN, WATI_TOKEN, accountEntry, channelEntry, revocation } from './entries.ts'
import { type Following, contentOf, newSeal, numberOf, startFollowing, writeChannels } from './following.ts'
import { openClient, openRedis } from './redis-opening.ts'

const SOURCE = 'Redis (of this test)'
const CHANNELS = 3
/** A Redis that has everything when it was killed. */
const LASTING = ['--appendonly', 'yes', '--appendfsync', 'always']

interface Scene {
  readonly redis: RedisServer
  readonly folder: string
  readonly file: string
  readonly seal: Seal
  /** A replica that keeps a copy in the folder, or that is without one. */
  readonly start: (options?: Partial<Starting>) => Following
  /** What was in the directory when the first replica stopped. */
  readonly content: unknown
  readonly revision: number
}

interface Starting {
  readonly folder: string
  readonly source: string
  readonly seal: Seal
  readonly withoutCopy: boolean
}

/** An account, three channels, a token that is revoked; and a copy of it all, left by a replica that has stopped. */
async function startScene(t: Test, ...redisArgs: string[]): Promise<Scene> {
  const redis = await startRedis(t, ...redisArgs)
  const folder = join(folderOf(t), 'copy')
  const seal = newSeal()
  const start = ({ withoutCopy, ...given }: Partial<Starting> = {}): Following => {
    const store = openRedis(t, redis.url, { commandTimeoutMs: 5_000 })
    const copyTo = { folder, source: SOURCE, everyMs: 20, ...given }
    return startFollowing(t, store, given.seal ?? seal, withoutCopy === true ? undefined : copyTo)
  }
  const first = start()
  await first.untilState('current')
  await writeChannels(first.writer, CHANNELS)
  const { revision } = await first.writer.write(() => revocation('stolen'))
  await first.until('all changes', ({ position }) => position?.revision === revision)
  await first.stop()
  const content = contentOf(first.directory)
  return { redis, folder, file: join(folder, 'directory.jsonl'), seal, start, content, revision }
}

const messagesOf = ({ log }: Following): string => log.lines.map(({ msg }) => String(msg)).join('\n')

t.test('a start while Redis is away has the directory of the copy, and then that of Redis', async (t) => {
  const { redis, start, content, revision } = await startScene(t, ...LASTING)
  const near = start({ withoutCopy: true })
  await near.untilState('current')
  await near.writer.write(() => channelEntry('later'))
  await near.stop()
  await redis.kill()

  const early = start()
  await early.untilState('blind')
  t.same(contentOf(early.directory), content)
  t.equal(early.directory.position?.revision, revision)
  t.ok(early.directory.isRevoked('stolen'), 'what was revoked stays so')
  t.match(early.directory.find('c0'), { known: true, account: { token: Object } }, 'with its token')
  t.match(early.directory.find('nobody'), { known: false, why: 'blind' })
  await t.rejects(
    early.writer.write(() => channelEntry('x')),
    /The store is away/,
  )
  t.match(early.log.lines, [
    { msg: 'there is a sealed copy of the directory', revision },
    { msg: 'the directory is that of the sealed copy in DATA_DIR', revision, at: String },
    { alarm: 'store-away', state: 'blind' },
  ])

  await redis.restart()
  await early.untilState('current')
  t.match(early.directory.find('later'), { known: true }, 'changes that the copy has not are there')
  t.ok((await early.writer.write(() => channelEntry('next'))).revision > revision)
})

t.test(
  'the copy follows the changes, readable by its owner alone, and nothing in it is in clear',
  async (t) => {
    const { start, file, folder, seal } = await startScene(t)
    const replica = start()
    await replica.untilState('current')
    const { revision } = await replica.writer.write(() => channelEntry('next', { number: '5511999990001' }))
    while ((await readCopy(file, seal))?.revision !== revision) await sleep(10)
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(statSync(folder).mode & 0o777, 0o700)
    const text = readFileSync(file, 'utf8')
    for (const clear of [WATI_TOKEN, '5511999990001', numberOf(0), '388428']) t.notMatch(text, clear)
    const targets: string[] = []
    await readCopy(file, seal, (record) => {
      t.equal(
        openEntry(seal, record).id,
        record.target.split(':')[1],
        'sealed for its place, as in the store',
      )
      targets.push(record.target)
    })
    t.same(targets.sort(), [
      'account:acme',
      'channel:c0',
      'channel:c1',
      'channel:c2',
      'channel:next',
      'token:stolen',
    ])
  },
)

t.test(
  'a start that has a copy and meets an emptied Redis has lost the directory, and writes it back',
  async (t) => {
    const { redis, start, content } = await startScene(t)
    const client = openClient(t, redis.url)
    await client.flushall()
    const one = start()
    await one.untilState('lost')
    t.same(contentOf(one.directory), content)
    t.equal(await client.dbsize(), 0, 'and Redis is not taken for a new one')
    await t.rejects(
      one.writer.write(() => channelEntry('x')),
      /The store has lost the directory/,
    )
    await one.writer.reseed(ORIGIN)
    await one.untilState('current')
    t.same(contentOf(one.directory), content)
  },
)

t.test('also when a replica without a copy has begun a life there, which has no records yet', async (t) => {
  const { redis, start, content } = await startScene(t)
  await openClient(t, redis.url).flushall()
  const fresh = start({ withoutCopy: true })
  await fresh.untilState('current')
  const one = start()
  await one.untilState('lost')
  await one.writer.reseed(ORIGIN)
  await fresh.until('the records', ({ channels }) => channels.size === CHANNELS)
  t.same(contentOf(fresh.directory), content)
})

t.test('also when the copy was in force before Redis came back empty', async (t) => {
  const { redis, start, content } = await startScene(t)
  await redis.kill()
  const one = start()
  await one.untilState('blind')
  await redis.restart()
  await one.untilState('lost')
  t.same(contentOf(one.directory), content)
  await one.writer.reseed(ORIGIN)
  await one.untilState('current')
})

t.test('a start that has a copy meets a Redis that went back: it has lost changes', async (t) => {
  const { redis, start, content, revision } = await startScene(t)
  const client = openClient(t, redis.url)
  await client.hset(REDIS_KEYS.head, 'revision', revision - 1)
  const one = start()
  await one.untilState('lost')
  t.same(contentOf(one.directory), content)
})

t.test('a new life that continues that of the copy is followed', async (t) => {
  const { redis, start, content } = await startScene(t)
  const other = start({ withoutCopy: true })
  await other.untilState('current')
  await openClient(t, redis.url).flushall()
  await other.untilState('lost')
  await other.writer.reseed(ORIGIN)
  const one = start()
  await one.untilState('current')
  t.same(contentOf(one.directory), content)
  t.notMatch(messagesOf(one), /passed over/)
})

t.test('another directory is followed by a start, and the copy kept under another name', async (t) => {
  const { redis, start, folder, file, seal } = await startScene(t)
  await openClient(t, redis.url).flushall()
  const other = start({ withoutCopy: true })
  await other.untilState('current')
  await writeChannels(other.writer, 1)
  const before = readFileSync(file)
  const one = start()
  await one.untilState('current')
  t.equal(one.directory.channels.size, 1)
  t.match(messagesOf(one), /the sealed copy of the directory is passed over/)
  await one.stop()
  t.same(readFileSync(join(folder, 'directory.jsonl.passed-over')), before)
  t.equal((await readCopy(file, seal))?.epoch, one.directory.position?.epoch)
})

t.test('who serves from the copy does not change over to another directory', async (t) => {
  const { redis, start, content } = await startScene(t)
  await redis.kill()
  const one = start()
  await one.untilState('blind')
  await redis.restart()
  const other = start({ withoutCopy: true })
  await other.untilState('current')
  // At first the store is new, then it has records.
  await one.untilState('lost')
  await writeChannels(other.writer, 1)
  await sleep(500)
  t.equal(one.directory.state, 'lost')
  t.same(contentOf(one.directory), content)
})

const lines = (text: string): string[] => text.split('\n')

for (const [what, edit] of [
  ['is empty', () => ''],
  ['is cut in the middle', (text: string) => text.slice(0, text.length / 2)],
  ['has lost its last line', (text: string) => `${lines(text).slice(0, -2).join('\n')}\n`],
  ['has lost the end of its last line', (text: string) => text.slice(0, -3)],
  ['has lost the revocation', (text: string) => text.replace(/^.*token:stolen.*\n/m, '')],
  ['says another revision', (text: string) => text.replace(/"revision":\d+/, '"revision":99999')],
  ['has a record twice', (text: string) => text.replace(/^.*channel:c0.*\n/m, '$&$&')],
  ['has a byte of a seal changed', (text: string) => text.replace(/(sealed":"k1\.)(.)/, '$1/')],
  ['goes on behind its end', (text: string) => `${text}${lines(text)[1] ?? ''}\n`],
  ['is of a later version', (text: string) => text.replace('"version":1', '"version":2')],
  ['is something else', () => 'not a copy\n'],
  ['has a line without an end', () => 'x'.repeat(5_000_000)],
] satisfies [string, (text: string) => string][]) {
  t.test(`a copy that ${what} is passed over, with a word in the log`, async (t) => {
    const { redis, start, file, seal, content } = await startScene(t, ...LASTING)
    writeFileSync(file, edit(readFileSync(file, 'utf8')))
    await redis.kill()
    const one = start()
    await one.until('a look at Redis', ({ whyNotLoaded }) => whyNotLoaded !== '')
    t.equal(one.directory.state, 'not-loaded')
    t.match(
      one.log.lines.filter(({ msg }) => msg === 'the sealed copy of the directory is passed over'),
      [
        {
          level: 40,
          reason: /^it (?:is damaged, or was edited|is not whole|has version 2, not 1)$/,
          file,
        },
      ],
    )
    await redis.restart()
    await one.untilState('current')
    t.same(contentOf(one.directory), content)
    await one.stop()
    t.match(await readCopy(file, seal), one.directory.position, 'and a good one takes its place')
  })
}

t.test('a copy of another Redis, or under another key, is passed over', async (t) => {
  const { redis, start, folder } = await startScene(t)
  await redis.kill()
  const elsewhere = start({ source: 'Redis (elsewhere)' })
  await elsewhere.until('a look at Redis', ({ whyNotLoaded }) => whyNotLoaded !== '')
  t.match(elsewhere.log.lines[0], { reason: `it is of ${SOURCE}, not of Redis (elsewhere)` })
  const other = start({ seal: makeSeal(generateKey('k2')) })
  await other.until('a look at Redis', ({ whyNotLoaded }) => whyNotLoaded !== '')
  t.match(other.log.lines[0], { reason: 'it is sealed with the key k1, not in ENCRYPTION_KEYS' })
  const sameId = start({ seal: makeSeal(generateKey('k1')) })
  await sameId.until('a look at Redis', ({ whyNotLoaded }) => whyNotLoaded !== '')
  t.match(sameId.log.lines[0], { reason: 'it is damaged, or was edited' })
  await Promise.all([elsewhere.stop(), other.stop(), sameId.stop()])
  t.same(
    readdirSync(folder).filter((name) => name.startsWith('directory')),
    ['directory.jsonl'],
    'and stays',
  )
})

t.test('of two replicas that share a folder one writes, and when it stops the other does', async (t) => {
  const { start, file, seal } = await startScene(t)
  const [one, two] = [start(), start()]
  await Promise.all([one.untilState('current'), two.untilState('current')])
  const { revision } = await one.writer.write(() => channelEntry('c7'))
  for (const both of [one, two])
    await both.until('the change', ({ position }) => position?.revision === revision)
  const isWaiting = (): boolean => /another process keeps/.test(messagesOf(one) + messagesOf(two))
  while (!isWaiting()) await sleep(10)
  const [writing, waiting] = /another process keeps/.test(messagesOf(one)) ? [two, one] : [one, two]
  await writing.stop()
  t.equal((await readCopy(file, seal))?.revision, revision)
  const next = await waiting.writer.write(() => channelEntry('c8'))
  await waiting.until('the change', ({ position }) => position?.revision === next.revision)
  await waiting.stop()
  t.equal((await readCopy(file, seal))?.revision, next.revision)
})

t.test('where the folder cannot be written all works but the copy, and the log says so once', async (t) => {
  const { start, folder } = await startScene(t)
  const blocked = join(folder, 'directory.jsonl')
  const one = start({ folder: join(blocked, 'below-a-file') })
  await one.untilState('current')
  for (const alias of ['c7', 'c8', 'c9']) await one.writer.write(() => channelEntry(alias))
  const failures = (): unknown[] => one.log.lines.filter(({ alarm }) => alarm === 'copy-failed')
  while (failures().length === 0) await sleep(10)
  await sleep(100)
  t.match(failures(), [{ level: 40, reason: /ENOTDIR/ }])
  await t.resolves(one.stop())
})

t.test('what does not open in Redis does not open from the copy, and a revocation holds', async (t) => {
  const { redis, start, seal, file } = await startScene(t)
  const client = openClient(t, redis.url)
  await client.hset(REDIS_KEYS.records, { 'token:stolen': '5 k1.damaged', 'channel:c1': '3 k1.damaged' })
  const one = start()
  await one.untilState('current')
  await one.writer.write(() => accountEntry('other'))
  await one.stop()
  t.ok(await readCopy(file, seal))
  await redis.kill()
  const next = start()
  await next.untilState('blind')
  t.ok(next.directory.isRevoked('stolen'))
  t.match(next.directory.find('c1'), { known: false, why: 'unreadable' })
  t.match(next.directory.find('c0'), { known: true })
})

t.test('what a process left behind that was killed while it wrote is taken away', async (t) => {
  const { start, folder, file, seal, revision } = await startScene(t)
  appendFileSync(join(folder, 'directory.jsonl.0123abcd.new'), 'half a copy')
  const one = start()
  await one.untilState('current')
  await one.writer.write(() => channelEntry('next'))
  await one.stop()
  t.notOk(existsSync(join(folder, 'directory.jsonl.0123abcd.new')))
  t.equal((await readCopy(file, seal))?.revision, revision + 1)
})

t.test('a copy that cannot be written to its end leaves the last one as it was', async (t) => {
  const { folder, file, seal } = await startScene(t)
  const before = readFileSync(file)
  const head = { epoch: 'e', revision: 9, source: SOURCE, at: ORIGIN.at }
  function* failing(): Generator<readonly []> {
    yield []
    throw new Error('the disk is full')
  }
  await t.rejects(writeCopy(file, { head, seal, records: failing() }), /the disk is full/)
  t.same(readFileSync(file), before)
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('.new')),
    [],
  )
})
