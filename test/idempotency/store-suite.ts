import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { IdempotencyStore, NewClaim } from '../../src/idempotency/store.ts'

export interface StoreTimes {
  readonly leaseMs: number
  readonly keptMs: number
}

export interface OpenedStore {
  readonly store: IdempotencyStore
  /** Another one on the same records: a second replica, or the next process. */
  reopen(): Promise<IdempotencyStore>
}

/** Opens a store that was never used before. Closed on teardown. */
export type OpenStore = (t: Test, times: StoreTimes) => Promise<OpenedStore>

const LONG: StoreTimes = { leaseMs: 60_000, keptMs: 60_000 }
const SHORT_LEASE: StoreTimes = { leaseMs: 100, keptMs: 60_000 }
const LEASE_OVER_MS = 150

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
export const claimOf = (body = 'body'): NewClaim => ({ token: randomUUID(), head: 'head', body })
const FIRST = { head: 'head', body: 'body' }

/** What every store must do, whatever it keeps its records in. */
export function testStore(t: Test, openStore: OpenStore): void {
  testLife(t, openStore)
  testLeases(t, openStore)
  testForgetting(t, openStore)
}

function testLife(t: Test, openStore: OpenStore): void {
  t.test('of many claims of one name at once exactly one succeeds, and the others see it run', async (t) => {
    const { store } = await openStore(t, LONG)
    const found = await Promise.all(Array.from({ length: 20 }, () => store.claim(hashOf('one'), claimOf())))
    t.equal(found.filter(({ state }) => state === 'claimed').length, 1)
    t.same(
      found.find(({ state }) => state !== 'claimed'),
      { state: 'running', ...FIRST },
    )
    t.same(
      await store.claim(hashOf('other'), claimOf()),
      { state: 'claimed' },
      'another name is another matter',
    )
  })

  t.test('what was kept is found, by the next process too', async (t) => {
    const { store, reopen } = await openStore(t, LONG)
    const claim = claimOf('')
    await store.claim(hashOf('a'), claim)
    t.equal(await store.send(hashOf('a'), claim.token), true)
    t.same(await store.claim(hashOf('a'), claimOf()), { state: 'running', head: 'head', body: '' })
    t.equal(
      await store.keep(hashOf('a'), claim.token, { head: 'head', body: 'read', sealed: 'sealed' }),
      true,
    )
    t.equal(
      await store.keep(hashOf('a'), claim.token, { head: 'head', body: 'read', sealed: 'sealed' }),
      true,
      'again',
    )
    const kept = { state: 'kept', head: 'head', body: 'read', sealed: 'sealed' }
    t.same(await store.claim(hashOf('a'), claimOf()), kept)
    t.same(await (await reopen()).claim(hashOf('a'), claimOf()), kept)
  })

  t.test('it can be asked again whether it may send, until an outcome is kept', async (t) => {
    const { store } = await openStore(t, LONG)
    const { token, ...rest } = claimOf()
    await store.claim(hashOf('a'), { token, ...rest })
    t.equal(await store.send(hashOf('a'), token), true)
    t.equal(await store.send(hashOf('a'), token), true)
    await store.keep(hashOf('a'), token, { head: 'head', body: 'body', sealed: 'x' })
    t.equal(await store.send(hashOf('a'), token), false)
  })

  t.test('a name that was released is free, before and after it was sent', async (t) => {
    const { store, reopen } = await openStore(t, LONG)
    for (const sends of [false, true]) {
      const { token, ...rest } = claimOf()
      t.same(await store.claim(hashOf('a'), { token, ...rest }), { state: 'claimed' })
      if (sends) await store.send(hashOf('a'), token)
      await store.release(hashOf('a'), token)
      await store.release(hashOf('a'), token)
    }
    t.same(await (await reopen()).claim(hashOf('a'), claimOf()), { state: 'claimed' })
  })

  t.test('who does not hold the claim can do nothing with it', async (t) => {
    const { store } = await openStore(t, LONG)
    const claim = claimOf()
    await store.claim(hashOf('a'), claim)
    const stranger = randomUUID()
    for (const sends of [false, true]) {
      if (sends) await store.send(hashOf('a'), claim.token)
      t.equal(await store.send(hashOf('a'), stranger), false)
      t.equal(await store.renew(hashOf('a'), stranger), false)
      t.equal(await store.keep(hashOf('a'), stranger, { head: 'head', body: '', sealed: 'x' }), false)
      await store.release(hashOf('a'), stranger)
      t.same(await store.claim(hashOf('a'), claimOf()), { state: 'running', ...FIRST })
    }
  })

  t.test('nothing is kept of what was never sent', async (t) => {
    const { store } = await openStore(t, LONG)
    const claim = claimOf()
    await store.claim(hashOf('a'), claim)
    t.equal(await store.keep(hashOf('a'), claim.token, { head: 'head', body: '', sealed: 'x' }), false)
  })

  t.test('what was sent is kept even when the record of it got lost', async (t) => {
    const { store, reopen } = await openStore(t, LONG)
    const { token } = claimOf()
    t.equal(await store.keep(hashOf('a'), token, { head: 'head', body: 'body', sealed: 'x' }), true)
    const kept = { state: 'kept', ...FIRST, sealed: 'x' }
    t.same(await store.claim(hashOf('a'), claimOf()), kept)
    t.same(await (await reopen()).claim(hashOf('a'), claimOf()), kept)
  })

  t.test('a large outcome comes back as it was', async (t) => {
    const { store, reopen } = await openStore(t, LONG)
    const claim = claimOf()
    await store.claim(hashOf('a'), claim)
    await store.send(hashOf('a'), claim.token)
    const sealed = 'é\n"'.repeat(500_000)
    await store.keep(hashOf('a'), claim.token, { head: 'head', body: 'body', sealed })
    const isWhole = async (opened: IdempotencyStore): Promise<boolean> => {
      const found = await opened.claim(hashOf('a'), claimOf())
      return found.state === 'kept' && found.sealed === sealed
    }
    t.ok(await isWhole(store))
    t.ok(await isWhole(await reopen()))
  })
}

function testLeases(t: Test, openStore: OpenStore): void {
  t.test('a claim whose owner fell silent before it sent is free, and its owner may not send', async (t) => {
    const { store } = await openStore(t, SHORT_LEASE)
    const silent = claimOf()
    await store.claim(hashOf('a'), silent)
    await sleep(LEASE_OVER_MS)
    const next = claimOf()
    t.same(await store.claim(hashOf('a'), next), { state: 'claimed' })
    t.equal(await store.send(hashOf('a'), silent.token), false)
    t.equal(await store.renew(hashOf('a'), silent.token), false)
    await store.release(hashOf('a'), silent.token)
    t.equal(await store.send(hashOf('a'), next.token), true, 'the claim of the next one holds')
  })

  t.test('what was being sent when its owner fell silent is unknown, and is never free again', async (t) => {
    const { store } = await openStore(t, SHORT_LEASE)
    const silent = claimOf()
    await store.claim(hashOf('a'), silent)
    await store.send(hashOf('a'), silent.token)
    await sleep(LEASE_OVER_MS)
    t.same(await store.claim(hashOf('a'), claimOf()), { state: 'unknown', ...FIRST })
    t.equal(await store.send(hashOf('a'), silent.token), false, 'its owner may not send again')
    await store.release(hashOf('a'), silent.token)
    t.same(await store.claim(hashOf('a'), claimOf()), { state: 'unknown', ...FIRST }, 'it was told so')
  })

  t.test('an owner that was only slow tells what became of it after all', async (t) => {
    const { store, reopen } = await openStore(t, SHORT_LEASE)
    const slow = claimOf()
    await store.claim(hashOf('a'), slow)
    await store.send(hashOf('a'), slow.token)
    await sleep(LEASE_OVER_MS)
    t.match(await store.claim(hashOf('a'), claimOf()), { state: 'unknown' })
    t.equal(await store.keep(hashOf('a'), slow.token, { head: 'head', body: 'body', sealed: 'late' }), true)
    const kept = { state: 'kept', ...FIRST, sealed: 'late' }
    t.same(await store.claim(hashOf('a'), claimOf()), kept)
    t.same(await (await reopen()).claim(hashOf('a'), claimOf()), kept)
  })

  t.test('who renews its claim has it for as long as it likes', async (t) => {
    const { store } = await openStore(t, { leaseMs: 400, keptMs: 60_000 })
    const claim = claimOf()
    await store.claim(hashOf('a'), claim)
    for (const sends of [false, true]) {
      if (sends) await store.send(hashOf('a'), claim.token)
      for (let i = 0; i < 6; i += 1) {
        await sleep(100)
        t.equal(await store.renew(hashOf('a'), claim.token), true)
      }
      t.same(await store.claim(hashOf('a'), claimOf()), { state: 'running', ...FIRST })
    }
  })
}

function testForgetting(t: Test, openStore: OpenStore): void {
  t.test('what was kept long enough is forgotten', async (t) => {
    const { store, reopen } = await openStore(t, { leaseMs: 50, keptMs: 300 })
    const [kept, unknown] = [claimOf(), claimOf()]
    await store.claim(hashOf('kept'), kept)
    await store.send(hashOf('kept'), kept.token)
    await store.keep(hashOf('kept'), kept.token, { head: 'head', body: 'body', sealed: 'x' })
    await store.claim(hashOf('unknown'), unknown)
    await store.send(hashOf('unknown'), unknown.token)
    await sleep(350)
    t.same(await store.claim(hashOf('kept'), claimOf()), { state: 'claimed' })
    const next = await reopen()
    t.same(await next.claim(hashOf('unknown'), claimOf()), { state: 'claimed' })
  })

  t.test('a store that is closed refuses everything', async (t) => {
    const { store } = await openStore(t, LONG)
    const { token, ...rest } = claimOf()
    await store.claim(hashOf('a'), { token, ...rest })
    await store.close()
    await store.close()
    t.rejects(store.claim(hashOf('b'), claimOf()), Error)
    t.rejects(store.send(hashOf('a'), token), Error)
    t.rejects(store.keep(hashOf('a'), token, { head: 'head', body: '', sealed: '' }), Error)
    t.rejects(store.release(hashOf('a'), token), Error)
  })
}
