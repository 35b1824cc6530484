import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import type { Test } from 'tap'
import {
  type DirectoryStore,
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
  const byTarget = (a: SealedChange, b: SealedChange) => (a.target < b.target ? -1 : 1)
  return { ...picture, records: [...picture.records].sort(byTarget) }
}
