import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFileStore } from '../../src/directory/file-store.ts'
import { change, follow, pictureOf, testStore } from './store-suite.ts'

async function open(t: Test, folder: string, changesKept = 100) {
  const store = await openFileStore({ folder, changesKept })
  t.teardown(() => store.close())
  return store
}

/** A folder with a short path; the fixtures of tap have long ones. */
async function makeFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const journalOf = (folder: string) => join(folder, 'directory.jsonl')

testStore(t, async (t, changesKept) => {
  const folder = await makeFolder(t)
  const store = await open(t, folder, changesKept)
  const reopen = async () => {
    await store.close()
    return await open(t, folder, changesKept)
  }
  return { store, reopen }
})

t.test('folder and journal are made for the owner alone', async (t) => {
  const folder = join(await makeFolder(t), 'deep', 'data')
  await open(t, folder)
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  t.equal((await stat(journalOf(folder))).mode & 0o777, 0o600)
})

t.test('the journal says what it is, and has one line a change', async (t) => {
  const folder = await makeFolder(t)
  const store = await open(t, folder)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'channel:sales', 'x'))
  const lines = (await readFile(journalOf(folder), 'utf8'))
    .split('\n')
    .map((line): unknown => line && JSON.parse(line))
  t.same(lines, [
    { format: 'wati-gateway-directory', version: 1, epoch },
    change(1, 'channel:sales', 'x'),
    '',
  ])
})

for (const [what, tail] of [
  ['has no end', '{"revision":3,"target":"channel:sal'],
  ['lacks only its newline', JSON.stringify(change(3, 'channel:sales', 'torn'))],
  ['is a hole in the file', '\0\0\0\0\n'],
  ['has an old revision', `${JSON.stringify(change(2, 'channel:sales', 'again'))}\n`],
] as const) {
  t.test(`a last line that ${what} was never acknowledged and is cut off`, async (t) => {
    const folder = await makeFolder(t)
    const store = await open(t, folder)
    const { epoch } = await pictureOf(store)
    await store.commit(epoch, change(1, 'channel:é', 'first'))
    await store.commit(epoch, change(2, 'channel:sales', 'second'))
    await store.close()
    const whole = await readFile(journalOf(folder))
    await appendFile(journalOf(folder), tail)
    const again = await open(t, folder)
    t.match(await pictureOf(again), { epoch, revision: 2 })
    t.same(await readFile(journalOf(folder)), whole)
    await again.commit(epoch, change(3, 'channel:sales', 'third'))
    await again.close()
    t.match(await pictureOf(await open(t, folder)), { revision: 3 })
  })
}

for (const { when, content, refusal } of [
  {
    when: 'a line in the middle is no JSON',
    content: [header(), '{"rev', line(2), ''],
    refusal: /line 2\. Restore/,
  },
  {
    when: 'a line in the middle lacks a field',
    content: [header(), line(1), '{"revision":2}', line(3), ''],
    refusal: /line 3/,
  },
  { when: 'revisions go back', content: [header(), line(2), line(1), line(3), ''], refusal: /line 3/ },
  { when: 'its first line is missing', content: [line(1), line(2), ''], refusal: /line 1/ },
  { when: 'it is empty', content: [''], refusal: /line 1/ },
  {
    when: 'it is of a newer version',
    content: [header(2), ''],
    refusal: /has version 2, .* reads version 1/,
  },
]) {
  t.test(`a journal is refused, and left as it is, when ${when}`, async (t) => {
    const folder = await makeFolder(t)
    const file = journalOf(folder)
    await writeFile(file, content.join('\n'))
    const error: unknown = await openFileStore({ folder, changesKept: 100 }).catch((error: unknown) => error)
    t.match(error, { message: refusal })
    t.ok(String(error).includes(file), 'the sentence names the file')
    t.equal(await readFile(file, 'utf8'), content.join('\n'))
    await writeFile(file, `${header()}\n`)
    await open(t, folder)
  })
}

t.test('a journal that has grown long is written anew with what is needed', async (t) => {
  const folder = await makeFolder(t)
  const store = await open(t, folder, 5)
  const { epoch } = await pictureOf(store)
  await store.commit(epoch, change(1, 'account:acme', 'kept for ever'))
  for (let i = 2; i <= 40; i += 1)
    await store.commit(epoch, change(i, `channel:${i % 3}`, `s${i}`, i % 3 === 0))
  const before = await pictureOf(store)
  await store.close()
  const again = await open(t, folder, 5)
  t.same(new Set((await pictureOf(again)).records), new Set(before.records))
  t.match(await pictureOf(again), { epoch, revision: 40 })
  const revisions = (await readFile(journalOf(folder), 'utf8')).trim().split('\n').slice(1).map(revisionOf)
  t.same(revisions, [1, 36, 37, 38, 39, 40])
  const follower = follow(t, again, { epoch, revision: 35 })
  await follower.reaches(40)
  await t.rejects(follow(t, again, { epoch, revision: 34 }).ended, { name: 'StoreLost', reason: 'trimmed' })
  t.equal(await again.commit(epoch, change(41, 'account:acme', 'new')), 'committed')
  t.same(
    (await readdir(folder)).filter((name) => name.includes('.new')),
    [],
  )
})

t.test('a new journal whose writing was cut short does no harm', async (t) => {
  const folder = await makeFolder(t)
  await writeFile(`${journalOf(folder)}.new`, '{"format":"wati-gat')
  const store = await open(t, folder)
  t.match(await pictureOf(store), { revision: 0 })
})

t.test('a folder that cannot be made is an error', async (t) => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'file'), '')
  await t.rejects(openFileStore({ folder: join(folder, 'file', 'data'), changesKept: 1 }), {
    code: 'ENOTDIR',
  })
  await mkdir(join(folder, 'odd', 'directory.jsonl'), { recursive: true })
  await t.rejects(openFileStore({ folder: join(folder, 'odd'), changesKept: 1 }), { code: 'EISDIR' })
})

function header(version = 1): string {
  return JSON.stringify({ format: 'wati-gateway-directory', version, epoch: 'e' })
}

function line(revision: number): string {
  return JSON.stringify(change(revision, 'channel:sales', 'x'))
}

function revisionOf(line: string): unknown {
  return (JSON.parse(line) as { revision: unknown }).revision
}
