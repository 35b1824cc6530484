import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFileStore } from '../../src/directory/file-store.ts'
import { compileLoop, startCommits } from '../helpers/commit-process.ts'
import { follow, pictureOf } from './store-suite.ts'

const PLENTY = 1_000_000
const loop = await compileLoop(t, 'commit-loop')

async function makeFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('a process killed at any moment leaves every acknowledged change, and no lock', async (t) => {
  const folder = await makeFolder(t)
  let known = 0
  for (let kill = 0; kill < 10; kill += 1) {
    const process = startCommits(t, loop, [folder, String(PLENTY)])
    await process.commits(1 + Math.floor(Math.random() * 60))
    await process.kill()
    t.equal(process.failure(), undefined)
    t.equal(process.acknowledged[0], known + 1, 'it went on where the last one was killed')
    known = await checkJournal(t, folder, process.acknowledged.at(-1) ?? 0)
  }
})

/** Every change up to the last acknowledged one is there, and at most the one that was in flight beside them. */
async function checkJournal(t: Test, folder: string, acknowledged: number): Promise<number> {
  const store = await openFileStore({ folder, changesKept: PLENTY })
  const { epoch, revision } = await pictureOf(store)
  t.ok(revision === acknowledged || revision === acknowledged + 1)
  if (revision > 0) {
    const follower = follow(t, store, { epoch, revision: 0 })
    await follower.reaches(revision)
    follower.stop()
    const wrong = follower.changes.filter(
      (found, i) => found.revision !== i + 1 || !found.sealed.startsWith(`sealed ${found.revision} `),
    )
    t.same(wrong, [])
  }
  await store.close()
  return revision
}

t.test('a second process is refused while the first lives, even when that hangs', async (t) => {
  const folder = await makeFolder(t)
  const first = startCommits(t, loop, [folder, String(PLENTY)])
  await first.commits(1)
  const second = startCommits(t, loop, [folder, String(PLENTY)])
  await second.ended
  t.match(second.failure(), /is in use: only one gateway, and only once, may use it/)
  t.same(second.acknowledged, [])
  first.pause()
  await t.rejects(openFileStore({ folder, changesKept: PLENTY }), /is in use/)
  await first.kill()
  await (await openFileStore({ folder, changesKept: PLENTY })).close()
})

t.test('of many processes that find the lock of a killed one, exactly one gets it', async (t) => {
  const folder = await makeFolder(t)
  const killed = startCommits(t, loop, [folder, String(PLENTY)])
  await killed.commits(1)
  await killed.kill()
  const heirs = Array.from({ length: 6 }, () => startCommits(t, loop, [folder, String(PLENTY)]))
  await Promise.all(heirs.map((heir) => heir.commits(20)))
  const holders = heirs.filter((heir) => heir.failure() === undefined)
  t.equal(holders.length, 1)
  for (const heir of heirs) await heir.kill()
  await checkJournal(t, folder, holders[0]?.acknowledged.at(-1) ?? 0)
})

t.test('a write that does not fit on the disk is taken back', async (t) => {
  const folder = await makeFolder(t)
  const process = startCommits(t, loop, [folder, String(PLENTY)], 16)
  await process.ended
  t.match(process.failure(), /EFBIG/)
  t.ok(process.acknowledged.length > 10)
  const journal = await readFile(join(folder, 'directory.jsonl'), 'utf8')
  t.ok(journal.endsWith('}\n'), 'no torn line is left')
  await checkJournal(t, folder, process.acknowledged.at(-1) ?? 0)
})
