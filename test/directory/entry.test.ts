import t from 'tap'
import {
  type AccountEntry,
  type Action,
  type Entry,
  openEntry,
  sealAgain,
  sealEntry,
  targetOf,
} from '../../src/directory/entry.ts'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import { Secret } from '../../src/domain/secret.ts'
import { ORIGIN, WATI_TOKEN as TOKEN, accountEntry, channelEntry, removal, revocation } from './entries.ts'

const ACCOUNT = accountEntry('acme', { description: 'café 🎈' })
const CHANNEL = channelEntry('sales', { enabled: false, labels: { region: 'latam' } })

const seal = makeSeal(generateKey('k1'))

t.test('an account comes back with its token as a secret', async (t) => {
  const opened = openEntry(seal, sealEntry(seal, ACCOUNT, 7)) as AccountEntry
  t.ok(opened.record?.token instanceof Secret)
  t.equal(opened.record?.token?.reveal(), TOKEN)
  t.same(
    { ...opened, record: { ...opened.record, token: null } },
    { ...ACCOUNT, record: { ...ACCOUNT.record, token: null } },
  )
})

t.test('a channel comes back as it was', async (t) => {
  t.same(openEntry(seal, sealEntry(seal, CHANNEL, 7)), CHANNEL)
})

t.test('a removal comes back as one, and says so beside the seal', async (t) => {
  for (const entry of [removal('account', 'acme'), removal('channel', 'sales'), removal('token', 'id-7')]) {
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

t.test('a revocation comes back as it was', async (t) => {
  t.same(openEntry(seal, sealEntry(seal, revocation('id-7'), 7)), revocation('id-7'))
})

t.test('an event of the whole directory leaves no record, and comes back with what it says', async (t) => {
  for (const [kind, action] of [
    ['keys', 'keys.rotate'],
    ['directory', 'directory.reseed'],
  ] as const satisfies readonly (readonly [string, Action])[]) {
    const changes = [{ field: 'records', to: 7 }]
    const entry: Entry = { ...ORIGIN, kind, id: kind, action, changes, record: null }
    const change = sealEntry(seal, entry, 7)
    t.match(change, { target: `${kind}:${kind}`, deleted: true })
    t.same(openEntry(seal, change), entry)
  }
})

const [oldKey, newKey] = [generateKey('old'), generateKey('new')]
const before = makeSeal(oldKey)
const during = makeSeal(`${newKey},${oldKey}`)

t.test('sealed again, an entry is the same, at the same place, under the first key', async (t) => {
  const change = sealEntry(before, ACCOUNT, 7)
  const again = { ...change, sealed: sealAgain(during, change) ?? '' }
  t.equal(during.keyOf(again.sealed), 'new')
  const opened = openEntry(makeSeal(newKey), again) as AccountEntry
  t.equal(opened.record?.token?.reveal(), TOKEN)
  t.throws(() => openEntry(during, { ...again, revision: 8 }))
  t.throws(() => openEntry(during, { ...again, target: 'account:other' }))
})

t.test('what is under the first key, or does not open, is not sealed again', async (t) => {
  t.equal(sealAgain(during, sealEntry(during, CHANNEL, 7)), undefined)
  const change = sealEntry(before, CHANNEL, 7)
  t.equal(sealAgain(during, { ...change, revision: 8 }), undefined)
  t.equal(sealAgain(makeSeal(newKey), change), undefined)
  for (const sealed of ['', '.', 'old.', 'old.AAAA', 'plain text']) {
    t.equal(sealAgain(during, { ...change, sealed }), undefined, sealed)
  }
})
