import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { openClient, openRedis } from './redis-opening.ts'
import { announcement } from './store-suite.ts'

const FORGOTTEN_MS = 600

t.test('all replicas are listed, whichever asks', async (t) => {
  const { url } = await startRedis(t)
  const [one, other] = [openRedis(t, url), openRedis(t, url)]
  await one.announce(announcement('one', 7))
  await other.announce(announcement('other', 8))
  for (const store of [one, other]) {
    const { items } = await store.replicas()
    t.match(items, new Set([announcement('one', 7), announcement('other', 8)]))
    t.equal(items.length, 2)
  }
  await other.withdraw('one')
  t.match((await one.replicas()).items, [{ id: 'other' }])
})

t.test('a replica that says nothing any more is forgotten, the others are not', async (t) => {
  const { url } = await startRedis(t)
  const store = openRedis(t, url, { replicaForgottenMs: FORGOTTEN_MS })
  await store.announce(announcement('silent'))
  const from = performance.now()
  const ids = new Set<string>()
  while (performance.now() - from < 2 * FORGOTTEN_MS) {
    await store.announce(announcement('alive'))
    const { items } = await store.replicas()
    ids.add(
      items
        .map(({ id }) => id)
        .sort()
        .join(),
    )
    if (performance.now() - from < FORGOTTEN_MS - 300) t.equal(items.length, 2)
    await sleep(50)
  }
  t.same([...ids], ['alive,silent', 'alive'])
  t.same(await openClient(t, url).hkeys(REDIS_KEYS.replicas), ['alive'], 'nothing of it is left')
})

t.test('when all are silent nothing is left', async (t) => {
  const { url } = await startRedis(t)
  const store = openRedis(t, url, { replicaForgottenMs: 50 })
  await store.announce(announcement('one'))
  await sleep(100)
  t.same((await store.replicas()).items, [])
  t.equal(await openClient(t, url).exists(REDIS_KEYS.replicas), 0)
})

t.test('what no gateway wrote is passed over, and taken away', async (t) => {
  const { url } = await startRedis(t)
  const store = openRedis(t, url)
  const client = openClient(t, url)
  await store.announce(announcement('one', 7))
  const true_ = (await client.hget(REDIS_KEYS.replicas, 'one')) ?? ''
  const now = true_.slice(0, 13)
  const said = JSON.parse(true_.slice(14)) as Record<string, unknown>
  const withField = (field: string, value: unknown) => `${now} ${JSON.stringify({ ...said, [field]: value })}`
  const forged = [
    '',
    'x',
    now,
    `${now} `,
    `${now} {`,
    `${now} null`,
    `${now} []`,
    `${now} "text"`,
    `${now} {}`,
    true_.slice(1),
    `-${true_}`,
    `\n${true_}`,
    ...['epoch', 'appliedAt', 'address'].flatMap((field) =>
      [null, 7, {}].map((value) => withField(field, value)),
    ),
    ...['7', 1.5, -0.1, null, 1e30].map((value) => withField('revision', value)),
    ...['new', null, 7, {}].map((value) => withField('keys', value)),
  ]
  for (const [i, value] of forged.entries()) await client.hset(REDIS_KEYS.replicas, `forged${i}`, value)
  await client.hset(REDIS_KEYS.replicas, '__proto__', `${now} {`)
  const { items } = await store.replicas()
  t.match(items, [announcement('one', 7)])
  t.equal(items.length, 1)
  t.same(await client.hkeys(REDIS_KEYS.replicas), ['one'])
})
