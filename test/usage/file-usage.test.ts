import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FileUsage } from '../../src/usage/file-usage.ts'
import { DAY, LIMITS, batch, counted, minute, read, readMinutes, testUsageStore } from './store-suite.ts'

t.test('counts in files do what all counts do', async (t) => {
  testUsageStore(t, async (t, limits) => {
    const folder = join(t.testdir(), 'usage')
    const store = new FileUsage({ folder, ...limits })
    const reopen = async () => {
      await store.close()
      return new FileUsage({ folder, ...limits })
    }
    return { store, reopen }
  })
})

t.test('the folder is made when there is something to count, for its owner alone', async (t) => {
  const folder = join(t.testdir(), 'usage')
  const store = new FileUsage({ folder, ...LIMITS })
  await read(store)
  await store.month('2026-11')
  t.notOk(existsSync(folder))
  await store.add(batch(1, [counted(1)]))
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, `${DAY}.json`)).mode & 0o777, 0o600)
})

t.test('files of days that are too old are removed with the first count of a day', async (t) => {
  const folder = join(t.testdir(), 'usage')
  const store = new FileUsage({ folder, ...LIMITS, keptDays: 40 })
  const days = ['2026-10-12', '2026-10-13', '2026-10-14', '2026-11-22']
  for (const [at, day] of days.entries()) await store.add(batch(at + 1, [counted(1)], { day }))
  t.same(readdirSync(folder), ['2026-10-13.json', '2026-10-14.json', '2026-11-22.json'])
  t.same(await read(store, '2026-10-13'), [counted(1)])
})

t.test('what a killed process left behind is overwritten', async (t) => {
  const folder = join(t.testdir(), 'usage')
  mkdirSync(folder)
  writeFileSync(join(folder, `${DAY}.json.new`), '{"calls": [')
  const store = new FileUsage({ folder, ...LIMITS })
  t.same(await read(store), [])
  await store.add(batch(1, [counted(1)]))
  t.same(readdirSync(folder), [`${DAY}.json`])
})

t.test(
  'a file that cannot be written is an error, and the same batch is added once when it can',
  async (t) => {
    const folder = join(t.testdir(), 'usage')
    writeFileSync(folder, 'a file in the place of the folder')
    const store = new FileUsage({ folder, ...LIMITS })
    await t.rejects(store.add(batch(1, [counted(3)])))
    await t.rejects(store.add(batch(1, [counted(3)])))
    rmSync(folder)
    await store.add(batch(1, [counted(3)]))
    t.same(await read(store), [counted(3)])
    // The disk is full: the folder stands in the way of the new file.
    mkdirSync(join(folder, `${DAY}.json.new`))
    await t.rejects(store.add(batch(2, [counted(4)])))
    await t.rejects(store.add(batch(2, [counted(4)])))
    rmSync(join(folder, `${DAY}.json.new`), { recursive: true })
    await store.add(batch(2, [counted(4)]))
    const again = new FileUsage({ folder, ...LIMITS })
    t.same(await read(again), [counted(7)])
    t.equal((await again.month('2026-11')).get('account:acme'), 7)
  },
)

t.test('a file of before minutes were counted is read and added to', async (t) => {
  const folder = join(t.testdir(), 'usage')
  mkdirSync(folder)
  const call = ['acme', 'sales', 'shop', 'sendTemplateMessage', 'accepted', 3]
  writeFileSync(join(folder, `${DAY}.json`), JSON.stringify({ sequences: { one: 7 }, calls: [call] }))
  const store = new FileUsage({ folder, ...LIMITS })
  t.same(await readMinutes(store, `${DAY}T00:00`, `${DAY}T23:59`), [])
  const minutes = [minute(`${DAY}T13:07`, { accepted: 1 })]
  await store.add(batch(8, [counted(1)], { minutes }))
  t.same(await read(store), [counted(4)])
  t.same(await readMinutes(new FileUsage({ folder, ...LIMITS }), `${DAY}T00:00`, `${DAY}T23:59`), minutes)
})

t.test('a damaged file is named, and harms no other day', async (t) => {
  const folder = join(t.testdir(), 'usage')
  mkdirSync(folder)
  const damaged = '{"sequences": {}, "calls": [], "minutes": 1}'
  for (const content of ['', '{', 'null', '{"calls": 1}', '{"calls": []}', damaged]) {
    writeFileSync(join(folder, `${DAY}.json`), content)
    const store = new FileUsage({ folder, ...LIMITS })
    await t.rejects(store.add(batch(1, [counted(1)])), { message: /2026-11-22\.json is damaged/ }, content)
    await t.rejects(store.read(DAY), { message: /damaged/ })
    await store.add(batch(1, [counted(1)], { day: '2026-11-21' }))
  }
})
