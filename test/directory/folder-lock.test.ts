import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFileStore } from '../../src/directory/file-store.ts'
import { lockFolder } from '../../src/directory/folder-lock.ts'

async function makeFolder(t: Test): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lock-')))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

for (const [what, name] of [
  ['a folder', ''],
  ['a folder whose path is too long for a socket', 'long'.repeat(30)],
] as const) {
  t.test(`${what} is locked once, and again after its release`, async (t) => {
    const place = await makeFolder(t)
    const TMPDIR = process.env['TMPDIR']
    process.env['TMPDIR'] = place
    t.teardown(() => {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    })
    const folder = join(place, name)
    await mkdir(folder, { recursive: true })
    for (let round = 0; round < 3; round += 1) {
      const lock = await lockFolder(folder)
      await t.rejects(lockFolder(folder), {
        message: `The folder ${folder} is in use: only one gateway, and only once, may use it.`,
      })
      lock.release()
    }
  })
}

t.test('of many that lock a folder at once exactly one succeeds', async (t) => {
  const folder = await makeFolder(t)
  for (let round = 0; round < 10; round += 1) {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    const locks = tries.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value] : []))
    t.equal(locks.length, 1)
    for (const tried of tries) {
      if (tried.status === 'rejected') t.match(tried.reason, { message: /is in use/ })
    }
    locks[0]?.release()
  }
})

t.test('a folder that is known by two names is still one folder', async (t) => {
  const folder = await makeFolder(t)
  await mkdir(join(folder, 'data'))
  await symlink('data', join(folder, 'other'))
  const store = await openFileStore({ folder: join(folder, 'data'), changesKept: 1 })
  t.teardown(() => store.close())
  await t.rejects(openFileStore({ folder: join(folder, 'other'), changesKept: 1 }), /is in use/)
})

t.test('locking again and again does not fill the folder', async (t) => {
  const folder = await makeFolder(t)
  for (let round = 0; round < 5; round += 1) (await lockFolder(folder)).release()
  t.same(await readdir(folder), ['lock.5'])
})
