import t, { type Test } from 'tap'
import { startRedis } from '../helpers/redis-server.ts'
import { type TcpProxy, startTcpProxy } from '../helpers/tcp-proxy.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { channelEntry, removal } from './entries.ts'
import {
  contentOf,
  type Following,
  newSeal,
  numberOf,
  range,
  startFollowing,
  writeChannels,
} from './following.ts'
import { openRedis } from './redis-opening.ts'

/** As long as the product waits by itself. */
const PRODUCT_TIMEOUT_MS = 400
const CUT_OFF_MS = 2_500
const CHANNELS = 20

interface Scene {
  readonly near: Following
  /** The one behind the proxy. */
  readonly far: Following
  readonly proxy: TcpProxy
}

async function startScene(t: Test, changesKept = 10_000): Promise<Scene> {
  const server = await startRedis(t)
  const proxy = await startTcpProxy(t, server.port)
  const seal = newSeal()
  const near = startFollowing(t, openRedis(t, server.url, { changesKept }), seal)
  const url = `redis://127.0.0.1:${proxy.port}`
  const far = startFollowing(
    t,
    openRedis(t, url, { commandTimeoutMs: PRODUCT_TIMEOUT_MS, changesKept }),
    seal,
  )
  await near.untilState('current')
  await far.untilState('current')
  const revision = await writeChannels(near.writer, CHANNELS)
  await far.until('the first changes', ({ position }) => position?.revision === revision)
  return { near, far, proxy }
}

/** Changes numbers, and takes channels away and back, so that each change leaves something to see. */
async function makeChanges({ writer }: Following, count: number): Promise<number> {
  let last = 0
  for (let i = 0; i < count; i += 1) {
    const alias = `c${i % CHANNELS}`
    const entry = i % 7 === 6 ? removal('channel', alias) : channelEntry(alias, { number: numberOf(100 + i) })
    last = (await writer.write(() => entry)).revision
  }
  return last
}

for (const [what, breakIt] of [
  ['whose connections are reset', (proxy: TcpProxy) => proxy.cut()],
  ['whose packets vanish', (proxy: TcpProxy) => proxy.blackHole()],
] as const) {
  t.test(`a replica ${what} has every change, in order and once, within a second of the end`, async (t) => {
    const { near, far, proxy } = await startScene(t)
    const before = far.directory.position?.revision ?? 0
    const picture = contentOf(far.directory)
    breakIt(proxy)
    const cutOff = sleep(CUT_OFF_MS)
    await far.untilState('blind')
    const last = await makeChanges(near, 300)
    t.same(contentOf(far.directory), picture, 'the last picture stays in force')
    t.equal(far.directory.find('c0').known, true)
    await t.rejects(
      far.writer.write(() => channelEntry('late')),
      /The store is away, so nothing was changed/,
    )
    await cutOff
    const healedAt = performance.now()
    proxy.heal()
    await far.until('all changes', ({ position }) => position?.revision === last)
    const took = performance.now() - healedAt
    t.ok(took < 1_000, `current after ${Math.round(took)} ms`)
    t.equal(far.directory.state, 'current')
    t.same(far.directory.applied, range(1, last))
    t.equal(last - before, 300)
    t.equal(far.directory.replaced.length, 1, 'it did not load anew')
    t.same(contentOf(far.directory), contentOf(near.directory))
    // Its other connection may still be a dead one: a first write then finds out.
    await far.writer
      .write(() => channelEntry('late'))
      .catch(() => far.writer.write(() => channelEntry('late')))
    await near.until('its change', ({ channels }) => channels.get('late')?.revision === last + 1)
  })

  t.test(
    `a replica ${what} until its changes are trimmed loads anew, and serves on until then`,
    async (t) => {
      const { near, far, proxy } = await startScene(t, 50)
      const before = far.directory.position?.revision ?? 0
      const picture = contentOf(far.directory)
      breakIt(proxy)
      await far.untilState('blind')
      const last = await makeChanges(near, 120)
      t.same(contentOf(far.directory), picture, 'the last picture stays in force')
      proxy.heal()
      await far.until('all changes', ({ position }) => position?.revision === last)
      t.equal(far.directory.state, 'current')
      t.same(contentOf(far.directory), contentOf(near.directory))
      t.same(far.directory.applied, range(1, before), 'no change was applied one by one')
      t.match(far.directory.replaced.slice(1), [{ revision: last }])
      t.match(far.log.text, /the directory is loaded anew/)
      await near.writer.write(() => channelEntry('next'))
      await far.until('the next change', ({ channels }) => channels.get('next') !== undefined)
    },
  )
}

t.test('a slow network only makes a replica late', async (t) => {
  const { near, far, proxy } = await startScene(t)
  proxy.delay(100)
  const last = await makeChanges(near, 100)
  await far.until('all changes', ({ position }) => position?.revision === last)
  t.equal(far.directory.state, 'current')
  t.same(far.directory.applied, range(1, last))
})
