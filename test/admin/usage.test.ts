import t from 'tap'
import { addDays, dayOf } from '../../src/usage/day.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { callerToken, startBare, startRunning } from '../helpers/running-gateway.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { FileUsage } from '../../src/usage/file-usage.ts'
import { LIMITS, batch, counted } from '../usage/store-suite.ts'
import { folderOf } from '../helpers/folder.ts'

type Item = Readonly<Record<string, string | number>>

const itemsIn = ({ body }: Seen): Item[] => body['items'] as Item[]
const TODAY = dayOf(Date.now())
const ago = (days: number): string => addDays(TODAY, -days)

t.test('the usage', async (t) => {
  const dataDir = folderOf(t)
  const files = new FileUsage({ folder: `${dataDir}/usage`, ...LIMITS })
  const days: [string, ReturnType<typeof counted>[]][] = [
    [ago(60), [counted(1_000)]],
    [ago(29), [counted(1), counted(2, { outcome: 'refused' })]],
    [ago(2), [counted(4, { channel: 'support' }), counted(8, { caller: 'crm' })]],
    [ago(1), [counted(16, { account: 'other', channel: 'x' }), counted(32, { operation: 'GET contacts' })]],
    [TODAY, [counted(64, { caller: '=cmd|"x",y' }), counted(128, { outcome: 'not_sent' })]],
  ]
  for (const [at, [day, counts]] of days.entries()) await files.add(batch(at + 1, counts, { day }))
  const { admin, gateway } = await startBare(t, { DATA_DIR: dataDir })
  const get = (query = '', headers = {}) => admin('GET', `/v1/usage${query}`, { headers })
  const sumOf = (seen: Seen) => itemsIn(seen).reduce((sum, { count }) => sum + Number(count), 0)

  t.test('is of the last 30 days, sorted, with all there is to know', async (t) => {
    const seen = await get()
    t.equal(seen.status, 200)
    t.equal(seen.body['nextCursor'], null)
    const common = { account: 'acme', channel: 'sales', caller: 'shop', operation: 'sendTemplateMessage' }
    t.strictSame(itemsIn(seen), [
      { day: ago(29), ...common, outcome: 'accepted', count: 1 },
      { day: ago(29), ...common, outcome: 'refused', count: 2 },
      { day: ago(2), ...common, caller: 'crm', outcome: 'accepted', count: 8 },
      { day: ago(2), ...common, channel: 'support', outcome: 'accepted', count: 4 },
      { day: ago(1), ...common, operation: 'GET contacts', outcome: 'accepted', count: 32 },
      { day: ago(1), ...common, account: 'other', channel: 'x', outcome: 'accepted', count: 16 },
      { day: TODAY, ...common, caller: '=cmd|"x",y', outcome: 'accepted', count: 64 },
      { day: TODAY, ...common, outcome: 'not_sent', count: 128 },
    ])
  })

  const filters: [query: string, sum: number][] = [
    [`?from=${ago(400)}`, 1_255],
    [`?from=${ago(60)}&to=${ago(60)}`, 1_000],
    [`?to=${ago(31)}`, 1_000],
    [`?from=${ago(2)}&to=${ago(1)}`, 60],
    [`?from=${TODAY}`, 192],
    ['?account=other', 16],
    ['?channel=support', 4],
    ['?caller=crm', 8],
    [`?caller=${encodeURIComponent('=cmd|"x",y')}`, 64],
    [`?operation=${encodeURIComponent('GET contacts')}`, 32],
    ['?outcome=refused', 2],
    ['?outcome=not_sent', 128],
    ['?outcome=unknown', 0],
    ['?account=acme&channel=x', 0],
    ['?account=acme&outcome=accepted&channel=sales&caller=shop', 33],
    ['?account=none', 0],
    ['?from=2020-01-01&to=2020-12-31', 0],
    ['?from=9000-01-01&to=9999-12-31', 0],
  ]
  for (const [query, sum] of filters) {
    t.test(`is filtered by ${query}`, async (t) => {
      const seen = await get(query)
      t.equal(seen.status, 200, seen.text)
      t.equal(sumOf(seen), sum)
    })
  }

  t.test('is summed up by what is asked for; the other fields are left out', async (t) => {
    t.strictSame(itemsIn(await get('?groupBy=account')), [
      { account: 'acme', count: 239 },
      { account: 'other', count: 16 },
    ])
    t.strictSame(itemsIn(await get(`?groupBy=outcome,day&from=${ago(29)}&to=${ago(2)}`)), [
      { day: ago(29), outcome: 'accepted', count: 1 },
      { day: ago(29), outcome: 'refused', count: 2 },
      { day: ago(2), outcome: 'accepted', count: 12 },
    ])
    t.strictSame(itemsIn(await get('?groupBy=channel,channel&caller=shop&outcome=accepted')), [
      { channel: 'sales', count: 33 },
      { channel: 'support', count: 4 },
      { channel: 'x', count: 16 },
    ])
  })

  for (const [query, count] of [
    ['', 8],
    ['&groupBy=channel', 3],
    ['&groupBy=caller,outcome', 5],
    ['&groupBy=day', 4],
  ] as const) {
    t.test(`comes whole in pages${query}`, async (t) => {
      const whole = itemsIn(await get(`?limit=1000${query}`))
      t.equal(whole.length, count)
      for (const limit of [1, 3, count]) {
        const items: Item[] = []
        let cursor = ''
        do {
          const seen = await get(`?limit=${limit}${query}${cursor}`)
          t.ok(itemsIn(seen).length <= limit)
          items.push(...itemsIn(seen))
          const next = seen.body['nextCursor']
          cursor = typeof next === 'string' ? `&cursor=${next}` : ''
        } while (cursor !== '')
        t.strictSame(items, whole)
      }
    })
  }

  t.test('gives the largest counts first where that is asked for', async (t) => {
    t.strictSame(itemsIn(await get(`?groupBy=channel&order=count&from=${ago(2)}&limit=2`)), [
      { channel: 'sales', count: 232 },
      { channel: 'x', count: 16 },
    ])
    const whole = await get('?groupBy=day,outcome&order=count')
    t.strictSame(
      itemsIn(whole).map(({ count }) => count),
      [128, 64, 48, 12, 2, 1],
    )
    t.equal(whole.body['nextCursor'], null, 'it is whole')
    for (const limit of [1, 3, 6, 1_000]) {
      const seen = await get(`?groupBy=day,outcome&order=count&limit=${limit}`)
      t.strictSame(itemsIn(seen), itemsIn(whole).slice(0, limit))
      t.equal(seen.body['nextCursor'], null)
    }
  })

  t.test('is CSV for a link that says so', async (t) => {
    const seen = await get('?groupBy=account&format=csv')
    t.equal(seen.headers['content-type'], 'text/csv; charset=utf-8; header=present')
    t.equal(seen.text, 'account,count\r\nacme,239\r\nother,16\r\n')
    const largest = await get('?groupBy=channel&order=count&limit=1&format=csv')
    t.equal(largest.text, 'channel,count\r\nsales,235\r\n')
  })

  t.test('is CSV for who asks for it, all rows, and no formula', async (t) => {
    const seen = await get(`?from=${ago(1)}`, { accept: 'text/csv' })
    t.equal(seen.status, 200)
    t.equal(seen.headers['content-type'], 'text/csv; charset=utf-8; header=present')
    t.equal(seen.headers['content-disposition'], 'attachment; filename="usage.csv"')
    t.equal(
      seen.text,
      [
        'day,account,channel,caller,operation,outcome,count',
        `${ago(1)},acme,sales,shop,GET contacts,accepted,32`,
        `${ago(1)},other,x,shop,sendTemplateMessage,accepted,16`,
        `${TODAY},acme,sales,"'=cmd|""x"",y",sendTemplateMessage,accepted,64`,
        `${TODAY},acme,sales,shop,sendTemplateMessage,not_sent,128`,
        '',
      ].join('\r\n'),
    )
    t.equal(
      (await get('?groupBy=account', { accept: 'text/csv' })).text,
      'account,count\r\nacme,239\r\nother,16\r\n',
    )
    t.equal(
      (await get('?account=none', { accept: 'text/csv, */*' })).text.split('\r\n').length,
      2,
      'the header alone',
    )
    t.equal(
      (await get('?limit=1&groupBy=account', { accept: 'text/csv' })).text,
      'account,count\r\nacme,239\r\n',
    )
  })

  for (const query of [
    'from=2026-02-30',
    'from=yesterday',
    'from=2026-1-1',
    'from=',
    'to=2026-11-22T00:00:00Z',
    'from=2026-11-02&to=2026-11-01',
    'outcome=lost',
    'outcome=',
    'caller=',
    `caller=${'x'.repeat(257)}`,
    'groupBy=',
    'groupBy=count',
    'groupBy=day,',
    'groupBy=day,day,day,day,day,day,day',
    'groupby=day',
    'group=day',
    'account=a&account=b',
    'limit=0',
    'limit=1001',
    'cursor=x',
    `cursor=${Buffer.from('["a"]').toString('base64url')}`,
    `cursor=${Buffer.from('[1,2,3,4,5,6]').toString('base64url')}`,
    `cursor=${Buffer.from('{"length":6}').toString('base64url')}`,
    `order=count&groupBy=account&cursor=${Buffer.from('["a"]').toString('base64url')}`,
    'order=',
    'order=name',
    'format=json',
  ]) {
    t.test(`refuses ?${query.slice(0, 60)}`, async (t) => {
      isProblem(t, await get(`?${query}`), 400, 'invalid-request')
      isProblem(t, await get(`?${query}`, { accept: 'text/csv' }), 400, 'invalid-request')
    })
  }

  t.test('is for admins who may read', async (t) => {
    const headers = { authorization: `Bearer ${callerToken({ channels: ['*'] })}` }
    isProblem(t, await admin('GET', '/v1/usage', { claims: null, headers }), 403, 'scope-missing')
    isProblem(t, await admin('GET', '/v1/usage', { claims: null }), 401, 'unauthenticated')
    isProblem(t, await admin('GET', '/v1/usage', { claims: { scope: 'admin:write' } }), 403, 'scope-missing')
    t.equal((await admin('GET', '/v1/usage', { claims: { scope: 'admin:read' } })).status, 200)
  })

  t.test('is described by the OpenAPI document, as JSON and as CSV', async (t) => {
    const document = (await (await fetch(`${gateway.adminUrl}/openapi.json`)).json()) as {
      paths: Record<
        string,
        { get: { parameters: { name: string }[]; responses: Record<string, { content: object }> } }
      >
    }
    const described = document.paths['/v1/usage']?.get
    t.same(described?.parameters.map(({ name }) => name).sort(), [
      ...[
        'account',
        'caller',
        'channel',
        'cursor',
        'format',
        'from',
        'groupBy',
        'limit',
        'operation',
        'order',
      ],
      ...['outcome', 'to'],
    ])
    t.same(Object.keys(described?.responses['200']?.content ?? {}), ['application/json', 'text/csv'])
  })
})

t.test('while the store is away the usage is 503, and what is counted meanwhile is not lost', async (t) => {
  const redis = await startRedis(t, '--appendonly', 'yes')
  const settings = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: `k:${Buffer.alloc(32, 1).toString('base64')}`,
    REDIS_TIMEOUT_MS: '2000',
  }
  const running = await startRunning(t, { settings })
  const call = () => running.call('GET', '/channels/sales/api/v1/getMessageTemplates')
  await call()
  t.match(itemsIn(await running.admin('GET', '/v1/usage')), [{ count: 1 }])
  await redis.kill()
  for (let n = 0; n < 5; n++) t.equal((await call()).status, 200)
  isProblem(t, await running.admin('GET', '/v1/usage'), 503, 'store-unavailable')
  isProblem(
    t,
    await running.admin('GET', '/v1/usage', { headers: { accept: 'text/csv' } }),
    503,
    'store-unavailable',
  )
  await redis.restart()
  let seen = await running.admin('GET', '/v1/usage')
  for (let tries = 0; seen.status === 503 && tries < 50; tries++)
    seen = await running.admin('GET', '/v1/usage')
  t.match(itemsIn(seen), [{ count: 6 }])
})

t.test('a damaged file is 503, and the days beside it can be read', async (t) => {
  const dataDir = t.testdir({ usage: { [`${ago(1)}.json`]: '{' } })
  const { admin, log } = await startBare(t, { DATA_DIR: dataDir })
  isProblem(t, await admin('GET', '/v1/usage'), 503, 'store-unavailable')
  t.match(log.text, /is damaged: move it away/)
  t.equal((await admin('GET', `/v1/usage?from=${TODAY}`)).status, 200)
})
