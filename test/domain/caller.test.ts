import t from 'tap'
import { type Caller, SCOPES, mayUse, readCaller } from '../../src/domain/caller.ts'

function caller(claims: Record<string, unknown>): Caller {
  const read = readCaller({ sub: 'crm', ...claims })
  if (typeof read === 'string') throw new Error(read)
  return read
}

interface Case {
  readonly when: string
  readonly claims: Record<string, unknown>
  readonly may?: readonly string[]
  readonly mayNot?: readonly string[]
}

const ANY = ['sales', 'latam-br', 'a', 'constructor']

const CASES: Case[] = [
  { when: 'no claim names a channel', claims: {}, mayNot: ANY },
  { when: 'channels is empty', claims: { channels: [] }, mayNot: ANY },
  {
    when: 'channels holds aliases',
    claims: { channels: ['sales', 'a'] },
    may: ['sales', 'a'],
    mayNot: ['sale', 'sales-2', 'b', 'SALES', ''],
  },
  { when: 'channels holds a star', claims: { channels: ['*'] }, may: ANY },
  {
    when: 'channels holds a prefix',
    claims: { channels: ['latam-*'] },
    may: ['latam-br', 'latam-br-2'],
    mayNot: ['latam', 'latamx', 'xlatam-br', 'sales'],
  },
  {
    when: 'a prefix has no dash',
    claims: { channels: ['lat*'] },
    may: ['latam', 'lat'],
    mayNot: ['la', 'sales'],
  },
  ...['sales', '*', 'sales *', { 0: '*', length: 1 }, { '*': true }, true, 1, null, ''].map((channels) => ({
    when: `channels is ${JSON.stringify(channels)}, not an array`,
    claims: { channels },
    mayNot: [...ANY, '*', ''],
  })),
  ...[
    ['**'],
    ['*-br'],
    ['la*am'],
    ['-*'],
    ['9*'],
    ['L*'],
    [' *'],
    ['* '],
    ['*\n'],
    ['latam-* '],
    ['.*'],
    ['^'],
    [''],
  ].map((channels) => ({
    when: `channels is ${JSON.stringify(channels)}`,
    claims: { channels },
    mayNot: [...ANY, ''],
  })),
  ...[[1], [null], [true], [['*']], [{ '*': 1 }], [['sales']], [undefined]].map((channels) => ({
    when: `channels holds ${JSON.stringify(channels)}, not a string`,
    claims: { channels },
    mayNot: [...ANY, '*', ''],
  })),
  {
    when: 'one element of channels is broken, the others count',
    claims: { channels: [null, 'Sales', 'sales', 7] },
    may: ['sales'],
    mayNot: ['Sales', 'a', '7'],
  },
  {
    when: 'channel alone names an alias',
    claims: { channel: 'sales' },
    may: ['sales'],
    mayNot: ['sale', 'sales-2', 'a', '*'],
  },
  {
    when: 'channel stands among channels',
    claims: { channel: 'sales', channels: ['sales', 'a'] },
    may: ['sales', 'a'],
    mayNot: ['b'],
  },
  {
    when: 'channel does not stand among channels',
    claims: { channel: 'sales', channels: ['a'] },
    may: ['a'],
    mayNot: ['sales'],
  },
  {
    when: 'channel stands beside empty channels',
    claims: { channel: 'sales', channels: [] },
    mayNot: ['sales'],
  },
  ...[null, '*', 'sales', {}].map((channels) => ({
    when: `channel stands beside channels that is ${JSON.stringify(channels)}, not an array`,
    claims: { channel: 'sales', channels },
    mayNot: ['sales', 'a'],
  })),
  {
    when: 'channel is covered by a prefix',
    claims: { channel: 'latam-br', channels: ['latam-*'] },
    may: ['latam-br'],
  },
  {
    when: 'channel alone is a star: it names one alias, so it grants nothing',
    claims: { channel: '*' },
    mayNot: [...ANY, ''],
  },
  {
    when: 'channel alone is a prefix: it names one alias, so it grants nothing',
    claims: { channel: 's*' },
    mayNot: ['sales', 's'],
  },
  { when: 'channel alone is no alias', claims: { channel: 'Sales' }, mayNot: ['sales', 'Sales'] },
  { when: 'channel alone is empty', claims: { channel: '' }, mayNot: [...ANY, ''] },
]

for (const { when, claims, may = [], mayNot = [] } of CASES) {
  t.test(`${when}: just these aliases may be used`, async (t) => {
    for (const alias of may) t.ok(mayUse(caller(claims), alias), `${alias} may be used`)
    for (const alias of mayNot) t.notOk(mayUse(caller(claims), alias), `${alias} may not be used`)
  })
}

t.test('the claims become the caller', async (t) => {
  const read = caller({
    sub: 'crm',
    jti: 'id-1',
    channel: 'sales',
    channels: ['sales'],
    scope: 'messages:send messages:read',
    exp: 1,
  })
  t.match(read, { sub: 'crm', jti: 'id-1', channel: 'sales' })
  t.same([...read.scopes], ['messages:send', 'messages:read'])
})

for (const scope of [
  undefined,
  '',
  ' ',
  'messages:sendx',
  'messages',
  'messages:*',
  '*',
  'MESSAGES:SEND',
  'messages:send,contacts:read',
]) {
  t.test(`scope ${JSON.stringify(scope)} gives none of the known scopes`, async (t) => {
    const { scopes } = caller({ scope })
    for (const known of SCOPES) t.notOk(scopes.has(known), known)
  })
}

t.test('scopes may be separated by several spaces', async (t) => {
  const { scopes } = caller({ scope: ' messages:send  contacts:read ' })
  t.ok(scopes.has('messages:send'))
  t.ok(scopes.has('contacts:read'))
})

const WRONG: readonly (readonly [claims: Record<string, unknown>, sentence: string])[] = [
  ...[undefined, null, '', 1, {}, ['crm']].map(
    (sub) => [{ sub }, 'its sub claim must be a non-empty string'] as const,
  ),
  ...[null, 1, {}, ['id']].map((jti) => [{ sub: 'crm', jti }, 'its jti claim must be a string'] as const),
  ...[null, 1, {}, ['sales']].map(
    (channel) => [{ sub: 'crm', channel }, 'its channel claim must be a string'] as const,
  ),
  ...[null, 1, {}, ['messages:send']].map(
    (scope) =>
      [{ sub: 'crm', scope }, 'its scope claim must be a string of scopes separated by spaces'] as const,
  ),
]

for (const [claims, sentence] of WRONG) {
  t.test(`the claims ${JSON.stringify(claims)} are no caller: ${sentence}`, async (t) => {
    t.equal(readCaller(claims), sentence)
  })
}
