import t from 'tap'
import type { Account, Limits } from '../../src/domain/account.ts'
import type { Channel } from '../../src/domain/channel.ts'
import { Refusal } from '../../src/errors.ts'
import { makeLogger } from '../../src/logging.ts'
import { watchQuotas } from '../../src/pacing/quota-watch.ts'
import { checkQuota, quotaStep, quotaWarning } from '../../src/pacing/quota.ts'
import { CapturedLog } from '../helpers/captured-log.ts'

const ACCOUNT: Account = {
  id: 'acme',
  tenantId: '1',
  baseUrl: 'https://wati.example',
  tokenUpdatedAt: '2026-01-01T00:00:00Z',
  revision: 1,
  plan: 'growth',
}
const CHANNEL: Channel = {
  alias: 'sales',
  account: 'acme',
  number: '85264318722',
  enabled: true,
  revision: 1,
}

const withLimits = (limits: Limits, enforceQuota?: boolean): Account => ({
  ...ACCOUNT,
  limits,
  ...(enforceQuota !== undefined && { enforceQuota }),
})

function refusalOf(act: () => void): Refusal | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return error as Refusal
  }
}

t.test('the quota of an account is refused only where the account says so', async (t) => {
  const used = { account: 10_000, channel: 0 }
  checkQuota(ACCOUNT, CHANNEL, used)
  checkQuota({ ...ACCOUNT, enforceQuota: false }, CHANNEL, used)
  checkQuota({ ...ACCOUNT, enforceQuota: true }, CHANNEL, { account: 9_999, channel: 0 })
  t.match(
    refusalOf(() => checkQuota({ ...ACCOUNT, enforceQuota: true }, CHANNEL, used)),
    {
      problem: 'quota-exhausted',
      status: 429,
      outcome: 'not_sent',
    },
  )
  t.equal(
    refusalOf(() =>
      checkQuota(withLimits({ monthlyCalls: null }, true), CHANNEL, { account: 1e9, channel: 0 }),
    ),
    undefined,
    'none that was lifted',
  )
  t.ok(
    refusalOf(() => checkQuota(withLimits({ monthlyCalls: 0 }, true), CHANNEL, { account: 0, channel: 0 })),
    'a quota of nothing',
  )
})

t.test('the budget of a channel is refused in any case', async (t) => {
  const channel = { ...CHANNEL, monthlyCalls: 5 }
  checkQuota(ACCOUNT, channel, { account: 5, channel: 4 })
  const refusal = refusalOf(() => checkQuota(ACCOUNT, channel, { account: 5, channel: 5 }))
  t.match(refusal, { problem: 'quota-exhausted', message: /channel sales/ })
  checkQuota(ACCOUNT, { ...CHANNEL, monthlyCalls: null }, { account: 5, channel: 5 })
})

t.test('a refusal says when the calls begin anew, to the second', async (t) => {
  const channel = { ...CHANNEL, monthlyCalls: 5 }
  const at = (now: string) =>
    refusalOf(() => checkQuota(ACCOUNT, channel, { account: 0, channel: 5 }, new Date(now)))?.headers
  t.same(at('2026-02-28T23:59:58.500Z'), {
    'retry-after': '2',
    ratelimit: '"monthlyCalls";r=0;t=2',
    'ratelimit-policy': `"monthlyCalls";q=5;w=${28 * 86_400}`,
  })
  t.match(at('2026-12-01T00:00:00.000Z'), { 'retry-after': String(31 * 86_400) }, 'over the end of a year')
})

t.test('it is warned of at 80, 95 and 100 percent', async (t) => {
  const account = withLimits({ monthlyCalls: 1_000 })
  const steps = [0, 799, 800, 949, 950, 999, 1_000, 5_000].map((used) => quotaStep(account, used))
  t.same(steps, [0, 0, 80, 80, 95, 95, 100, 100])
  t.equal(quotaWarning(account, 799), undefined)
  t.equal(quotaWarning(account, 950), '95 % of the 1000 calls of this month are used (950).')
  t.equal(quotaStep(withLimits({ monthlyCalls: null }), 1e12), 0)
  t.equal(quotaStep(withLimits({ monthlyCalls: 0 }), 0), 100)
  t.same(
    [0, 1, 2].map((used) => quotaStep(withLimits({ monthlyCalls: 1 }), used)),
    [0, 100, 100],
  )
})

t.test('the log is told once of each step, and anew in a new month', async (t) => {
  const log = new CapturedLog()
  const accounts = new Map([['acme', withLimits({ monthlyCalls: 100 })]])
  let used = 0
  const quotas = watchQuotas({
    directory: { accounts: accounts as never },
    callsOf: () => used,
    log: makeLogger('info', log),
    everyMs: 60_000,
  })
  t.teardown(() => quotas.stop())
  const percents = [79, 80, 81, 94, 95, 96, 99, 100, 150, 0, 79, 85].flatMap((calls) => {
    used = calls
    const before = log.lines.length
    quotas.look()
    return log.lines.slice(before).map((line) => [calls, line['percent'], line['alarm'], line['account']])
  })
  t.same(percents, [
    [80, 80, 'quota', 'acme'],
    [95, 95, 'quota', 'acme'],
    [100, 100, 'quota', 'acme'],
    [85, 80, 'quota', 'acme'],
  ])
})
