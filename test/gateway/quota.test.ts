import t, { type Test } from 'tap'
import { type Running, UNLIMITED, startRunning } from '../helpers/running-gateway.ts'
import { isProblem } from '../helpers/problem.ts'
import { until } from '../faults/replicas.ts'
import { patchChannel, putAccount, read, send } from './paced-gateway.ts'

/** Sends, one after the other, and waits until each is counted. */
async function sendAndCount(running: Running, count: number, channel = 'sales'): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { status, headers } = await send(running, { channel })
    if (status !== 200) throw new Error(String(status))
    await running.log.lineOf(String(headers['x-request-id']))
  }
}

async function warningsOf({ admin }: Running): Promise<unknown> {
  return (await admin('GET', '/v1/accounts/acme')).body['warnings']
}

async function start(t: Test, fields: object): Promise<Running> {
  const running = await startRunning(t)
  await putAccount(running, fields)
  return running
}

t.test('the calls of the month are counted, and warned of', async (t) => {
  const running = await start(t, { limits: { ...UNLIMITED, monthlyCalls: 20 } })
  await sendAndCount(running, 15)
  t.same(await warningsOf(running), [])
  await sendAndCount(running, 1, 'support')
  t.same(await warningsOf(running), ['80 % of the 20 calls of this month are used (16).'], 'in the API')
  const { text } = await running.admin('GET', '/metrics')
  t.match(text, /wati_gateway_account_monthly_calls\{account="acme",of="used"\} 16/, 'in the metrics')
  t.match(text, /wati_gateway_account_monthly_calls\{account="acme",of="quota"\} 20/)
  const alarms = () =>
    running.log.lines.filter(({ alarm }) => alarm === 'quota').map(({ percent }) => percent)
  await until(
    ({ length }) => length > 0,
    async () => alarms(),
    15_000,
  )
  await sendAndCount(running, 3)
  t.same(await warningsOf(running), ['95 % of the 20 calls of this month are used (19).'])
  await until(
    ({ length }) => length > 1,
    async () => alarms(),
    15_000,
  )
  t.same(alarms(), [80, 95], 'in the log, once each')
  await sendAndCount(running, 4)
  t.same(
    await warningsOf(running),
    ['100 % of the 20 calls of this month are used (23).'],
    'but nothing is refused',
  )
})

t.test('they are refused where the account says so', async (t) => {
  const running = await start(t, { limits: { ...UNLIMITED, monthlyCalls: 3 }, enforceQuota: true })
  await sendAndCount(running, 3)
  const sent = await running.reachedDuring(async () => {
    const seen = await send(running)
    isProblem(t, seen, 429, 'quota-exhausted', 'not_sent')
    t.match(seen.headers, {
      'retry-after': /^\d+$/,
      ratelimit: `"monthlyCalls";r=0;t=${seen.headers['retry-after'] ?? ''}`,
      'ratelimit-policy': /^"monthlyCalls";q=3;w=\d+$/,
    })
    t.ok(Number(seen.headers['retry-after']) <= 31 * 86_400)
    t.equal((await read(running)).status, 429, 'whatever the endpoint')
  })
  t.same(sent, [])
  t.match((await running.admin('GET', '/metrics')).text, /of="used"\} 3/, 'refused calls are none')
  await putAccount(running, { limits: { ...UNLIMITED, monthlyCalls: 4 }, enforceQuota: true })
  await sendAndCount(running, 1)
  t.equal((await send(running)).status, 429)
  await putAccount(running, { limits: { ...UNLIMITED, monthlyCalls: null }, enforceQuota: true })
  await sendAndCount(running, 1)
})

t.test('a channel may have a budget of its own', async (t) => {
  const running = await start(t, { limits: UNLIMITED })
  await patchChannel(running, 'sales', { monthlyCalls: 2 })
  await sendAndCount(running, 2)
  isProblem(t, await send(running), 429, 'quota-exhausted', 'not_sent')
  await sendAndCount(running, 3, 'support')
  await patchChannel(running, 'sales', { monthlyCalls: null })
  await sendAndCount(running, 1)
})

t.test('a quota that is used up lets kept answers be given again', async (t) => {
  const running = await start(t, { limits: UNLIMITED })
  const headers = { 'idempotency-key': 'kept' }
  t.equal((await send(running, { headers })).status, 200)
  await patchChannel(running, 'sales', { monthlyCalls: 0 })
  t.match((await send(running, { headers })).headers, { 'idempotency-replayed': 'true' })
  t.equal((await send(running)).status, 429)
})
