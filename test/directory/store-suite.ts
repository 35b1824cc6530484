import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import type { Test } from 'tap'
import {
  type Announcement,
  type DirectoryStore,
  type HistoryRange,
  type Reseal,
  type SealedChange,
  StoreLost,
  type StorePosition,
} from '../../src/directory/store.ts'

/** Everything a store has, as it gave it. */
export interface StoredPicture extends StorePosition {
  readonly records: readonly SealedChange[]
}

/** All that `load` gives, at once; of a record that came twice the newer one. */
export async function pictureOf(store: DirectoryStore, known?: StorePosition): Promise<StoredPicture> {
  const records = new Map<string, SealedChange>()
  const position = await store.load((batch) => {
    for (const record of batch)
      if (record.revision >= (records.get(record.target)?.revision ?? 0)) records.set(record.target, record)
  }, known)
  return { ...position, records: [...records.values()] }
}

/** Opens a store that was never used before, with room for `changesKept` changes. Closed on teardown. */
export type OpenStore = (t: Test, changesKept: number) => Promise<OpenedStore>

export interface OpenedStore {
  readonly store: DirectoryStore
  /** Closes the store and opens what it left. */
  reopen(): Promise<DirectoryStore>
}

const PLENTY = 10_000

/** What every store must do, whatever it keeps its changes in. */
export function testStore(t: Test, openStore: OpenStore): void {
  testPicture(t, openStore)
  testCommit(t, openStore)
  testFollow(t, openStore)
  testLostPositions(t, openStore)
  testHistory(t, openStore)
  testReseal(t, openStore)
  testReplicas(t, openStore)
  testClosing(t, openStore)
}

function testPicture(t: Test, openStore: OpenStore): void {
  t.test('a new store is empty, at revision 0, and keeps its epoch', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const picture = await pictureOf(store)
    t.match(picture, { revision: 0, records: [] })
    t.match(picture.epoch, /^[0-9a-f-]{36}$/)
    t.same(await pictureOf(store), picture)
    t.same(await pictureOf(await reopen()), picture)
  })

  t.test('the picture holds the newest change of every target that is not deleted', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'account:acme', 'old'))
    await store.commit(epoch, change(2, 'channel:sales', 'one'))
    await store.commit(epoch, change(3, 'account:acme', 'new'))
    await store.commit(epoch, change(4, 'channel:sales', 'gone', true))
    const expected = { epoch, revision: 4, records: [change(3, 'account:acme', 'new')] }
    t.same(await pictureOf(store), expected)
    t.same(await pictureOf(await reopen()), expected)
  })

  t.test('a store that is the expected one, and as far at least, gives its picture', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    await store.commit(epoch, change(2, 'channel:sales', 'y'))
    const picture = sorted(await pictureOf(store))
    await check(store)
    await check(await reopen())
    async function check(opened: DirectoryStore): Promise<void> {
      for (const revision of [0, 1, 2]) t.same(sorted(await pictureOf(opened, { epoch, revision })), picture)
    }
  })

  t.test('a store that is not the expected one, or behind it, gives nothing', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    for (const known of [
      { epoch: 'another', revision: 0 },
      { epoch: 'another', revision: 1 },
      { epoch, revision: 2 },
    ]) {
      const lost = { name: 'StoreLost', reason: 'replaced' }
      await t.rejects(
        store.load(() => t.fail('it gave records'), known),
        lost,
      )
    }
    t.match(await pictureOf(store), { epoch, revision: 1 })
  })

  t.test('sealed text comes back as it went in', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const texts = ['', ' ', '7 8', 'a\nb\r\n', '"\\', 'é 語 🎈', '\u2028', 'x'.repeat(100_000)]
    for (const [i, text] of texts.entries()) await store.commit(epoch, change(i + 1, `channel:${i}`, text))
    const { records } = sorted(await pictureOf(await reopen()))
    t.same(
      records.map((record) => record.sealed),
      texts,
    )
  })

  t.test(
    'after any changes the picture, and that of the store opened again, is what they leave',
    async (t) => {
      const changes = fc.array(
        fc.record({ target: fc.constantFrom('a', 'b', 'c', '__proto__'), deleted: fc.boolean() }),
      )
      await fc.assert(
        fc.asyncProperty(changes, fc.constantFrom(1, 3, PLENTY), async (changes, changesKept) => {
          const { store, reopen } = await openStore(t, changesKept)
          const { epoch } = await pictureOf(store)
          const records = new Map<string, SealedChange>()
          for (const [i, { target, deleted }] of changes.entries()) {
            const made = change(i + 1, target, `sealed ${i}`, deleted)
            await store.commit(epoch, made)
            if (deleted) records.delete(target)
            else records.set(target, made)
          }
          const expected = sorted({ epoch, revision: changes.length, records: [...records.values()] })
          t.same(sorted(await pictureOf(store)), expected)
          t.same(sorted(await pictureOf(await reopen())), expected)
        }),
        { numRuns: 15 },
      )
    },
  )
}

function testCommit(t: Test, openStore: OpenStore): void {
  t.test('a change that does not follow the last one is not made', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    t.equal(await store.commit(epoch, change(1, 'channel:sales', 'first')), 'committed')
    const before = await pictureOf(store)
    for (const revision of [0, 1, 3]) {
      t.equal(await store.commit(epoch, change(revision, 'channel:sales', 'other')), 'moved')
    }
    t.same(await pictureOf(store), before)
  })

  t.test('of many commits of one revision at the same moment exactly one is made', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const commits = Array.from({ length: 10 }, (_, i) =>
      store.commit(epoch, change(1, 'account:acme', String(i))),
    )
    const answers = await Promise.all(commits)
    t.equal(answers.filter((answer) => answer === 'committed').length, 1)
    t.equal(answers.filter((answer) => answer === 'moved').length, 9)
    const { records } = await pictureOf(store)
    t.same(
      records.map((record) => record.sealed),
      [String(answers.indexOf('committed'))],
    )
  })

  t.test('a commit to another life of the store is refused', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const before = await pictureOf(store)
    await t.rejects(store.commit('another', change(1, 'account:acme', 'x')), {
      name: 'StoreLost',
      reason: 'replaced',
    })
    t.same(await pictureOf(store), before)
  })
}

function testFollow(t: Test, openStore: OpenStore): void {
  t.test('a follower gets every change after its position, in order, then each new one', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const changes = Array.from({ length: 8 }, (_, i) =>
      change(i + 1, `channel:${i % 3}`, `s${i}`, i % 4 === 3),
    )
    for (const made of changes.slice(0, 4)) await store.commit(epoch, made)
    const follower = follow(t, store, { epoch, revision: 2 })
    await follower.reaches(4)
    for (const made of changes.slice(4)) {
      await store.commit(epoch, made)
      await follower.reaches(made.revision)
    }
    t.same(follower.changes, changes.slice(2))
  })

  t.test(
    'a follower misses nothing while many changes are made, and two followers get the same',
    async (t) => {
      const { store } = await openStore(t, PLENTY)
      const { epoch } = await pictureOf(store)
      const early = follow(t, store, { epoch, revision: 0 })
      // More than any store reads at once.
      const last = 600
      for (let revision = 1; revision <= last; revision += 1) {
        await store.commit(epoch, change(revision, `channel:${revision}`, 'x'))
      }
      const late = follow(t, store, { epoch, revision: 0 })
      await Promise.all([early.reaches(last), late.reaches(last)])
      t.same(
        early.changes.map(({ revision }) => revision),
        Array.from({ length: last }, (_, i) => i + 1),
      )
      t.same(late.changes, early.changes)
      t.equal((await pictureOf(store)).records.length, last)
    },
  )

  t.test('a follower hears that the store is alive while nothing changes', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const follower = follow(t, store, { epoch, revision: 0 })
    for (let heard = 0; heard < 2; heard += 1) await follower.hears()
    t.same(follower.changes, [])
  })

  t.test('following ends, and calls no more, when its signal aborts', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const follower = follow(t, store, { epoch, revision: 0 })
    await follower.hears()
    const started = performance.now()
    follower.stop()
    await follower.ended
    t.ok(performance.now() - started < 500, 'it ends at once')
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    t.same(follower.changes, [])
    await store.follow({ epoch, revision: 0 }, () => t.fail('called after the end'), AbortSignal.abort())
  })
}

function testLostPositions(t: Test, openStore: OpenStore): void {
  t.test('a position that the store has forgotten is refused: load anew', async (t) => {
    const { store, reopen } = await openStore(t, 3)
    const { epoch } = await pictureOf(store)
    for (let i = 1; i <= 5; i += 1) await store.commit(epoch, change(i, 'channel:sales', String(i)))
    await check(store)
    await check(await reopen())
    async function check(opened: DirectoryStore): Promise<void> {
      await t.rejects(follow(t, opened, { epoch, revision: 1 }).ended, {
        name: 'StoreLost',
        reason: 'trimmed',
      })
      const follower = follow(t, opened, { epoch, revision: 2 })
      await follower.reaches(5)
      t.equal(follower.changes.length, 3)
      follower.stop()
    }
  })

  t.test('a position of another life of the store, or ahead of it, is refused', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    for (const position of [
      { epoch: 'another', revision: 1 },
      { epoch, revision: 2 },
    ]) {
      const error = await follow(t, store, position).ended.catch((error: unknown) => error)
      t.ok(error instanceof StoreLost)
      t.match(error, { reason: 'replaced' })
    }
  })
}

function testHistory(t: Test, openStore: OpenStore): void {
  for (const [what, changesKept, first] of [
    ['all of them', PLENTY, 1],
    ['the last four', 4, 7],
  ] as const) {
    t.test(`the history gives changes from either end, where ${what} are kept`, async (t) => {
      const { store, reopen } = await openStore(t, changesKept)
      const { epoch } = await pictureOf(store)
      t.same(await store.history({ count: 5, newestFirst: false }), [])
      t.same(await store.history({ count: 5, newestFirst: true }), [])
      const made = Array.from({ length: 10 }, (_, i) =>
        change(i + 1, `channel:${i % 3}`, `s${i}`, i % 4 === 3),
      )
      for (const each of made) await store.commit(epoch, each)
      const kept = made.slice(first - 1)
      await check(store)
      await check(await reopen())
      async function check(opened: DirectoryStore): Promise<void> {
        await fc.assert(
          fc.asyncProperty(historyRange, async (range) => {
            t.same(await opened.history(range), expectedHistory(kept, range), JSON.stringify(range))
          }),
          { numRuns: 50 },
        )
      }
    })
  }
}

const historyRange: fc.Arbitrary<HistoryRange> = fc
  .record({
    from: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
    count: fc.integer({ min: 1, max: 12 }),
    newestFirst: fc.boolean(),
  })
  .map(({ from, ...range }) => ({ ...range, ...(from !== undefined && { from }) }))

function expectedHistory(kept: readonly SealedChange[], { from, count, newestFirst }: HistoryRange) {
  const wanted = ({ revision }: SealedChange): boolean =>
    from === undefined || (newestFirst ? revision < from : revision > from)
  const found = kept.filter(wanted)
  return (newestFirst ? found.reverse() : found).slice(0, count)
}

/** More than any store handles at once. */
const MANY = 450

/** Puts `new ` in front of a seal that does not begin so. */
const RENEW: Reseal = {
  name: 'new',
  again: ({ sealed }) => (sealed.startsWith('new ') ? undefined : `new ${sealed}`),
}

async function commitMany(store: DirectoryStore): Promise<{ epoch: string; made: SealedChange[] }> {
  const { epoch } = await pictureOf(store)
  const made = Array.from({ length: MANY }, (_, i) =>
    change(i + 1, `channel:${(i * 7) % 300}`, `sealed ${i}`, i % 5 === 4),
  )
  for (const each of made) await store.commit(epoch, each)
  return { epoch, made }
}

const renewed = (each: SealedChange): SealedChange => ({
  ...each,
  sealed: RENEW.again(each, 'record') ?? each.sealed,
})

async function wholeHistory(store: DirectoryStore): Promise<readonly SealedChange[]> {
  return await store.history({ count: PLENTY, newestFirst: false })
}

function testReseal(t: Test, openStore: OpenStore): void {
  t.test('sealed anew, everything is what and where it was, under new seals', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const { epoch, made } = await commitMany(store)
    const before = sorted(await pictureOf(store))
    const follower = follow(t, store, { epoch, revision: MANY })
    await follower.hears()
    const looked = { record: new Set<string>(), history: new Set<string>() }
    const again: Reseal['again'] = (each, where) => {
      looked[where].add(where === 'record' ? each.target : String(each.revision))
      return RENEW.again(each, where)
    }
    await store.reseal({ ...RENEW, again })
    t.equal(looked.record.size, before.records.length)
    t.equal(looked.history.size, MANY)
    const next = change(MANY + 1, 'channel:next', 'new x')
    t.equal(await store.commit(epoch, next), 'committed')
    const records = [...before.records.map(renewed), next]
    const expected = sorted({ epoch, revision: MANY + 1, records })
    const history = [...made.map(renewed), next]
    await follower.reaches(MANY + 1)
    t.same(follower.changes, [next], 'who was up to date hears only of the next change')
    follower.stop()
    await check(store)
    await check(await reopen())
    async function check(opened: DirectoryStore): Promise<void> {
      t.same(sorted(await pictureOf(opened)), expected)
      t.same(await wholeHistory(opened), history)
      const late = follow(t, opened, { epoch, revision: 0 })
      await late.reaches(MANY + 1)
      t.same(late.changes, history)
      late.stop()
    }
  })

  t.test('a look at all seals changes none', async (t) => {
    const { store } = await openStore(t, PLENTY)
    await commitMany(store)
    const before = [sorted(await pictureOf(store)), await wholeHistory(store)]
    await store.reseal({ name: 'look', again: () => undefined })
    t.same([sorted(await pictureOf(store)), await wholeHistory(store)], before)
  })

  t.test('an empty store can be sealed anew', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const before = await pictureOf(store)
    await store.reseal(RENEW)
    t.same(await pictureOf(store), before)
  })

  t.test('changes that are made while everything is sealed anew are not lost', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch, made } = await commitMany(store)
    const follower = follow(t, store, { epoch, revision: MANY })
    await follower.hears()
    let isDone = false
    const resealing = store.reseal(RENEW).finally(() => (isDone = true))
    const meanwhile: SealedChange[] = []
    const goesOn = (): boolean => !isDone || meanwhile.length < 20
    while (goesOn() && meanwhile.length < 5_000) {
      const n = meanwhile.length
      const next = change(MANY + n + 1, `channel:${n % 30}`, `new meanwhile ${n}`, n % 3 === 2)
      if ((await store.commit(epoch, next)) !== 'committed') t.fail(`${n} was not committed`)
      meanwhile.push(next)
    }
    t.ok(isDone, 'it comes to its end while others keep writing')
    await resealing
    const all = [...made.map(renewed), ...meanwhile]
    t.same(await wholeHistory(store), all)
    t.same(sorted(await pictureOf(store)), sorted({ epoch, revision: all.length, records: newest(all) }))
    await follower.reaches(all.length)
    t.same(follower.changes, meanwhile)
  })

  t.test('broken off anywhere nothing is lost, and started anew it comes to its end', async (t) => {
    const { store, reopen } = await openStore(t, PLENTY)
    const { epoch, made } = await commitMany(store)
    for (const calls of [0, 3, 250, 400, 700, 1000]) {
      let left = calls
      const again: Reseal['again'] = (each, where) => {
        if (left-- === 0) throw new Error('broken off')
        return RENEW.again(each, where)
      }
      await store
        .reseal({ ...RENEW, again })
        .catch((error: unknown) => t.match(error, { message: 'broken off' }))
      const next = change(made.length + 1, `channel:after ${calls}`, `new ${calls}`)
      t.equal(await store.commit(epoch, next), 'committed')
      made.push(next)
      t.same((await wholeHistory(store)).map(renewed), made.map(renewed), `after ${calls}`)
      const { records } = sorted(await pictureOf(store))
      t.same(records.map(renewed), byTargets(newest(made).map(renewed)))
    }
    await store.reseal(RENEW)
    await check(store)
    await check(await reopen())
    async function check(opened: DirectoryStore): Promise<void> {
      t.same(await wholeHistory(opened), made.map(renewed))
      const records = newest(made).map(renewed)
      t.same(sorted(await pictureOf(opened)), sorted({ epoch, revision: made.length, records }))
    }
  })
}

/** The newest change of each target that is not deleted. */
function newest(changes: readonly SealedChange[]): SealedChange[] {
  const byTarget = new Map(changes.map((each) => [each.target, each]))
  return [...byTarget.values()].filter(({ deleted }) => !deleted)
}

export function announcement(id: string, revision = 0): Announcement {
  const appliedAt = '2026-11-22T09:00:00.000Z'
  return { id, epoch: 'e', revision, appliedAt, address: '127.0.0.1:8080', keys: ['new', 'old'] }
}

function testReplicas(t: Test, openStore: OpenStore): void {
  t.test('a replica is listed as it last announced itself, until it leaves', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    t.same(await store.replicas(), { head: 0, items: [] })
    await store.announce(announcement('one'))
    await store.commit(epoch, change(1, 'account:acme', 'x'))
    const from = Date.now()
    await store.announce(announcement('one', 1))
    const { head, items } = await store.replicas()
    t.equal(head, 1)
    t.match(items, [announcement('one', 1)])
    t.equal(items.length, 1)
    const seenAt = items[0]?.seenAt ?? ''
    t.equal(new Date(seenAt).toISOString(), seenAt)
    t.ok(Date.parse(seenAt) >= from - 5 && Date.parse(seenAt) <= Date.now() + 5)
    await store.withdraw('one')
    t.same(await store.replicas(), { head: 1, items: [] })
  })
}

function testClosing(t: Test, openStore: OpenStore): void {
  t.test('a closed store refuses everything, and its followers end with an error', async (t) => {
    const { store } = await openStore(t, PLENTY)
    const { epoch } = await pictureOf(store)
    const follower = follow(t, store, { epoch, revision: 0 })
    await follower.hears()
    const ended = t.rejects(follower.ended, /closed/)
    const started = performance.now()
    await store.close()
    await ended
    t.ok(performance.now() - started < 500, 'it closes at once')
    await store.close()
    await t.rejects(pictureOf(store), /closed/)
    await t.rejects(store.commit(epoch, change(1, 'account:acme', 'x')), /closed/)
    await t.rejects(store.history({ count: 1, newestFirst: true }), /closed/)
    await t.rejects(store.reseal(RENEW), /closed/)
    await t.rejects(follow(t, store, { epoch, revision: 0 }).ended, /closed/)
  })
}

export function change(revision: number, target: string, sealed: string, deleted = false): SealedChange {
  return { revision, target, deleted, sealed }
}

/** A follower that remembers what it got; stopped on teardown. */
export function follow(t: Test, store: DirectoryStore, position: StorePosition) {
  const abort = new AbortController()
  const events = new EventEmitter()
  const changes: SealedChange[] = []
  let [calls, heard] = [0, 0]
  const onChanges = (batch: readonly SealedChange[]) => {
    changes.push(...batch)
    calls += 1
    events.emit('call')
  }
  const ended = store.follow(position, onChanges, abort.signal)
  const tooEarly = ended.then(() => {
    throw new Error('the following has ended')
  })
  tooEarly.catch(() => {})
  t.teardown(() => abort.abort())
  return {
    changes,
    ended,
    stop: () => abort.abort(),
    /** Waits for the next call, unless there was one since the last wait. */
    hears,
    reaches: async (revision: number) => {
      while ((changes.at(-1)?.revision ?? 0) < revision) await hears()
    },
  }
  async function hears(): Promise<void> {
    if (calls === heard) await Promise.race([once(events, 'call'), tooEarly])
    heard = calls
  }
}

function sorted(picture: StoredPicture): StoredPicture {
  return { ...picture, records: byTargets(picture.records) }
}

function byTargets(records: readonly SealedChange[]): SealedChange[] {
  return [...records].sort((a, b) => (a.target < b.target ? -1 : 1))
}
