import { createHash } from 'node:crypto'
import t from 'tap'
import { damage } from '../helpers/damaged-journal.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Running, TENANT, WATI_TOKEN, startBare, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const OTHER = 'wati_planted.second-token'
const ANA = { sub: 'ana', jti: 'ana-1', scope: 'admin:read admin:write' }

type Item = Record<string, unknown> & { readonly id: string; readonly at: string }

t.test('the audit', async (t) => {
  const settings = { WATI_HOSTS: 'http://127.0.0.1:1,https://live-mt-server.wati.io' }
  const running = await startBare(t, settings)
  const { admin, log } = running
  const account = { tenantId: TENANT, baseUrl: 'http://127.0.0.1:1', token: WATI_TOKEN }
  const done = await doEverything(admin, account)
  const { body } = await admin('GET', '/v1/audit')
  const items = body['items'] as Item[]

  t.test('tells each change once, in order, in the words of the API', async (t) => {
    t.equal(body['nextCursor'], null)
    t.strictSame(
      items.map(({ action, target }) => [action, target]),
      done.map(([action, kind, id]) => [action, { kind, id }]),
    )
    t.strictSame(
      items.map(({ id }) => Number(id)),
      items.map((_, at) => at + 1),
      'numbered by the revision of the directory',
    )
  })

  t.test('tells who, from where, when, and by which request', async (t) => {
    for (const { at, actor, requestId } of items) {
      t.strictSame(actor, { sub: 'ana', jti: 'ana-1', address: '127.0.0.1' })
      t.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
      t.match(requestId, /^r-\d+$/)
    }
    t.equal(new Set(items.map(({ requestId }) => requestId)).size, items.length)
  })

  t.test('tells what changed, field by field; tokens by their fingerprints', async (t) => {
    const changes = (at: number) => items[at]?.['changes']
    t.strictSame(changes(0), [
      { field: 'tenantId', to: TENANT },
      { field: 'baseUrl', to: account.baseUrl },
      { field: 'plan', to: 'growth' },
      { field: 'token', to: fingerprintOf(WATI_TOKEN) },
    ])
    t.strictSame(changes(1), [
      { field: 'plan', from: 'growth', to: 'pro' },
      { field: 'limits', to: { monthlyCalls: 5 } },
    ])
    t.strictSame(changes(2), [
      { field: 'token', from: fingerprintOf(WATI_TOKEN), to: fingerprintOf(OTHER) },
      { field: 'tokenExpiresAt', to: '2030-01-01T00:00:00.000Z' },
    ])
    t.strictSame(changes(4), [
      { field: 'enabled', from: true, to: false },
      { field: 'labels', to: { team: 'a' } },
    ])
    t.match(changes(5), [
      { field: 'account', from: 'acme' },
      { field: 'number', from: '85264318722' },
      { field: 'enabled', from: false },
      { field: 'labels', from: { team: 'a' } },
    ])
    t.match(changes(6), [
      { field: 'sub', to: 'shop' },
      { field: 'channels', to: ['sales'] },
      { field: 'scope', to: 'messages:send' },
      { field: 'issuedAt', to: /Z$/ },
      { field: 'expiresAt', to: /Z$/ },
    ])
    t.match(changes(7), [{ field: 'revokedAt', to: /Z$/ }])
    t.match(changes(9), [{ field: 'sealedWith', to: 'embedded' }])
    t.match(changes(10), [{ field: 'tenantId', from: TENANT }])
  })

  t.test('never holds a token, in no form, nor does the log', async (t) => {
    const lines = await admin('GET', '/v1/audit', { headers: { accept: 'application/jsonl' } })
    for (const text of [JSON.stringify(body), lines.text, log.text]) {
      for (const token of [WATI_TOKEN, OTHER]) {
        t.notMatch(text, token)
        t.notMatch(text, Buffer.from(token).toString('base64').slice(0, -4))
      }
    }
  })

  t.test('does not tell of what was refused', async (t) => {
    const json = { account: 'nobody', number: 'x' }
    await admin('PUT', '/v1/channels/refused', { json })
    await admin('PUT', '/v1/channels/refused', { json, claims: { scope: 'admin:read' } })
    await admin('PUT', '/v1/accounts/acme', { json: account, headers: { 'if-match': '"0"' } })
    await admin('DELETE', '/v1/channels/refused')
    await admin('POST', '/v1/directory/reseed')
    await admin('PUT', '/v1/accounts/nobody/token', { json: { token: WATI_TOKEN } })
    t.strictSame((await admin('GET', '/v1/audit')).body, body)
  })

  t.test('an address is not what a caller says it is', async (t) => {
    const headers = { 'x-forwarded-for': '10.9.8.7', forwarded: 'for=10.9.8.7', 'x-real-ip': '10.9.8.7' }
    await admin('PUT', '/v1/accounts/spoof', { json: account, headers, claims: { sub: 'eve' } })
    const seen = await admin('GET', '/v1/audit?actor=eve')
    t.match(seen.body, { items: [{ actor: { sub: 'eve', jti: null, address: '127.0.0.1' } }] })
    t.notMatch(seen.text, /10\.9\.8\.7/)
  })

  const only = async (query: string): Promise<unknown[]> => {
    const seen = await admin('GET', `/v1/audit?${query}`)
    t.equal(seen.status, 200, query)
    return (seen.body['items'] as Item[]).map(({ id }) => id)
  }
  const idsOf = (isWanted: (item: Item) => boolean): string[] => items.filter(isWanted).map(({ id }) => id)
  const targetOf = (item: Item) => item['target'] as { kind: string; id: string }

  t.test('is read by filter', async (t) => {
    t.strictSame(
      await only('action=channel.update'),
      idsOf(({ action }) => action === 'channel.update'),
    )
    t.strictSame(
      await only('kind=token'),
      idsOf((item) => targetOf(item).kind === 'token'),
    )
    t.strictSame(
      await only('kind=channel&id=sales'),
      idsOf((item) => targetOf(item).id === 'sales'),
    )
    t.strictSame(
      await only('requestId=r-3'),
      idsOf(({ requestId }) => requestId === 'r-3'),
    )
    t.strictSame(
      await only('actor=ana&kind=keys'),
      idsOf((item) => targetOf(item).kind === 'keys'),
    )
    t.strictSame(await only('actor=nobody'), [])
    t.strictSame(await only('action=channel'), [], 'exactly, not by a part')
    const at = items[4]?.at ?? ''
    t.strictSame(
      await only(`actor=ana&since=${at}`),
      idsOf((item) => item.at >= at),
    )
    t.strictSame(
      await only(`actor=ana&until=${at}`),
      idsOf((item) => item.at < at),
    )
    t.strictSame(await only(`since=${at}&until=${at}`), [])
    t.strictSame(await only('since=2100-01-01T00:00:00%2B14:00'), [])
  })

  t.test('comes whole in pages, in both orders, also through a filter', async (t) => {
    for (const [query, wanted] of [
      ['actor=ana', items.map(({ id }) => id)],
      ['actor=ana&order=asc', items.map(({ id }) => id)],
      ['actor=ana&order=desc', items.map(({ id }) => id).reverse()],
      ['kind=channel', idsOf((item) => targetOf(item).kind === 'channel')],
      ['kind=channel&order=desc', idsOf((item) => targetOf(item).kind === 'channel').reverse()],
    ] as const) {
      for (const limit of [1, 2, wanted.length - 1, wanted.length, 1_000]) {
        t.strictSame(await pages(admin, `${query}&limit=${limit}`), wanted, `${query} by ${limit}`)
      }
    }
  })

  t.test('does not repeat or lose a change when others come meanwhile', async (t) => {
    const newest = await admin('GET', '/v1/audit?order=desc&limit=2')
    await admin('PUT', '/v1/accounts/meanwhile', { json: account })
    const cursor = String(newest.body['nextCursor'])
    const next = await admin('GET', `/v1/audit?order=desc&limit=1&cursor=${cursor}`)
    const ids = [...(newest.body['items'] as Item[]), ...(next.body['items'] as Item[])].map(({ id }) =>
      Number(id),
    )
    t.strictSame(ids, [ids[0], Number(ids[0]) - 1, Number(ids[0]) - 2])
  })

  t.test('comes as JSON Lines, all that match and not by pages', async (t) => {
    for (const accept of [
      'application/jsonl',
      'application/x-ndjson',
      'text/html, application/jsonl;q=0.9',
    ]) {
      const seen = await admin('GET', '/v1/audit?actor=ana&limit=1', { headers: { accept } })
      t.equal(seen.status, 200)
      t.match(seen.headers['content-type'], /^application\/jsonl/)
      t.ok(seen.text.endsWith('\n'))
      t.strictSame(
        seen.text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Item),
        items,
      )
    }
    const headers = { accept: 'application/jsonl' }
    t.equal((await admin('GET', '/v1/audit?actor=nobody', { headers })).text, '')
    isProblem(t, await admin('GET', '/v1/audit?since=1', { headers }), 400, 'invalid-request')
  })

  for (const query of [
    ...[
      'limit=0',
      'limit=1001',
      'limit=x',
      'cursor=x',
      'cursor=',
      'cursor=-1',
      'cursor=1.5',
      'cursor=9999999999999999',
    ],
    ...[
      'order=up',
      'order=ASC',
      'actor=',
      'action=',
      'id=',
      `actor=${'x'.repeat(257)}`,
      'actor=a&actor=b',
      'x=1',
    ],
    ...[
      'since=1',
      'since=2026',
      'since=2026-02-30T00:00:00Z',
      'until=yesterday',
      'until=',
      'since=2026-01-01',
    ],
  ]) {
    t.test(`refuses ?${query.slice(0, 40)}`, async (t) => {
      isProblem(t, await admin('GET', `/v1/audit?${query}`), 400, 'invalid-request')
    })
  }

  t.test('survives a cursor past the end', async (t) => {
    t.strictSame(await only('cursor=999999999999999'), [])
    t.strictSame(await only('cursor=0&order=desc'), [])
  })
})

t.test('many changes come whole, as one stream and as pages', async (t) => {
  const { admin } = await startRunning(t)
  for (let from = 0; from < 1_100; from += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, at) => admin('DELETE', `/v1/tokens/t${from + at}`)))
  }
  const lines = await admin('GET', '/v1/audit', { headers: { accept: 'application/jsonl' } })
  const ids = lines.text
    .trimEnd()
    .split('\n')
    .map((line) => Number((JSON.parse(line) as Item).id))
  t.strictSame(
    ids,
    Array.from({ length: 1_103 }, (_, at) => at + 1),
  )
  t.strictSame((await pages(admin, 'kind=token&limit=400')).map(Number), ids.slice(3))
})

t.test('a change whose seal does not hold is told of, without what nobody can know', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const first = await startRunning(t, { settings })
  await first.admin('DELETE', '/v1/channels/support')
  await first.gateway.close()
  await damage(first.dataDir, 'channel:support')
  const second = await startBare(t, settings)
  const { body } = await second.admin('GET', '/v1/audit')
  t.match(body['items'], [
    { action: 'account.create' },
    { action: 'channel.create', target: { kind: 'channel', id: 'sales' } },
    {
      id: '3',
      action: 'unreadable',
      target: { kind: 'channel', id: 'support' },
      changes: [],
      requestId: null,
    },
    { id: '4', action: 'unreadable', target: { kind: 'channel', id: 'support' } },
  ])
  t.strictSame((body['items'] as Item[])[2]?.['actor'], { sub: null, jti: null, address: null })
  t.equal((body['items'] as Item[])[2]?.at, null)
  const filtered = await second.admin('GET', '/v1/audit?action=unreadable')
  t.equal((filtered.body['items'] as Item[]).length, 2)
})

/** One change of each kind, in order, each by a request of its own. Gives what the audit must tell. */
async function doEverything(
  admin: Running['admin'],
  account: object,
): Promise<(readonly [action: string, kind: string, id: string])[]> {
  let count = 0
  const ask = async (method: string, path: string, json?: object): Promise<Seen> => {
    const headers = { 'x-request-id': `r-${++count}` }
    const seen = await admin(method, `/v1/${path}`, { claims: ANA, headers, ...(json && { json }) })
    if (seen.status >= 300) throw new Error(seen.text)
    return seen
  }
  const sales = { account: 'acme', number: '85264318722' }
  await ask('PUT', 'accounts/acme', account)
  await ask('PUT', 'accounts/acme', { ...account, plan: 'pro', limits: { monthlyCalls: 5 } })
  const expiresAt = '2030-01-01T00:00:00Z'
  await ask('PUT', 'accounts/acme/token?verify=false', { token: OTHER, expiresAt })
  await ask('PUT', 'channels/sales', sales)
  await ask('PATCH', 'channels/sales', { enabled: false, labels: { team: 'a' } })
  await ask('DELETE', 'channels/sales')
  const token = { sub: 'shop', channels: ['sales'], scope: 'messages:send', expiresIn: 60 }
  const jti = String((await ask('POST', 'tokens', token)).body['jti'])
  await ask('DELETE', `tokens/${jti}`)
  await ask('DELETE', 'tokens/foreign')
  await ask('POST', 'keys/rotate')
  await ask('DELETE', 'accounts/acme')
  return [
    ['account.create', 'account', 'acme'],
    ['account.update', 'account', 'acme'],
    ['account.token', 'account', 'acme'],
    ['channel.create', 'channel', 'sales'],
    ['channel.update', 'channel', 'sales'],
    ['channel.delete', 'channel', 'sales'],
    ['token.issue', 'token', jti],
    ['token.revoke', 'token', jti],
    ['token.revoke', 'token', 'foreign'],
    ['keys.rotate', 'keys', 'rotation'],
    ['account.delete', 'account', 'acme'],
  ]
}

async function pages(admin: Running['admin'], query: string): Promise<string[]> {
  const ids: string[] = []
  let cursor = ''
  for (let page = 0; page < 100; page++) {
    const { body } = await admin('GET', `/v1/audit?${query}${cursor}`)
    ids.push(...(body['items'] as Item[]).map(({ id }) => id))
    if (body['nextCursor'] === null) return ids
    cursor = `&cursor=${body['nextCursor'] as string}`
  }
  throw new Error('the pages did not end')
}

function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}
