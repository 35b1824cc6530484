import t, { type Test } from 'tap'
import { openEntry } from '../../src/directory/entry.ts'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import { type CommitProcess, compileLoop, startCommits } from '../helpers/commit-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { contentOf, range, startFollowing } from './following.ts'
import { openRedis } from './redis-opening.ts'

const PLENTY = 1_000_000
const KEYS = generateKey('k1')
const seal = makeSeal(KEYS)
const loop = await compileLoop(t, 'write-loop')

/** Every change that was acknowledged is there, at its revision; none is missing, and none was made twice. */
async function checkHistory(t: Test, url: string, writers: readonly CommitProcess[]): Promise<void> {
  const store = openRedis(t, url)
  const history = await store.history({ count: PLENTY, newestFirst: false })
  t.same(
    history.map(({ revision }) => revision),
    range(1, history.length),
  )
  const requestIds = history.map((change) => openEntry(seal, change).requestId)
  t.equal(new Set(requestIds).size, requestIds.length, 'none was made twice')
  const acknowledged = writers.flatMap(({ notes }) => [...notes])
  const wrong = acknowledged.filter(([revision, requestId]) => requestIds[revision - 1] !== requestId)
  t.same(wrong, [], 'all that were acknowledged are there')
  t.ok(history.length - acknowledged.length <= writers.length, 'and at most one more of each writer')
  for (const name of new Set(requestIds.map((id) => id.replace(/-\d+$/, '')))) {
    const own = requestIds
      .filter((id) => id.startsWith(`${name}-`))
      .map((id) => Number(id.slice(name.length + 1)))
    t.same(own, range(1, own.length), `${name}: in the order in which they were written`)
  }
}

/** Who follows, and who starts anew, have what the history leaves. */
async function checkPictures(
  t: Test,
  url: string,
  witness: ReturnType<typeof startFollowing>,
): Promise<void> {
  const late = startFollowing(t, openRedis(t, url), seal)
  await late.untilState('current')
  const revision = late.directory.position?.revision ?? 0
  await witness.until('all changes', ({ position }) => position?.revision === revision)
  t.same(witness.directory.applied, range(1, revision), 'each was applied in its turn, and once')
  t.same(contentOf(witness.directory), contentOf(late.directory))
  await late.stop()
}

t.test('a gateway killed in a loop of writes leaves every acknowledged change, in order', async (t) => {
  const { url } = await startRedis(t)
  const witness = startFollowing(t, openRedis(t, url, { changesKept: PLENTY }), seal)
  await witness.untilState('current')
  const writers: CommitProcess[] = []
  for (let kill = 0; kill < 8; kill += 1) {
    const writer = startCommits(t, loop, [url, KEYS, `w${kill}`])
    writers.push(writer)
    await writer.commits(1 + Math.floor(Math.random() * 60))
    await writer.kill()
    t.equal(writer.failure(), undefined)
  }
  await checkHistory(t, url, writers)
  await checkPictures(t, url, witness)
})

t.test('of gateways that write at once, and are killed one after the other, nothing is lost', async (t) => {
  const { url } = await startRedis(t)
  const witness = startFollowing(t, openRedis(t, url, { changesKept: PLENTY }), seal)
  await witness.untilState('current')
  const writers = Array.from({ length: 3 }, (_, i) => startCommits(t, loop, [url, KEYS, `w${i}`]))
  for (const writer of writers) {
    await writer.commits(30)
    await writer.kill()
    t.equal(writer.failure(), undefined)
  }
  await checkHistory(t, url, writers)
  await checkPictures(t, url, witness)
})

t.test('a Redis killed in a loop of writes has every acknowledged change when it is back', async (t) => {
  const server = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const witness = startFollowing(t, openRedis(t, server.url, { changesKept: PLENTY }), seal)
  await witness.untilState('current')
  const writers: CommitProcess[] = []
  for (let kill = 0; kill < 4; kill += 1) {
    const writer = startCommits(t, loop, [server.url, KEYS, `w${kill}`])
    writers.push(writer)
    await writer.commits(1 + Math.floor(Math.random() * 40))
    await server.kill()
    await writer.ended
    t.match(writer.failure(), /did not confirm the change|The store is away/)
    await server.restart()
    await witness.untilState('current')
  }
  await checkHistory(t, server.url, writers)
  await checkPictures(t, server.url, witness)
})
