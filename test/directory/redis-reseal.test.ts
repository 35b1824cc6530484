import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import type { DirectoryStore, Reseal, SealedChange } from '../../src/directory/store.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { change, follow, pictureOf } from './store-suite.ts'

const CHANGES = 900
const PLENTY = 10_000

const RENEW: Reseal = {
  name: 'new',
  again: ({ sealed }) => (sealed.startsWith('new ') ? undefined : `new ${sealed}`),
}

interface Scene {
  readonly one: DirectoryStore
  readonly other: DirectoryStore
  readonly client: Redis
  readonly epoch: string
  readonly made: readonly SealedChange[]
}

async function startScene(t: Test, changes = CHANGES): Promise<Scene> {
  const { url } = await startRedis(t)
  const [one, other] = [
    openRedis(t, url, { changesKept: PLENTY }),
    openRedis(t, url, { changesKept: PLENTY }),
  ]
  const { epoch } = await pictureOf(one)
  const made = Array.from({ length: changes }, (_, i) => change(i + 1, `channel:${i % 50}`, `s${i}`))
  for (const each of made) await one.commit(epoch, each)
  return { one, other, client: openClient(t, url), epoch, made }
}

const history = async (store: DirectoryStore) => await store.history({ count: PLENTY, newestFirst: false })

async function checkAllRenewed(t: Test, { one, client, epoch, made }: Scene): Promise<void> {
  t.same(
    await history(one),
    made.map((each) => ({ ...each, sealed: `new ${each.sealed}` })),
  )
  const { records } = await pictureOf(one)
  t.equal(records.filter(({ sealed }) => sealed.startsWith('new ')).length, records.length)
  t.same((await client.keys('*')).sort(), [REDIS_KEYS.head, REDIS_KEYS.records, REDIS_KEYS.changes].sort())
  for (const key of await client.keys('*')) t.equal(await client.pttl(key), -1, `${key} stays`)
  t.equal(await one.commit(epoch, change(made.length + 1, 'channel:next', 'n')), 'committed')
  const follower = follow(t, one, { epoch, revision: 0 })
  await follower.reaches(made.length + 1)
}

t.test('two replicas that seal anew at the same moment lose nothing of the history', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const scene = await startScene(t)
    await Promise.all([scene.one.reseal(RENEW), scene.other.reseal(RENEW)])
    await checkAllRenewed(t, scene)
  }
})

t.test('a replica that comes late to the sealing of another loses nothing of the history', async (t) => {
  const scene = await startScene(t)
  // Half-way through the copy of the one, the other does it all.
  let [calls, others] = [0, Promise.resolve()]
  const again: Reseal['again'] = (each, where) => {
    calls += 1
    if (calls === 50 + CHANGES + 450) others = scene.other.reseal(RENEW)
    return RENEW.again(each, where)
  }
  await scene.one.reseal({ ...RENEW, again })
  await others
  await checkAllRenewed(t, scene)
})

t.test('what another replica had begun, and was killed over, is gone on with', async (t) => {
  const scene = await startScene(t)
  let calls = 0
  const again: Reseal['again'] = (each, where) => {
    if (++calls === 50 + CHANGES + 650) throw new Error('killed')
    return RENEW.again(each, where)
  }
  await t.rejects(scene.one.reseal({ ...RENEW, again }), /killed/)
  const [copy = ''] = await scene.client.keys('*work*')
  t.ok((await scene.client.pttl(copy)) > 0, 'abandoned, the work would go away by itself')
  t.equal(await scene.client.xlen(copy), 600)
  let copied = 0
  const counted: Reseal['again'] = (each, where) => {
    if (where === 'history') copied += 1
    return RENEW.again(each, where)
  }
  await scene.other.reseal({ ...RENEW, again: counted })
  t.equal(copied, CHANGES + 300, 'one look at all, and the rest')
  await checkAllRenewed(t, scene)
})

t.test('a look at all seals writes nothing', async (t) => {
  const { one, client } = await startScene(t, 300)
  const dump = async () => await Promise.all(Object.values(REDIS_KEYS).map((key) => client.dumpBuffer(key)))
  const before = await dump()
  await one.reseal({ name: 'count', again: () => undefined })
  t.same(await dump(), before)
  t.same(await client.keys('*work*'), [])
})

t.test('a directory that is replaced while it is sealed anew is left alone', async (t) => {
  const { one, client } = await startScene(t)
  let looks = 0
  const again: Reseal['again'] = (each, where) => {
    // The first look finds out whether there is anything to do.
    if (where === 'history' && each.revision === 300 && ++looks === 2)
      void client.hset(REDIS_KEYS.head, 'epoch', 'another')
    return RENEW.again(each, where)
  }
  const result = await one.reseal({ ...RENEW, again }).catch((error: unknown) => error)
  t.match(result, { name: 'StoreLost', reason: 'replaced' })
  t.equal((await history(one))[0]?.sealed, 's0')
})

t.test('entries that no gateway wrote do not keep it busy for ever', async (t) => {
  const { one, client, made } = await startScene(t, 3)
  await client.xadd(REDIS_KEYS.changes, '3-5', 'target', 'channel:1', 'deleted', '0', 'sealed', 'x')
  await client.xadd(REDIS_KEYS.changes, '3-6', 'other', 'fields')
  await one.reseal({ name: 'count', again: () => undefined })
  await one.reseal({
    ...RENEW,
    again: (each) => (each.sealed.startsWith('s') ? `new ${each.sealed}` : undefined),
  })
  const found = (await history(one)).filter(({ sealed }) => sealed.startsWith('new '))
  t.same(
    found.map(({ revision }) => revision),
    made.map(({ revision }) => revision),
  )
})
