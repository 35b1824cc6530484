import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { TokenSource } from '../../src/domain/account.ts'
import { makeTokenReader } from '../../src/directory/token-reader.ts'

const TOKEN = 'wati_11111111-2222.abcdef'
const SECRET = 'the-secret-of-the-gateway-itself'

interface Scene {
  readonly folder: string
  readonly read: (source: TokenSource) => string
  /** The sentence with which a source is refused. */
  readonly refusal: (source: TokenSource) => string
}

/** A folder `data` that is the gateway's own, beside `keys.pem`; everything else may be named. */
function startScene(t: Test, variables: Readonly<Record<string, string>> = {}): Scene {
  const folder = t.testdir({
    data: { 'encryption.key': SECRET, deep: { inner: SECRET } },
    'data-of-others': { token: TOKEN },
    'keys.pem': SECRET,
    token: TOKEN,
  })
  const reader = makeTokenReader({
    variable: (name) => variables[name],
    ownVariables: ['JWT_SECRET', 'ENCRYPTION_KEYS'],
    ownPaths: [join(folder, 'data'), join(folder, 'keys.pem'), join(folder, 'not-there')],
  })
  const refusal = (source: TokenSource): string => {
    try {
      reader.read(source)
    } catch (error) {
      const { message, stack = '' } = error as Error
      t.notOk(stack.includes(SECRET), 'it shows nothing of what it read')
      return message
    }
    throw new Error('it was not refused')
  }
  return { folder, read: (source) => reader.read(source).reveal(), refusal }
}

for (const [what, text] of [
  ['as it is', TOKEN],
  ['between white space', `  \n${TOKEN}\r\n`],
  ['behind the word Bearer', `Bearer ${TOKEN}\n`],
  ['behind that word in capitals, and more space', `  BEARER \t ${TOKEN}`],
] as const) {
  t.test(`a token that stands there ${what} is read`, async (t) => {
    const { folder, read } = startScene(t, { ACME_TOKEN: text })
    writeFileSync(join(folder, 'token'), text)
    t.equal(read({ env: 'ACME_TOKEN' }), TOKEN)
    t.equal(read({ file: join(folder, 'token') }), TOKEN)
  })
}

t.test('a file is read through links, as platforms lay out their secrets', async (t) => {
  const { folder, read } = startScene(t)
  mkdirSync(join(folder, '..v1'))
  writeFileSync(join(folder, '..v1', 'token'), TOKEN)
  symlinkSync('..v1', join(folder, '..data'))
  symlinkSync('..data/token', join(folder, 'linked'))
  t.equal(read({ file: join(folder, 'linked') }), TOKEN)
  t.equal(read({ file: join(folder, 'data-of-others', 'token') }), TOKEN, 'a name that only begins alike')
})

t.test("the gateway's own settings are no tokens", async (t) => {
  const { refusal } = startScene(t, { JWT_SECRET: SECRET, ENCRYPTION_KEYS: SECRET })
  for (const env of ['JWT_SECRET', 'ENCRYPTION_KEYS']) {
    t.equal(refusal({ env }), `${env} is a setting of the gateway, not a token`)
  }
})

t.test("the gateway's own files are no tokens, by whatever way", async (t) => {
  const { folder, refusal } = startScene(t)
  symlinkSync(join(folder, 'data'), join(folder, 'linked-folder'))
  symlinkSync(join(folder, 'data', 'encryption.key'), join(folder, 'linked-file'))
  symlinkSync(join(folder, 'linked-file'), join(folder, 'linked-twice'))
  for (const file of [
    'data/encryption.key',
    'data/deep/inner',
    'data-of-others/../data/encryption.key',
    './/data/./encryption.key',
    'linked-folder/encryption.key',
    'linked-folder/deep/inner',
    'linked-file',
    'linked-twice',
    'keys.pem',
    'data',
  ]) {
    t.match(refusal({ file: `${folder}/${file}` }), /is one of the gateway's own$/, file)
  }
  t.match(refusal({ file: `/proc/self/root${folder}/data/encryption.key` }), /is one of the gateway's own$/)
})

t.test("a folder of the gateway's own that is itself a link is known by what it leads to", async (t) => {
  const folder = t.testdir({ real: { key: SECRET } })
  symlinkSync('real', join(folder, 'data'))
  const reader = makeTokenReader({
    variable: () => undefined,
    ownVariables: [],
    ownPaths: [join(folder, 'data')],
  })
  for (const file of ['data/key', 'real/key']) {
    t.throws(() => reader.read({ file: join(folder, file) }), /is one of the gateway's own/, file)
  }
})

t.test('what is no small file is refused at once, be it without an end', async (t) => {
  const { folder, refusal } = startScene(t)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  writeFileSync(join(folder, 'huge'), 'x'.repeat(65_537))
  const started = performance.now()
  for (const file of [join(folder, 'pipe'), join(folder, 'huge'), '/dev/zero', '/dev/urandom', folder]) {
    t.match(refusal({ file }), /is not a small file$/, file)
  }
  t.match(refusal({ file: '/proc/self/pagemap' }), /is not a small file|cannot be read/)
  t.ok(performance.now() - started < 1_000)
})

t.test('a file of the largest size is read, and still no token', async (t) => {
  const { folder, refusal, read } = startScene(t)
  writeFileSync(join(folder, 'large'), `${TOKEN}${' '.repeat(65_536 - TOKEN.length)}`)
  t.equal(read({ file: join(folder, 'large') }), TOKEN)
  writeFileSync(join(folder, 'large'), SECRET.padEnd(65_536, 'x'))
  t.match(refusal({ file: join(folder, 'large') }), /does not hold a token/)
})

t.test('what holds no token is refused, and nothing of it is shown', async (t) => {
  for (const text of [
    '',
    ' ',
    'short',
    'Bearer',
    'Bearer  ',
    `${SECRET} ${SECRET}`,
    `${SECRET}\n${SECRET}`,
    `${SECRET}\0`,
    `${SECRET}é`,
    SECRET.padEnd(4_097, 'x'),
  ]) {
    const { folder, refusal } = startScene(t, { ACME_TOKEN: text })
    const file = join(folder, 'token')
    writeFileSync(file, text)
    const because = 'does not hold a token: 8 to 4096 visible characters'
    t.equal(refusal({ env: 'ACME_TOKEN' }), `the environment variable ACME_TOKEN ${because}`)
    t.equal(refusal({ file }), `the file ${file} ${because}`)
  }
})

t.test('the environment of the process is not to be had as a file', async (t) => {
  const { refusal } = startScene(t)
  t.match(refusal({ file: '/proc/self/environ' }), /does not hold a token|is not a small file/)
})

t.test('what is not there, or not readable, is told by its code alone', async (t) => {
  const { folder, refusal } = startScene(t)
  t.equal(refusal({ env: 'ACME_TOKEN' }), 'the environment variable ACME_TOKEN is not set')
  t.equal(refusal({ file: 'token' }), 'the path of the file must be absolute')
  t.equal(refusal({ file: '' }), 'the path of the file must be absolute')
  symlinkSync('loop', join(folder, 'loop'))
  for (const [name, code] of [
    ['missing', 'ENOENT'],
    ['token/below', 'ENOTDIR'],
    ['loop', 'ELOOP'],
    ['n'.repeat(300), 'ENAMETOOLONG'],
    ['with\0zero', 'ERR_INVALID_ARG_VALUE'],
  ] as const) {
    const file = `${folder}/${name}`
    t.equal(refusal({ file }), `the file ${file} cannot be read (${code})`)
  }
})
