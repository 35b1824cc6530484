import t from 'tap'
import { Directory } from '../../src/directory/directory.ts'
import { Picture } from '../../src/directory/picture.ts'
import { makeNeededTotals } from '../../src/usage/needed-totals.ts'

const channel = (alias: string, monthlyCalls?: number) => ({
  ...{ alias, account: 'acme', number: '5511999990000', enabled: true, revision: 1 },
  ...(monthlyCalls !== undefined && { monthlyCalls }),
})

function picture(...channels: ReturnType<typeof channel>[]): Picture {
  const made = new Picture()
  const account = {
    id: 'acme',
    tenantId: '1',
    baseUrl: 'https://live-mt-server.wati.io',
    plan: 'pro' as const,
  }
  made.accounts.set('acme', { ...account, revision: 1, tokenUpdatedAt: '2026-11-22T00:00:00Z' })
  for (const one of channels) made.channels.set(one.alias, one)
  return made
}

t.test('the totals that are needed', async (t) => {
  const directory = new Directory()
  const neededTotals = makeNeededTotals(directory)

  t.test('are none while there is no directory', async (t) => {
    t.same(neededTotals(), [])
  })

  t.test('are those of every account, and of channels with a quota of their own', async (t) => {
    directory.replace({ epoch: 'one', revision: 1 }, picture(channel('sales', 0), channel('support')))
    t.same(neededTotals(), ['account:acme', 'channel:sales'])
  })

  t.test('are looked for anew when the directory has changed, and not before', async (t) => {
    const before = neededTotals()
    t.equal(neededTotals(), before)
    directory.replace({ epoch: 'one', revision: 2 }, picture(channel('support', 5)))
    t.same(neededTotals(), ['account:acme', 'channel:support'])
  })
})
