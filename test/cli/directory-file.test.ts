import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readDirectoryFile } from '../../src/cli/directory-file.ts'
import { folderOf } from '../helpers/folder.ts'

const CHANNEL = 'account: acme, number: "85264318722"'

async function read(t: Test, text: string) {
  const path = join(folderOf(t), 'channels.yaml')
  writeFileSync(path, text)
  return await readDirectoryFile(path)
}

/** What is wrong with a file, without its name. */
async function mistakesOf(t: Test, text: string): Promise<string[]> {
  try {
    await read(t, text)
    return []
  } catch (error) {
    t.match(error, { exitCode: 64 })
    return (error as Error).message.split('\n').map((line) => line.replace(/^.*channels\.yaml:/, ''))
  }
}

t.test('a file gives the fields of its records as they stand there', async (t) => {
  const { account, channel } = await read(
    t,
    `accounts:\n  acme: {tenantId: "1", baseUrl: https://a.wati.io, limits: {monthlyCalls: null}}\nchannels:\n  sales: {${CHANNEL}, enabled: false}\n`,
  )
  t.same(
    [...(account ?? [])],
    [['acme', { tenantId: '1', baseUrl: 'https://a.wati.io', limits: { monthlyCalls: null } }]],
  )
  t.same([...(channel ?? [])], [['sales', { account: 'acme', number: '85264318722', enabled: false }]])
})

t.test('digits need no quotes: what was written counts, not the number it makes', async (t) => {
  const { account, channel } = await read(
    t,
    'accounts: {acme: {tenantId: 00123456789012345678, baseUrl: https://a.wati.io}}\nchannels: {sales: {account: acme, number: +85264318722}}',
  )
  t.equal(account?.get('acme')?.['tenantId'], '00123456789012345678')
  t.equal(channel?.get('sales')?.['number'], '+85264318722')
  for (const number of ['8.5e9', '0x50', '85264318722.5']) {
    const mistakes = await mistakesOf(t, `channels: {sales: {account: acme, number: ${number}}}`)
    t.match(mistakes, [/^1:35: the field "number" must be 7 to 15 digits/], number)
  }
})

t.test('a section that is not there is left alone, an empty one is not', async (t) => {
  t.same(await read(t, 'channels: {}'), { channel: new Map() })
})

t.test('words are words: no country is taken for "false"', async (t) => {
  const { channel } = await read(t, `channels: {no: {${CHANNEL}, labels: {region: no, since: 2026-11-22}}}`)
  t.same(channel?.get('no')?.['labels'], { region: 'no', since: '2026-11-22' })
})

const refused: readonly { when: string; text: string; says: RegExp }[] = [
  { when: 'it is empty', text: '', says: /^1:1: the file must have "accounts", "channels" or both\.$/ },
  { when: 'it is a list', text: '- a', says: /^1:1: the file must have/ },
  { when: 'a section is unknown', text: 'channels: {}\nchanels: {}', says: /^2:1: "chanels" is neither/ },
  {
    when: 'a section is empty by mistake',
    text: 'channels:\n',
    says: /^1:1: "channels" must be a mapping .* \{\} for none/,
  },
  {
    when: 'a name is none',
    text: `channels:\n  Sales: {${CHANNEL}}`,
    says: /^2:3: a name must be lower-case/,
  },
  {
    when: 'a name is of the language itself',
    text: 'channels: {__proto__: {}}',
    says: /^1:12: a name must be/,
  },
  {
    when: 'a record is no mapping',
    text: 'channels: {sales: 5}',
    says: /^1:12: it must be a mapping of fields/,
  },
  {
    when: 'a field is missing',
    text: 'channels: {sales: {account: a}}',
    says: /^1:12: the field "number" is missing/,
  },
  {
    when: 'a field is unknown',
    text: `channels: {sales: {${CHANNEL}, numbr: 1}}`,
    says: /^1:58: the field "numbr" is not known/,
  },
  {
    when: 'a field has another type',
    text: `channels: {sales: {${CHANNEL}, enabled: "yes"}}`,
    says: /"enabled" must be true or false/,
  },
  {
    when: 'a label is a number',
    text: `channels: {sales: {${CHANNEL}, labels: {a: 5}}}`,
    says: /"labels" must be an object/,
  },
  {
    when: 'a plan is none',
    text: 'accounts: {a: {tenantId: 1, baseUrl: b, plan: gold}}',
    says: /"plan" must be one of growth, pro, business/,
  },
  {
    when: 'tokenFrom has two sources',
    text: 'accounts: {a: {tenantId: 1, baseUrl: b, tokenFrom: {env: A, file: b}}}',
    says: /"tokenFrom" must be/,
  },
  {
    when: 'a key stands there twice',
    text: `channels:\n  a: {${CHANNEL}}\n  a: {${CHANNEL}}`,
    says: /^3:3: the key stands there twice/,
  },
  {
    when: 'a field stands there twice',
    text: `channels: {a: {${CHANNEL}, account: b}}`,
    says: /^1:54: the key stands there twice/,
  },
  { when: 'a key is a mapping', text: 'channels: {? {a: b} : {}}', says: /a key must be a name/ },
  {
    when: 'it holds two documents',
    text: 'channels: {}\n---\nchannels: {}',
    says: /^2:1: the file holds more than one document/,
  },
  {
    when: 'a tag makes something else of it',
    text: 'channels: !!js/function "x"',
    says: /^1:11: Unresolved tag/,
  },
  { when: 'it is broken off', text: 'channels: {a: {', says: /^1:[0-9]+: / },
  {
    when: 'an alias has no anchor',
    text: 'channels: *nowhere',
    says: /it has an alias \(\*\) without its anchor/,
  },
  {
    when: 'it is nested too deep',
    text: `channels: ${'{a: '.repeat(20_000)}`,
    says: /^1:[0-9]+: it is nested too deep/,
  },
]
for (const { when, text, says } of refused) {
  t.test(`a file is refused with line and column when ${when}`, async (t) => {
    const [first, ...more] = await mistakesOf(t, text)
    t.match(first, says)
    t.same(more, [])
  })
}

t.test('all mistakes are told at once, at most ten of them', async (t) => {
  const lines = Array.from({ length: 14 }, (_, i) => `  c${i}: {account: acme}`)
  const mistakes = await mistakesOf(t, ['channels:', ...lines].join('\n'))
  t.equal(mistakes.length, 11)
  t.match(mistakes.at(-1), '… and 4 more.')
})

t.test('a small file that would become a huge one is refused at once', async (t) => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
  )
  const started = Date.now()
  t.match(await mistakesOf(t, [`a0: &a0 [x]`, ...levels].join('\n')), ['1:1: it has too many aliases.'])
  t.ok(Date.now() - started < 5_000)
})

t.test('a token in the file is refused, and no mistake shows a value', async (t) => {
  const secret = 'wati_11111111-2222-4333-8444-555555555555.c2VjcmV0'
  const texts = [
    `accounts: {a: {tenantId: 1, baseUrl: b, token: ${secret}}}`,
    `accounts: {a: {tenantId: ${secret}, baseUrl: b, tokenFrom: ${secret}, plan: ${secret}}}`,
    `accounts: {a: "${secret}`,
    `accounts: {a: {token: ${secret}, token: ${secret}}}`,
    `accounts: ${secret}`,
    `accounts: {a: !!x ${secret}}`,
    `accounts: "${secret}" "${secret}"`,
    `accounts: a: ${secret}: b`,
  ]
  for (const text of texts) {
    const mistakes = (await mistakesOf(t, text)).join('\n')
    t.not(mistakes, '', text)
    t.notMatch(mistakes, secret)
  }
  t.match(await mistakesOf(t, texts[0] ?? ''), [
    /^1:41: the field "token" is a secret and does not belong here/,
  ])
})

t.test('100,000 channels are read in seconds', async (t) => {
  const lines = Array.from(
    { length: 100_000 },
    (_, i) => `  c${i}: {account: acme, number: "${5_511_900_000_000 + i}"}`,
  )
  const { channel } = await read(t, ['channels:', ...lines].join('\n'))
  t.equal(channel?.size, 100_000)
})
