import t from 'tap'
import {
  type AccountEntry,
  type ChannelEntry,
  type Entry,
  openEntry,
  sealEntry,
  targetOf,
} from '../../src/directory/entry.ts'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import { Secret } from '../../src/domain/secret.ts'

const TOKEN = 'wati_11111111-2222.abcdef'
const ORIGIN = {
  at: '2026-11-22T09:00:00.000Z',
  actor: { sub: 'admin', jti: 'id-1', address: '127.0.0.1' },
  requestId: 'request-1',
}

const ACCOUNT: AccountEntry = {
  ...ORIGIN,
  kind: 'account',
  id: 'acme',
  account: {
    id: 'acme',
    tenantId: '388428',
    baseUrl: 'https://live-mt-server.wati.io',
    token: new Secret(TOKEN),
    tokenUpdatedAt: ORIGIN.at,
    plan: 'growth',
    description: 'café 🎈',
  },
}

const CHANNEL: ChannelEntry = {
  ...ORIGIN,
  kind: 'channel',
  id: 'sales',
  channel: {
    alias: 'sales',
    account: 'acme',
    number: '85264318722',
    enabled: false,
    labels: { region: 'latam' },
  },
}

const seal = makeSeal(generateKey('k1'))

t.test('an account comes back with its token as a secret', async (t) => {
  const opened = openEntry(seal, sealEntry(seal, ACCOUNT, 7)) as AccountEntry
  t.ok(opened.account?.token instanceof Secret)
  t.equal(opened.account?.token.reveal(), TOKEN)
  t.same(
    { ...opened, account: { ...opened.account, token: null } },
    {
      ...ACCOUNT,
      account: { ...ACCOUNT.account, token: null },
    },
  )
})

t.test('a channel comes back as it was', async (t) => {
  t.same(openEntry(seal, sealEntry(seal, CHANNEL, 7)), CHANNEL)
})

t.test('a removal comes back as one, and says so beside the seal', async (t) => {
  for (const entry of [
    { ...ACCOUNT, account: null },
    { ...CHANNEL, channel: null },
  ] satisfies Entry[]) {
    const change = sealEntry(seal, entry, 7)
    t.equal(change.deleted, true)
    t.same(openEntry(seal, change), entry)
  }
})

t.test('what stands beside the seal is target and revision, and nothing else', async (t) => {
  const { sealed, ...rest } = sealEntry(seal, ACCOUNT, 7)
  t.same(rest, { revision: 7, target: 'account:acme', deleted: false })
  const clear = Buffer.from(sealed.slice(3), 'base64').toString('latin1') + sealed
  for (const text of [TOKEN, 'wati', '388428', 'admin', '85264318722']) t.notOk(clear.includes(text), text)
  t.equal(targetOf(ACCOUNT), 'account:acme')
  t.equal(targetOf(CHANNEL), 'channel:sales')
})

t.test('an entry opens for its own target and revision only', async (t) => {
  const change = sealEntry(seal, CHANNEL, 7)
  for (const moved of [
    { target: 'channel:support' },
    { target: 'account:sales' },
    { target: 'channel:sales/7', revision: 7 },
    { target: '' },
    { revision: 6 },
    { revision: 8 },
    { revision: 70 },
    { revision: Number.NaN },
  ]) {
    t.throws(() => openEntry(seal, { ...change, ...moved }), JSON.stringify(moved))
  }
  t.throws(() => openEntry(makeSeal(generateKey('k1')), change), 'another key')
  t.doesNotThrow(() => openEntry(seal, change))
})

t.test('two entries cannot swap their seals', async (t) => {
  const sales = sealEntry(seal, CHANNEL, 7)
  const support = sealEntry(seal, { ...CHANNEL, id: 'support' }, 7)
  t.throws(() => openEntry(seal, { ...sales, sealed: support.sealed }))
})

t.test('a token is in clear nowhere but under the seal', async (t) => {
  t.notMatch(JSON.stringify(ACCOUNT), TOKEN)
  t.notMatch(JSON.stringify(openEntry(seal, sealEntry(seal, ACCOUNT, 7))), TOKEN)
})
