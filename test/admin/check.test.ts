import t, { type Test } from 'tap'
import { channelCheck } from '../../src/admin/check.ts'
import { withTypes } from '../../src/admin/parts.ts'
import { verifyToken } from '../../src/admin/verify-token.ts'
import { describeViolations } from '../../src/admin/violations.ts'
import { readSettings } from '../../src/config.ts'
import type { Found } from '../../src/directory/directory.ts'
import type { Account } from '../../src/domain/account.ts'
import type { Channel } from '../../src/domain/channel.ts'
import { Secret } from '../../src/domain/secret.ts'
import { readWatiHosts } from '../../src/domain/wati-hosts.ts'
import { makeLogger } from '../../src/logging.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { makeServer } from '../../src/server.ts'
import { makeWatiAgent } from '../../src/wati/wati-agent.ts'
import { type Seen, sendTo } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { JWT_SECRET, SALES_NUMBER, TENANT, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { closedPort, startHttpUpstream } from '../helpers/upstream.ts'
import { folderOf } from '../helpers/folder.ts'

interface Given {
  readonly account?: Partial<Account>
  readonly channel?: Partial<Channel>
  /** Why there is no channel. */
  readonly why?: Extract<Found, { known: false }>['why']
  readonly hosts?: string
}

/** The route alone, before a directory with one channel. */
async function check(t: Test, baseUrl: string, given: Given = {}, alias = 'sales'): Promise<Seen> {
  const { account, channel, why, hosts = baseUrl } = given
  const settings = readSettings({ JWT_SECRET, DATA_DIR: folderOf(t) })
  const app = makeServer('control', settings, makeLogger('silent'))
  app.setSchemaErrorFormatter(describeViolations)
  const agent = makeWatiAgent({ WATI_CONNECT_TIMEOUT_MS: 500, WATI_TIMEOUT_MS: 1_000 })
  t.teardown(() => agent.destroy())
  const known = {
    account: accountOf(baseUrl, account),
    channel: {
      alias: 'sales',
      account: 'acme',
      number: SALES_NUMBER,
      enabled: true,
      revision: 2,
      ...channel,
    },
  }
  const keep = <T>(name: string, record: T) => ({ get: (key: string) => (key === name ? record : undefined) })
  const directory = {
    find: (): Found => ({ known: false, why: why ?? 'unknown' }),
    channels: keep(why === undefined ? 'sales' : '', known.channel),
    accounts: keep('acme', known.account),
  }
  channelCheck(withTypes(app), { directory, agent, watiHosts: readWatiHosts(hosts) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return await sendTo(url, { method: 'POST', path: `/channels/${alias}/check` })
}

function accountOf(baseUrl: string, rest: Partial<Account> = {}): Account {
  return {
    id: 'acme',
    tenantId: TENANT,
    baseUrl,
    token: new Secret(WATI_TOKEN),
    tokenUpdatedAt: '2026-11-22T00:00:00.000Z',
    plan: 'growth',
    revision: 1,
    ...rest,
  }
}

async function sandboxOf(t: Test): Promise<Sandbox> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  return sandbox
}

const verdict = (seen: Seen): Record<string, boolean> => {
  const { checks } = seen.body as { checks: { name: string; ok: boolean }[] }
  return Object.fromEntries(checks.map(({ name, ok }) => [name, ok]))
}

t.test('a channel that works is ok in everything, each with a sentence', async (t) => {
  const seen = await check(t, (await sandboxOf(t)).url)
  t.equal(seen.status, 200)
  t.equal(seen.body['ok'], true)
  t.strictSame(verdict(seen), { baseUrl: true, token: true, number: true, enabled: true })
  const { checks } = seen.body as { checks: Record<string, unknown>[] }
  for (const each of checks) {
    t.strictSame(Object.keys(each), ['name', 'ok', 'detail'])
    t.match(each['detail'], /^\S.{10,}\.$/)
  }
})

interface Case {
  readonly when: string
  readonly given: Given
  readonly found: Record<string, boolean>
}

const CASES: readonly Case[] = [
  {
    when: 'Wati rejects the token',
    given: { account: { token: new Secret('wati_planted') } },
    found: { baseUrl: true, token: false, number: false, enabled: true },
  },
  {
    when: 'the number is none of the account',
    given: { channel: { number: '85264318729' } },
    found: { baseUrl: true, token: true, number: false, enabled: true },
  },
  {
    when: 'the channel is switched off',
    given: { channel: { enabled: false } },
    found: { baseUrl: true, token: true, number: true, enabled: false },
  },
  {
    when: 'the tenant is another one',
    given: { account: { tenantId: '1' } },
    found: { baseUrl: true, token: false, number: false, enabled: true },
  },
  {
    when: 'the host is not allowed any more',
    given: { hosts: '*.wati.io' },
    found: { baseUrl: false, token: false, number: false, enabled: true },
  },
]

t.test('a check that fails is an answer, not a failure', async (t) => {
  const sandbox = await sandboxOf(t)
  for (const { when, given, found } of CASES) {
    t.test(`when ${when}`, async (t) => {
      const seen = await check(t, sandbox.url, given)
      t.equal(seen.status, 200)
      t.equal(seen.body['ok'], false)
      t.strictSame(verdict(seen), found)
      t.notMatch(seen.text, 'wati_')
    })
  }

  t.test('when the token stands where nobody can read it, Wati is not asked', async (t) => {
    const { token: _, ...account } = accountOf(sandbox.url)
    const count = sandbox.requests().length
    const seen = await check(t, sandbox.url, {
      account: { ...account, tokenFrom: { env: 'X' }, token: undefined } as never,
    })
    t.strictSame(verdict(seen), { baseUrl: true, token: false, number: false, enabled: true })
    t.match(seen.text, 'tokenFrom')
    t.equal(sandbox.requests().length, count)
  })

  t.test('when nobody is there', async (t) => {
    const seen = await check(t, await closedPort())
    t.equal(seen.status, 200)
    t.strictSame(verdict(seen), { baseUrl: false, token: false, number: false, enabled: true })
  })

  t.test('when Wati gives no list, it is said that the number could not be told', async (t) => {
    const upstream = await startHttpUpstream(t, (response) => response.end('{"result":true}'))
    const seen = await check(t, upstream.url)
    t.strictSame(verdict(seen), { baseUrl: true, token: true, number: false, enabled: true })
    t.match(seen.text, 'could not be told')
  })
})

t.test('an unknown channel is 404, one that cannot be read 503, one that cannot be 400', async (t) => {
  const { url } = await sandboxOf(t)
  isProblem(t, await check(t, url, {}, 'nobody'), 404, 'not-found')
  for (const why of ['blind', 'unreadable', 'not-loaded'] as const) {
    isProblem(t, await check(t, url, { why }), 503, 'store-unavailable')
  }
  isProblem(t, await check(t, url, {}, '__proto__'), 400, 'invalid-request')
})

t.test('a new token is verified', async (t) => {
  const sandbox = await sandboxOf(t)
  const agent = makeWatiAgent({ WATI_CONNECT_TIMEOUT_MS: 500, WATI_TIMEOUT_MS: 300 })
  t.teardown(() => agent.destroy())
  const verify = (baseUrl: string, token: string, hosts = baseUrl): Promise<void> =>
    verifyToken({ agent, watiHosts: readWatiHosts(hosts) }, { tenantId: TENANT, baseUrl }, new Secret(token))

  await t.resolves(verify(sandbox.url, WATI_TOKEN))
  await t.rejects(verify(sandbox.url, 'wati_planted'), {
    name: 'Refusal',
    problem: 'invalid-request',
    status: 400,
    message: /^The field "token" was not accepted by Wati/,
  })
  const silent = await startHttpUpstream(t, () => undefined)
  const failing = await startHttpUpstream(t, (response) => response.writeHead(500).end())
  const cases: readonly [string, string, number, string?][] = [
    [await closedPort(), 'wati-unreachable', 502],
    [silent.url, 'wati-timeout', 504],
    [failing.url, 'wati-bad-answer', 502],
    [sandbox.url, 'wati-unreachable', 502, '*.wati.io'],
  ]
  for (const [url, problem, status, hosts] of cases) {
    const error: unknown = await verify(url, 'wati_planted', hosts).catch((error: unknown) => error)
    t.match(error, { name: 'Refusal', problem, status, message: /\?verify=false/ })
    t.match(error, { headers: { 'proxy-status': /^wati-gateway; error=/ } })
    t.notMatch(JSON.stringify([error, String(error), (error as Error).stack]), 'wati_planted')
  }
})

t.test('over the control plane a channel is checked by whoever may write', async (t) => {
  const { admin } = await startRunning(t)
  const seen = await admin('POST', '/v1/channels/sales/check')
  t.equal(seen.status, 200)
  t.equal(seen.body['ok'], true, seen.text)
  const claims = { scope: 'messages:send', channels: ['*'] }
  isProblem(t, await admin('POST', '/v1/channels/sales/check', { claims }), 403, 'scope-missing')
})
