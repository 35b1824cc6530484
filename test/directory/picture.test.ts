import fc from 'fast-check'
import t from 'tap'
import type { Entry } from '../../src/directory/entry.ts'
import { type OpenedChange, Picture } from '../../src/directory/picture.ts'
import {
  ORIGIN,
  accountEntry,
  channelEntry,
  opened,
  pictureWith,
  removal,
  revocation,
  unreadable,
} from './entries.ts'

const number = (i: number) => String(1_000_000 + i)

t.test('each kind of record is found under its name, with its revision', async (t) => {
  const picture = pictureWith(
    opened(accountEntry('acme'), 1),
    opened(channelEntry('sales'), 2),
    opened(revocation('id-7'), 3),
  )
  t.match(picture.accounts.get('acme'), { id: 'acme', revision: 1 })
  t.match(picture.channels.get('sales'), { alias: 'sales', revision: 2 })
  t.match(picture.tokens.get('id-7'), { jti: 'id-7', revision: 3 })
  for (const [kind, id] of [
    ['account', 'acme'],
    ['channel', 'sales'],
    ['token', 'id-7'],
  ] as const) {
    picture.put(opened(removal(kind, id), 4))
  }
  t.same([picture.accounts.size, picture.channels.size, picture.tokens.size], [0, 0, 0])
})

t.test('an event of the whole directory changes nothing', async (t) => {
  const picture = pictureWith(opened(channelEntry('sales'), 1))
  for (const [kind, action] of [
    ['keys', 'keys.rotate'],
    ['directory', 'directory.reseed'],
  ] as const) {
    const entry: Entry = { ...ORIGIN, kind, id: kind, action, changes: [], record: null }
    picture.put(opened(entry, 2))
  }
  t.equal(picture.channels.size, 1)
  t.equal(picture.unreadable.size, 0)
})

t.test('a record never goes back to an older one', async (t) => {
  const picture = pictureWith(opened(channelEntry('sales', { number: number(5) }), 5))
  for (const older of [
    opened(channelEntry('sales', { number: number(4) }), 4),
    opened(removal('channel', 'sales'), 4),
    unreadable('channel:sales', 4),
  ]) {
    picture.put(older)
    t.match(picture.channels.get('sales'), { number: number(5), revision: 5 })
    t.equal(picture.unreadable.size, 0)
  }
})

t.test('what does not open is out of force, until a record that opens comes', async (t) => {
  const picture = pictureWith(opened(channelEntry('sales'), 1), unreadable('channel:sales', 2))
  t.equal(picture.channels.get('sales'), undefined)
  t.same([...picture.unreadable], [['channel:sales', 2]])
  picture.put(opened(channelEntry('sales'), 3))
  t.match(picture.channels.get('sales'), { revision: 3 })
  t.equal(picture.unreadable.size, 0)
  picture.put(unreadable('channel:sales', 4))
  picture.put(opened(removal('channel', 'sales'), 5))
  t.equal(picture.unreadable.size, 0)
  t.equal(picture.channels.size, 0)
})

t.test('the revision that something damaged claims to have holds nothing up', async (t) => {
  const picture = pictureWith(unreadable('channel:sales', 999_999_999_999_999))
  picture.put(opened(channelEntry('sales'), 3))
  t.match(picture.channels.get('sales'), { revision: 3 })
  t.equal(picture.unreadable.size, 0)
})

t.test('an entry that belongs to another target is as good as damaged', async (t) => {
  const picture = pictureWith({ ...opened(channelEntry('sales'), 1), target: 'channel:support' })
  t.equal(picture.channels.size, 0)
  t.same([...picture.unreadable.keys()], ['channel:support'])
})

t.test('damaged targets of kinds that nobody knows do no harm', async (t) => {
  const targets = ['', ':', 'sales', 'Channel:sales', 'xchannel:sales', 'channel', 'keys:keys', '__proto__']
  const picture = pictureWith(
    opened(channelEntry('sales'), 1),
    ...targets.map((target) => unreadable(target, 2)),
  )
  t.match(picture.channels.get('sales'), { revision: 1 })
  t.same([...picture.unreadable.keys()], targets)
})

t.test('a token that is kept elsewhere is filled in, for accounts only and each time', async (t) => {
  const filled: string[] = []
  const picture = new Picture((account) => {
    filled.push(`${account.id} ${account.revision}`)
    return { ...account, description: 'filled' }
  })
  picture.put(opened(accountEntry('acme'), 1))
  picture.put(opened(channelEntry('sales'), 2))
  picture.put(opened(accountEntry('acme'), 3))
  picture.put(opened(accountEntry('acme'), 2))
  t.same(filled, ['acme 1', 'acme 3'])
  t.match(picture.accounts.get('acme'), { description: 'filled', revision: 3 })
})

t.test('records may come in any order, and twice: the newest of each counts', async (t) => {
  const change = fc.record({
    alias: fc.constantFrom('a', 'b', 'c'),
    revision: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(
      fc.uniqueArray(change, { selector: ({ revision }) => revision }),
      fc.infiniteStream(fc.nat()),
      (changes, order) => {
        const all = changes.map(({ alias, revision }): OpenedChange =>
          opened(channelEntry(alias, { number: number(revision) }), revision),
        )
        // The picture takes over the record that it is given.
        const shuffled = [...all, ...all]
          .map((each) => ({ each: structuredClone(each), at: order.next().value }))
          .sort((one, other) => one.at - other.at)
          .map(({ each }) => each)
        const picture = pictureWith(...shuffled)
        for (const alias of ['a', 'b', 'c']) {
          const newest = Math.max(
            0,
            ...changes.filter((each) => each.alias === alias).map(({ revision }) => revision),
          )
          const expected = newest === 0 ? undefined : number(newest)
          t.equal(picture.channels.get(alias)?.number, expected)
        }
      },
    ),
  )
})
