import t from 'tap'
import type { Account, Limits } from '../../src/domain/account.ts'
import { OPERATIONS } from '../../src/domain/operation.ts'
import { PLANS, type Plan } from '../../src/domain/plan.ts'
import { monthlyCallsOf, rateLimitOf } from '../../src/domain/rate-limits.ts'

function account(plan: Plan, limits?: Limits): Account {
  return {
    id: 'acme',
    tenantId: '1',
    baseUrl: 'https://wati.example',
    tokenUpdatedAt: '2026-01-01T00:00:00Z',
    revision: 1,
    plan,
    ...(limits && { limits }),
  }
}

const inTenSeconds = (max: number) => ({ max, windowSeconds: 10 })

t.test("Wati's table of limits, by plan", async (t) => {
  const table: Readonly<Record<string, readonly [number, number, number]>> = {
    addContact: [10, 10, 10],
    getContacts: [10, 10, 10],
    getMessages: [10, 10, 10],
    sendTemplateMessage: [30, 60, 100],
    sendTemplateMessages: [30, 60, 100],
  }
  for (const [endpoint, limits] of Object.entries(table)) {
    t.same(
      PLANS.map((plan) => rateLimitOf(account(plan), endpoint)),
      limits.map(inTenSeconds),
      endpoint,
    )
  }
  const names = new Set(OPERATIONS.map(({ name }) => name))
  for (const endpoint of Object.keys(table)) t.ok(names.has(endpoint), `${endpoint} is an operation`)
  for (const name of names)
    if (!(name in table)) t.equal(rateLimitOf(account('growth'), name), undefined, name)
  t.same(
    PLANS.map((plan) => monthlyCallsOf(account(plan))),
    [10_000, 200_000, 20_000_000],
  )
})

t.test("an account's own limits stand before those of its plan", async (t) => {
  const own = account('growth', {
    sendTemplateMessage: { max: 7, windowSeconds: 3 },
    getMessages: null,
    getMessageTemplates: { max: 1, windowSeconds: 86_400 },
    monthlyCalls: 12,
  })
  t.same(rateLimitOf(own, 'sendTemplateMessage'), { max: 7, windowSeconds: 3 })
  t.equal(rateLimitOf(own, 'getMessages'), undefined, 'null lifts one')
  t.same(rateLimitOf(own, 'getMessageTemplates'), { max: 1, windowSeconds: 86_400 })
  t.same(rateLimitOf(own, 'getContacts'), inTenSeconds(10), 'the others stay')
  t.equal(monthlyCallsOf(own), 12)
  t.equal(monthlyCallsOf(account('pro', { monthlyCalls: null })), undefined)
  t.equal(monthlyCallsOf(account('pro', { monthlyCalls: 0 })), 0)
})

t.test('a name that every object has is no endpoint', async (t) => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    t.equal(rateLimitOf(account('growth'), name), undefined)
    t.equal(rateLimitOf(account('growth', {}), name), undefined)
  }
})
