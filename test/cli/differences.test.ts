import t from 'tap'
import { differences } from '../../src/cli/differences.ts'
import type { DirectoryFile, Fields } from '../../src/cli/directory-file.ts'
import type { Existing, ExistingRecord } from '../../src/cli/existing.ts'

const ACCOUNT = { tenantId: '1', baseUrl: 'https://a.wati.io' }
const CHANNEL = { account: 'acme', number: '85264318722' }

function existing(accounts: Record<string, Fields>, channels: Record<string, Fields> = {}): Existing {
  const withRevision = (records: Record<string, Fields>): ReadonlyMap<string, ExistingRecord> =>
    new Map(Object.entries(records).map(([id, fields], at) => [id, { ...fields, revision: at + 1 }]))
  return { account: withRevision(accounts), channel: withRevision(channels) }
}

function file(accounts: Record<string, Fields>, channels: Record<string, Fields> = {}): DirectoryFile {
  return { account: new Map(Object.entries(accounts)), channel: new Map(Object.entries(channels)) }
}

t.test('presets, forms of a number, of an origin and the order of names make no difference', async (t) => {
  const there = existing(
    { acme: { ...ACCOUNT, plan: 'growth', limits: { a: { max: 1, windowSeconds: 2 }, b: null } } },
    { sales: { ...CHANNEL, enabled: true, labels: { x: '1', y: '2' } } },
  )
  const wanted = file(
    {
      acme: {
        ...ACCOUNT,
        baseUrl: 'https://A.wati.io:443/',
        limits: { b: null, a: { windowSeconds: 2, max: 1 } },
      },
    },
    { sales: { account: 'acme', number: '+852 6431-8722', labels: { y: '2', x: '1' } } },
  )
  t.same(differences(wanted, there), [])
  t.same(differences(file({ acme: { ...ACCOUNT, limits: {} } }), existing({ acme: ACCOUNT })), [])
})

t.test('what the gateway adds to a record is no difference', async (t) => {
  const token = { fingerprint: 'c36b5525', updatedAt: 'x', expiresAt: null }
  const usage = { month: '2026-11', calls: 1, monthlyCalls: 10_000 }
  const shown = { ...ACCOUNT, id: 'acme', token, usage, warnings: [] }
  t.same(differences(file({ acme: ACCOUNT }), existing({ acme: shown })), [])
})

t.test(
  'a field that the file leaves out is one to be removed, but for the source of the token',
  async (t) => {
    const there = existing({ acme: { ...ACCOUNT, description: 'old', plan: 'pro', tokenFrom: { env: 'A' } } })
    t.match(differences(file({ acme: ACCOUNT }), there), [
      {
        change: 'update',
        fields: [
          { field: 'plan', from: 'pro', to: 'growth' },
          { field: 'description', from: 'old' },
        ],
        revision: 1,
      },
    ])
    t.match(
      differences(file({ acme: { ...ACCOUNT, tokenFrom: { env: 'B' } } }), existing({ acme: ACCOUNT })),
      [{ fields: [{ field: 'tokenFrom', to: { env: 'B' } }] }],
    )
  },
)

t.test('changes come in the order in which they can be made', async (t) => {
  const there = existing({ old: ACCOUNT }, { gone: { ...CHANNEL, account: 'old' }, sales: CHANNEL })
  const wanted = file({ acme: ACCOUNT }, { sales: { ...CHANNEL, number: '85264318721' }, new: CHANNEL })
  t.same(
    differences(wanted, there).map(({ change, kind, id }) => `${change} ${kind} ${id}`),
    [
      'create account acme',
      'update channel sales',
      'create channel new',
      'delete channel gone',
      'delete account old',
    ],
  )
})

t.test('a kind of which the file says nothing is left alone', async (t) => {
  const there = existing({ acme: ACCOUNT }, { sales: CHANNEL })
  t.same(differences({ channel: new Map([['sales', CHANNEL]]) }, there), [])
  t.match(differences({ channel: new Map() }, there), [{ change: 'delete', kind: 'channel', id: 'sales' }])
})
