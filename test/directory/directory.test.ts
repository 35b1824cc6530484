import t from 'tap'
import { Directory, type DirectoryState } from '../../src/directory/directory.ts'
import type { OpenedChange } from '../../src/directory/picture.ts'
import {
  accountEntry,
  channelEntry,
  opened,
  pictureWith,
  removal,
  revocation,
  unreadable,
} from './entries.ts'

const EPOCH = 'epoch-1'

function account(id: string, revision: number, baseUrl = 'https://a.wati.io'): OpenedChange {
  return opened(accountEntry(id, { baseUrl }), revision)
}

function channel(alias: string, revision: number, number = '85264318722', of = 'acme'): OpenedChange {
  return opened(channelEntry(alias, { number, account: of }), revision)
}

function removed(kind: 'account' | 'channel' | 'token', id: string, revision: number): OpenedChange {
  return opened(removal(kind, id), revision)
}

/** A directory at revision 10 that knows the channel sales of the account acme. */
function loaded(state: DirectoryState = 'current', ...more: OpenedChange[]): Directory {
  const directory = new Directory()
  const picture = pictureWith(channel('sales', 4), account('acme', 3), ...more)
  directory.replace({ epoch: EPOCH, revision: 10 }, picture)
  directory.state = state
  return directory
}

t.test('a directory that was never loaded knows nothing, and says why', async (t) => {
  const directory = new Directory()
  t.equal(directory.state, 'not-loaded')
  t.equal(directory.position, undefined)
  t.same(directory.find('sales'), { known: false, why: 'not-loaded' })
  t.same([...directory.accounts.values(), ...directory.channels.values()], [])
  t.throws(() => directory.apply(channel('sales', 1)), /before the picture was loaded/)
})

for (const state of ['current', 'blind', 'lost'] as const) {
  t.test(`${state}: a known alias leads to its channel and account`, async (t) => {
    t.match(loaded(state).find('sales'), {
      known: true,
      channel: { alias: 'sales', number: '85264318722', revision: 4 },
      account: { id: 'acme', revision: 3 },
    })
  })

  t.test(`${state}: a record that does not open makes only its own alias unreadable`, async (t) => {
    const directory = loaded(state, unreadable('channel:broken', 9))
    t.same(directory.find('broken'), { known: false, why: 'unreadable' })
    t.equal(directory.find('sales').known, true)
  })

  t.test(`${state}: an account that does not open makes only its own channels unreadable`, async (t) => {
    const directory = loaded(
      state,
      unreadable('account:other', 8),
      channel('support', 9, '85264318723', 'other'),
    )
    t.same(directory.find('support'), { known: false, why: 'unreadable' })
    t.equal(directory.find('sales').known, true)
  })

  t.test(`${state}: an unknown alias is unknown only when the store is at hand`, async (t) => {
    const why = state === 'current' ? 'unknown' : 'blind'
    for (const alias of ['support', '', '*', 'constructor', '__proto__', 'acme', 'channel:sales', 'SALES']) {
      t.same(loaded(state).find(alias), { known: false, why }, alias)
    }
  })
}

t.test('an account and a channel may have the same name', async (t) => {
  const directory = loaded('current', account('sales', 5))
  t.match(directory.accounts.get('sales'), { id: 'sales' })
  t.match(directory.channels.get('sales'), { alias: 'sales' })
  directory.apply(removed('account', 'sales', 11))
  t.equal(directory.accounts.get('sales'), undefined)
  t.equal(directory.find('sales').known, true)
})

t.test('changes are in force as soon as they are applied, and move the position', async (t) => {
  const directory = loaded()
  directory.apply(channel('sales', 11, '85264318799'))
  t.match(directory.find('sales'), { channel: { number: '85264318799', revision: 11 } })
  directory.apply(account('acme', 12, 'https://b.wati.io'))
  t.match(directory.find('sales'), { account: { baseUrl: 'https://b.wati.io', revision: 12 } })
  directory.apply(removed('channel', 'sales', 13))
  t.same(directory.find('sales'), { known: false, why: 'unknown' })
  directory.apply(channel('sales', 14))
  t.equal(directory.find('sales').known, true)
  t.same(directory.position, { epoch: EPOCH, revision: 14 })
})

t.test('what was handed out does not change afterwards', async (t) => {
  const directory = loaded()
  const found = directory.find('sales')
  directory.apply(channel('sales', 11, '85264318799'))
  t.match(found, { channel: { number: '85264318722' } })
})

t.test('a change that does not open takes the old record out of force', async (t) => {
  const directory = loaded()
  directory.apply(unreadable('channel:sales', 11))
  t.same(directory.find('sales'), { known: false, why: 'unreadable' })
  t.equal(directory.channels.get('sales'), undefined)
  directory.apply(channel('sales', 12))
  t.equal(directory.find('sales').known, true)
})

t.test('an unreadable record that is removed is unknown', async (t) => {
  const directory = loaded('current', unreadable('channel:broken', 9))
  directory.apply(removed('channel', 'broken', 11))
  t.same(directory.find('broken'), { known: false, why: 'unknown' })
})

t.test('an older change never takes the place of a newer one', async (t) => {
  const directory = new Directory()
  const picture = pictureWith(account('acme', 1), channel('sales', 8, '85264318799'))
  directory.replace({ epoch: EPOCH, revision: 5 }, picture)
  directory.state = 'current'
  for (const older of [channel('sales', 6), unreadable('channel:sales', 7), removed('channel', 'sales', 7)]) {
    directory.apply(older)
    t.match(directory.find('sales'), { channel: { number: '85264318799', revision: 8 } })
  }
  directory.apply(channel('sales', 8, '85264318799'))
  t.match(directory.find('sales'), { channel: { revision: 8 } })
})

t.test('an older change does not mend a newer one that does not open', async (t) => {
  const directory = loaded('current', unreadable('channel:broken', 9))
  directory.apply(channel('broken', 8))
  t.same(directory.find('broken'), { known: false, why: 'unreadable' })
})

t.test('an older change does not bring back what was removed', async (t) => {
  const directory = loaded()
  directory.apply(removed('channel', 'sales', 12))
  directory.apply(channel('sales', 11))
  t.equal(directory.find('sales').known, false)
})

t.test('the position never goes back', async (t) => {
  const directory = loaded()
  directory.apply(channel('sales', 12))
  directory.apply(channel('other', 11))
  t.same(directory.position, { epoch: EPOCH, revision: 12 })
})

t.test('a record of a kind that this version does not know changes nothing else', async (t) => {
  for (const target of ['revocation:sales', 'sales', ':sales', 'Channel:sales', 'xaccount:acme']) {
    const directory = loaded()
    directory.apply(unreadable(target, 11))
    t.equal(directory.find('sales').known, true, target)
    t.same(directory.position, { epoch: EPOCH, revision: 11 }, target)
  }
})

t.test('a new picture takes the place of the old one, whole', async (t) => {
  const directory = loaded('current', unreadable('channel:broken', 9))
  directory.replace(
    { epoch: 'epoch-2', revision: 2 },
    pictureWith(account('other', 1), channel('support', 2, '1234567', 'other')),
  )
  t.same(directory.position, { epoch: 'epoch-2', revision: 2 })
  for (const alias of ['sales', 'broken']) t.same(directory.find(alias), { known: false, why: 'unknown' })
  t.match(directory.find('support'), { known: true, channel: { number: '1234567' } })
  t.same(
    [...directory.accounts.values()].map(({ id }) => id),
    ['other'],
  )
  t.same(
    [...directory.channels.values()].map(({ alias }) => alias),
    ['support'],
  )
})

t.test('a channel whose account is not there is unreadable, not unknown', async (t) => {
  const directory = loaded('current', channel('support', 9, '1234567', 'nobody'))
  t.same(directory.find('support'), { known: false, why: 'unreadable' })
})

t.test('waiting for a revision that is there already ends at once', async (t) => {
  t.equal(await loaded().reached(10, 60_000), true)
  t.equal(await loaded().reached(0, 60_000), true)
})

t.test('waiting for a revision ends when it is applied, for all who wait for it', async (t) => {
  const directory = loaded()
  const ended: number[] = []
  const waiting = [11, 12, 12, 13].map(async (revision) => {
    t.equal(await directory.reached(revision, 60_000), true)
    ended.push(revision)
  })
  directory.apply(channel('a', 11))
  await waiting[0]
  t.same(ended, [11])
  directory.apply(channel('b', 12))
  await Promise.all([waiting[1], waiting[2]])
  t.same(ended, [11, 12, 12])
  directory.replace({ epoch: EPOCH, revision: 20 }, pictureWith())
  await Promise.all(waiting)
  t.same(ended, [11, 12, 12, 13])
})

t.test('waiting for a revision that does not come ends with false', async (t) => {
  t.equal(await loaded().reached(11, 1), false)
  t.equal(await new Directory().reached(0, 1), false)
})

t.test('waiting for a life of the store ends when the picture is of it', async (t) => {
  const directory = loaded()
  t.equal(await directory.inLife(EPOCH, 60_000), true)
  t.equal(await directory.inLife('epoch-2', 1), false)
  const waiting = directory.inLife('epoch-2', 60_000)
  directory.replace({ epoch: 'epoch-2', revision: 3 }, pictureWith())
  t.equal(await waiting, true)
})

t.test('an account without a token has channels that cannot be used, and says why', async (t) => {
  const elsewhere = accountEntry('other', { tokenFrom: { env: 'OTHER_TOKEN' } })
  const directory = loaded('current', opened(elsewhere, 8), channel('support', 9, '85264318723', 'other'))
  t.same(directory.find('support'), { known: false, why: 'no-token' })
  t.equal(directory.find('sales').known, true)
})

for (const state of ['current', 'blind', 'lost'] as const) {
  t.test(`${state}: a token is refused that was revoked, or whose record does not open`, async (t) => {
    const directory = loaded(state, opened(revocation('leaked'), 8), unreadable('token:damaged', 9))
    for (const jti of ['leaked', 'damaged']) t.equal(directory.isRevoked(jti), true, jti)
    for (const jti of ['other', '', 'token:leaked', '__proto__', 'constructor']) {
      t.equal(directory.isRevoked(jti), false, jti)
    }
  })
}

t.test('a revocation is in force from the change that brings it to the one that removes it', async (t) => {
  const directory = loaded()
  t.equal(directory.isRevoked('leaked'), false)
  directory.apply(opened(revocation('leaked'), 11))
  t.equal(directory.isRevoked('leaked'), true)
  directory.apply(unreadable('token:leaked', 12))
  t.equal(directory.isRevoked('leaked'), true, 'damaging it does not undo it')
  directory.apply(removed('token', 'leaked', 13))
  t.equal(directory.isRevoked('leaked'), false)
})
