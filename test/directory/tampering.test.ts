import fc from 'fast-check'
import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Found } from '../../src/directory/directory.ts'
import { sealEntry } from '../../src/directory/entry.ts'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { generateKey, makeSeal, type Seal } from '../../src/directory/seal.ts'
import type { DirectoryStore } from '../../src/directory/store.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { accountEntry, channelEntry, revocation } from './entries.ts'
import { type Following, newSeal, startFollowing } from './following.ts'
import { openClient, openRedis } from './redis-opening.ts'

/*
 * What somebody can do who can write Redis, and has no key: make records unusable, never wrong.
 * Taking records away, or putting an older one back together with its revision, is not noticed (docs/decisions.md).
 */

const NUMBERS = { sales: '85264318722', support: '5521988887777', berlin: '4930123456' } as const
const ALIASES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]
const TARGETS = [...ALIASES.map((alias) => `channel:${alias}`), 'account:acme', 'account:other']

interface Scene {
  readonly store: DirectoryStore
  readonly client: Redis
  readonly seal: Seal
  readonly writer: Following['writer']
  /** The values of all records, as they are in Redis. */
  readonly values: ReadonlyMap<string, Buffer>
  /** An older value of `channel:sales`, which leads elsewhere. */
  readonly older: Buffer
}

async function startScene(t: Test): Promise<Scene> {
  const { url } = await startRedis(t)
  const [store, client, seal] = [openRedis(t, url), openClient(t, url), newSeal()]
  const { writer, untilState, stop } = startFollowing(t, store, seal)
  await untilState('current')
  await writer.write(() => accountEntry('acme'))
  await writer.write(() => accountEntry('other', { tenantId: '777', baseUrl: 'https://eu-api.wati.io' }))
  await writer.write(() => channelEntry('sales', { number: '19998887777' }))
  const older = await client.hgetBuffer(REDIS_KEYS.records, 'channel:sales')
  for (const alias of ALIASES) {
    const account = alias === 'berlin' ? 'other' : 'acme'
    await writer.write(() => channelEntry(alias, { number: NUMBERS[alias], account }))
  }
  await writer.write(() => revocation('leaked'))
  const found = await client.hgetallBuffer(REDIS_KEYS.records)
  await stop()
  return { store, client, seal, writer, values: new Map(Object.entries(found)), older: older! }
}

/** Puts values in place of others, lets a replica start, and puts everything back. */
async function withTampered(
  t: Test,
  { store, client, seal, values }: Scene,
  tampered: Readonly<Record<string, Buffer | string | null>>,
  check: (replica: Following) => void | Promise<void>,
): Promise<void> {
  for (const [target, value] of Object.entries(tampered)) {
    if (value === null) await client.hdel(REDIS_KEYS.records, target)
    else await client.hset(REDIS_KEYS.records, target, value)
  }
  const replica = startFollowing(t, store, seal)
  try {
    await replica.untilState('current')
    await check(replica)
  } finally {
    await replica.stop()
    await client.multi().del(REDIS_KEYS.records).hset(REDIS_KEYS.records, new Map(values)).exec()
  }
}

const EXPECTED: Readonly<Record<string, object>> = Object.fromEntries(
  ALIASES.map((alias) => {
    const isOther = alias === 'berlin'
    const account = isOther
      ? { id: 'other', tenantId: '777', baseUrl: 'https://eu-api.wati.io' }
      : { id: 'acme', tenantId: '388428', baseUrl: 'https://live-mt-server.wati.io' }
    return [alias, { known: true, channel: { alias, number: NUMBERS[alias] }, account }]
  }),
)

/** Each alias leads where it should, or is unreadable where one of its records was tampered with. */
function checkNothingIsWrong(t: Test, { directory, log }: Following, tampered: readonly string[]): void {
  for (const alias of ALIASES) {
    const found = directory.find(alias)
    const targets = [`channel:${alias}`, `account:${alias === 'berlin' ? 'other' : 'acme'}`]
    const mayBeUnreadable = targets.some((target) => tampered.includes(target))
    if (found.known || !mayBeUnreadable) t.match(found, EXPECTED[alias]!, `${alias} is not wrong`)
    else t.same(found, UNREADABLE, `${alias} is unreadable`)
  }
  for (const target of directory.unreadable.keys()) {
    const alarms = log.lines.filter((line) => line['alarm'] === 'seal-broken' && line['target'] === target)
    t.equal(alarms.length, 1, `the log tells of ${target}`)
  }
}

const UNREADABLE: Found = { known: false, why: 'unreadable' }

t.test('no bit of a record can be changed, and no part cut off, without making it unreadable', async (t) => {
  const scene = await startScene(t)
  const change = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bit: fc.nat({ max: 255 }) }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TARGETS), change, async (target, { kind, at, bit }) => {
      const value = Buffer.from(scene.values.get(target)!)
      const position = at % value.length
      let tampered = value
      if (kind === 'flip') tampered.writeUInt8(value.readUInt8(position) ^ (1 << bit), position)
      else if (kind === 'cut') tampered = value.subarray(0, position)
      else
        tampered = Buffer.concat([value.subarray(0, position), Buffer.from([bit]), value.subarray(position)])
      await withTampered(t, scene, { [target]: tampered }, (replica) => {
        checkNothingIsWrong(t, replica, [target])
        const text = tampered.toString('latin1')
        // Base64 has several texts for the same bytes; what opens is what was sealed.
        if (!replica.directory.unreadable.has(target))
          t.match(text, /^\d+ k1\./, 'only its base64 is another')
      })
    }),
    { numRuns: 150 },
  )
})

t.test('two records that were swapped are both unreadable', async (t) => {
  const scene = await startScene(t)
  for (const [one, other] of [
    ['channel:sales', 'channel:support'],
    ['channel:sales', 'channel:berlin'],
    ['account:acme', 'account:other'],
    ['channel:sales', 'account:acme'],
  ] as const) {
    const tampered = { [one]: scene.values.get(other)!, [other]: scene.values.get(one)! }
    await withTampered(t, scene, tampered, (replica) => {
      checkNothingIsWrong(t, replica, [one, other])
      t.same([...replica.directory.unreadable.keys()].sort(), [one, other].sort())
    })
  }
})

t.test('a record under another name is unreadable there', async (t) => {
  const scene = await startScene(t)
  for (const [from, to] of [
    ['channel:sales', 'channel:marketing'],
    ['channel:sales', 'account:sales'],
    ['account:other', 'account:acme'],
    ['channel:support', 'channel:sales'],
    ['channel:sales', 'Channel:sales'],
    ['channel:sales', 'token:leaked'],
  ] as const) {
    await withTampered(t, scene, { [to]: scene.values.get(from)! }, (replica) => {
      checkNothingIsWrong(t, replica, [to])
      t.ok(replica.directory.unreadable.has(to), to)
      t.equal(replica.directory.isRevoked('leaked'), true)
    })
  }
})

t.test('an older record does not take the place of the newer one', async (t) => {
  const scene = await startScene(t)
  const newer = scene.values.get('channel:sales')!
  const [newRevision = '', newSealed = ''] = newer.toString().split(' ')
  const [oldRevision = '', oldSealed = ''] = scene.older.toString().split(' ')
  for (const value of [
    `${newRevision} ${oldSealed}`,
    `${oldRevision} ${newSealed}`,
    `${Number(newRevision) + 1} ${oldSealed}`,
    `${Number(newRevision) + 1} ${newSealed}`,
    `${newRevision}${newRevision} ${newSealed}`,
    `-${newRevision} ${newSealed}`,
    `0${newRevision} ${newSealed}`,
    `999999999999999 ${oldSealed}`,
    newSealed,
    ` ${newSealed}`,
    '',
  ]) {
    await withTampered(t, scene, { 'channel:sales': value }, ({ directory, ...replica }) => {
      t.same(directory.find('sales'), UNREADABLE, value.slice(0, 30))
      checkNothingIsWrong(t, { directory, ...replica }, ['channel:sales'])
    })
  }
  // Not promised: docs/decisions.md.
  await withTampered(t, scene, { 'channel:sales': scene.older }, ({ directory }) => {
    t.match(directory.find('sales'), { known: true, channel: { number: '19998887777', revision: 3 } })
  })
})

t.test('a record that somebody sealed with a key of his own is unreadable', async (t) => {
  const scene = await startScene(t)
  for (const key of ['k1', 'k2', 'k1.k1']) {
    const forger = makeSeal(generateKey(key.replace('.', '-')))
    const { sealed } = sealEntry(forger, channelEntry('sales', { number: '19998887777' }), 4)
    await withTampered(t, scene, { 'channel:sales': `4 ${sealed}` }, (replica) => {
      t.same(replica.directory.find('sales'), UNREADABLE)
      checkNothingIsWrong(t, replica, ['channel:sales'])
    })
  }
})

t.test('a revocation is in force also when its record was tampered with', async (t) => {
  const scene = await startScene(t)
  for (const value of ['', 'x', scene.values.get('channel:sales')!]) {
    await withTampered(t, scene, { 'token:leaked': value }, (replica) => {
      t.equal(replica.directory.isRevoked('leaked'), true)
      checkNothingIsWrong(t, replica, [])
    })
  }
})

t.test('a record that was tampered with is good again once it was written anew', async (t) => {
  const scene = await startScene(t)
  const [, sealed = ''] = scene.values.get('channel:sales')!.toString().split(' ')
  for (const value of ['', `4 x${sealed}`, `5 ${sealed}`, `999999999999999 ${sealed}`]) {
    await withTampered(t, scene, { 'channel:sales': value }, async ({ directory, writer, until }) => {
      t.same(directory.find('sales'), UNREADABLE)
      const { revision } = await writer.write(() => channelEntry('sales', { number: '12223334444' }))
      await until('it is applied', ({ position }) => position?.revision === revision)
      t.match(directory.find('sales'), { known: true, channel: { number: '12223334444', revision } })
      t.equal(directory.unreadable.size, 0)
    })
  }
})

t.test('a change that does not open makes its own target unreadable for those who follow', async (t) => {
  const { store, seal } = await startScene(t)
  const replica = startFollowing(t, store, seal)
  await replica.untilState('current')
  const { epoch = '', revision = 0 } = replica.directory.position ?? {}
  const good = sealEntry(seal, channelEntry('sales', { number: '12223334444' }), revision + 1)
  await store.commit(epoch, { ...good, target: 'channel:support' })
  await replica.until('it', ({ position }) => position?.revision === revision + 1)
  t.same(replica.directory.find('support'), UNREADABLE)
  checkNothingIsWrong(t, replica, ['channel:support'])
  await store.commit(epoch, { ...good, revision: revision + 2 })
  await replica.until('it', ({ position }) => position?.revision === revision + 2)
  checkNothingIsWrong(t, replica, ['channel:support', 'channel:sales'])
  t.same(replica.directory.find('sales'), UNREADABLE)
  await replica.writer.write(() => channelEntry('sales', { number: NUMBERS.sales }))
  await replica.writer.write(() => channelEntry('support', { number: NUMBERS.support }))
  checkNothingIsWrong(t, replica, [])
  t.equal(replica.directory.unreadable.size, 0)
})

t.test('with many records that do not open the log names ten, and counts all', async (t) => {
  const scene = await startScene(t)
  const tampered = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`channel:x${i}`, 'x']))
  await withTampered(t, scene, tampered, ({ directory, log }) => {
    const alarms = log.lines.filter((line) => line['alarm'] === 'seal-broken')
    t.equal(alarms.filter((line) => line['target'] !== undefined).length, 10)
    t.match(alarms.at(-1), { unreadable: 300 })
    t.equal(directory.unreadable.size, 300)
    t.match(directory.find('sales'), EXPECTED['sales']!)
  })
})

t.test(
  'an entry that somebody slipped into the stream neither is applied nor keeps replicas busy',
  async (t) => {
    const { store, client, seal } = await startScene(t)
    let loads = 0
    const counted: DirectoryStore = Object.assign(Object.create(store) as DirectoryStore, {
      load: async (...args: Parameters<DirectoryStore['load']>) => (loads++, await store.load(...args)),
      follow: async (...args: Parameters<DirectoryStore['follow']>) => await store.follow(...args),
    })
    const replica = startFollowing(t, counted, seal)
    await replica.untilState('current')
    await client.xadd(REDIS_KEYS.changes, '999-0', 'target', 'channel:sales', 'deleted', '1', 'sealed', 'x')
    await replica.until('it loads anew', () => loads > 1)
    const before = loads
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    t.ok(loads - before < 15, `it loaded anew ${loads - before} times in 1.5 s`)
    checkNothingIsWrong(t, replica, [])
  },
)
