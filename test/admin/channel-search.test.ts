import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Records } from '../../src/directory/records.ts'
import { Journal } from '../../src/directory/journal.ts'
import { pageOf } from '../../src/admin/page.ts'
import { changesOf } from '../faults/many-records.ts'
import { folderOf } from '../helpers/folder.ts'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Bare, startBare } from '../helpers/running-gateway.ts'

const ACCOUNT = { tenantId: '388428', baseUrl: 'https://live-mt-server.wati.io', token: 'wati_token' }

const CHANNELS: Record<string, Record<string, unknown>> = {
  'latam-sales': { account: 'acme', number: '5511988887777', description: 'Vendas São Paulo' },
  'hk-sales': { account: 'acme', number: '85264318722', description: 'Hong Kong', enabled: false },
  support: { account: 'other', number: '85264318799', description: 'Ask for "SALES" (50 % off) .* \\d' },
  'line-2026': { account: 'other', number: '14155550100' },
}

const aliasesIn = ({ body }: Seen): unknown[] =>
  (body['items'] as { alias: string }[]).map(({ alias }) => alias)

t.test('the search of channels', async (t) => {
  const { admin } = await startBare(t)
  for (const id of ['acme', 'other']) await admin('PUT', `/v1/accounts/${id}`, { json: ACCOUNT })
  for (const [alias, json] of Object.entries(CHANNELS)) await admin('PUT', `/v1/channels/${alias}`, { json })

  const cases: [found: string, query: Record<string, string>, aliases: string[]][] = [
    ['a part of the alias', { q: 'latam' }, ['latam-sales']],
    ['alias or description, in any case', { q: 'SaLeS' }, ['hk-sales', 'latam-sales', 'support']],
    ['letters beyond ASCII, in any case', { q: 'SÃO' }, ['latam-sales']],
    ['a part of the number', { q: '6431' }, ['hk-sales', 'support']],
    ['a number as people write it', { q: '+852 6431-8722' }, ['hk-sales']],
    ['a number with other spaces', { q: ' 55\u00a011 98888' }, ['latam-sales']],
    ['digits of an alias', { q: '2026' }, ['line-2026']],
    ['a dash with digits in an alias, too', { q: '-20' }, ['line-2026']],
    ['a word with a space', { q: 'hong k' }, ['hk-sales']],
    ['no pattern, but the text of one', { q: '.*' }, ['support']],
    ['no pattern, but a bracket', { q: '(50 %' }, ['support']],
    ['no escape', { q: '\\d' }, ['support']],
    ['nothing for what nobody has', { q: 'nobody' }, []],
    ['no number for digits among letters', { q: 'x852' }, []],
    ['nothing else of a channel', { q: 'acme' }, []],
    ['a hundred characters that nobody has', { q: '\u{1f600}'.repeat(100) }, []],
    ['what is switched off', { enabled: 'false' }, ['hk-sales']],
    ['what is switched on', { enabled: 'true' }, ['latam-sales', 'line-2026', 'support']],
    ['what fits all that was said', { q: 'sales', enabled: 'true', account: 'acme' }, ['latam-sales']],
  ]
  for (const [found, query, aliases] of cases) {
    t.test(`finds ${found}`, async (t) => {
      const seen = await admin('GET', `/v1/channels?${new URLSearchParams(query).toString()}`)
      t.equal(seen.status, 200, seen.text)
      t.same(aliasesIn(seen), aliases)
      t.equal(seen.body['nextCursor'], null)
    })
  }

  t.test('comes in pages like the whole list', async (t) => {
    const first = await admin('GET', '/v1/channels?q=sales&limit=2')
    t.same(aliasesIn(first), ['hk-sales', 'latam-sales'])
    const next = `/v1/channels?q=sales&limit=2&cursor=${String(first.body['nextCursor'])}`
    const second = await admin('GET', next)
    t.same(aliasesIn(second), ['support'])
    t.equal(second.body['nextCursor'], null)
  })

  for (const query of [
    'q=',
    `q=${'x'.repeat(101)}`,
    'q=a&q=b',
    'enabled=',
    'enabled=1',
    'enabled=True',
    'enabled=true&enabled=false',
    'search=sales',
  ]) {
    t.test(`refuses ?${query.slice(0, 40)}`, async (t) => {
      isProblem(t, await admin('GET', `/v1/channels?${query}`), 400, 'invalid-request')
    })
  }
})

/** A gateway whose directory holds `line-0`, `line-1` and so on. */
async function startWithMany(t: Test, channels: number): Promise<Bare> {
  const folder = folderOf(t)
  const keys = `k:${Buffer.alloc(32, 1).toString('base64')}`
  const { journal, content } = await Journal.open(folder, 'filled-by-a-test', 1)
  const changes = [...changesOf({ keys, channels, wati: 'https://live-mt-server.wati.io' })]
  await journal.rewrite({ ...content, changes })
  await journal.close()
  const bare = await startBare(t, { DATA_DIR: folder, ENCRYPTION_KEYS: keys })
  // A start does not wait for long until so many are loaded.
  for (let tries = 0; tries < 600 && (await bare.admin('GET', '/readyz')).status !== 200; tries++)
    await sleep(50)
  return bare
}

t.test('of a long list a request searches a part, and its cursor leads to the next', async (t) => {
  const many = 41_000
  const { admin } = await startWithMany(t, many)

  t.test('also where no channel fits', async (t) => {
    const { pages, aliases } = await follow(admin, 'q=nobody')
    t.same(pages, [0, 0, 0])
    t.same(aliases, [])
  })

  t.test('and what fits is found once, wherever it stands', async (t) => {
    // In the order of their names line-4999 stands behind line-34999.
    const { pages, aliases } = await follow(admin, 'q=4999')
    t.same(aliases, ['line-14999', 'line-24999', 'line-34999', 'line-4999'])
    t.equal(pages.length, 3)
  })

  t.test('with pages that are full as well', async (t) => {
    const { pages, aliases } = await follow(admin, 'q=4999&limit=1')
    t.same(aliases, ['line-14999', 'line-24999', 'line-34999', 'line-4999'])
    t.ok(pages.every((items) => items <= 1))
  })

  t.test('and the filters of other fields are no different', async (t) => {
    t.same((await follow(admin, 'enabled=false')).pages, [0, 0, 0])
    t.same((await follow(admin, 'account=nobody')).pages, [0, 0, 0])
  })

  t.test('while pages without a filter are as full as ever', async (t) => {
    const { pages, aliases } = await follow(admin, 'limit=1000')
    t.same(
      pages,
      Array.from({ length: many / 1_000 }, () => 1_000),
    )
    t.equal(new Set(aliases).size, many)
  })
})

/** Reads all pages of a list: how many items each had, and what they were. */
async function follow(admin: Bare['admin'], query: string): Promise<{ pages: number[]; aliases: unknown[] }> {
  const [pages, aliases]: [number[], unknown[]] = [[], []]
  let cursor: string | null = ''
  while (cursor !== null && pages.length < 100) {
    const seen = await admin('GET', `/v1/channels?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`)
    if (seen.status !== 200) throw new Error(seen.text)
    pages.push(aliasesIn(seen).length)
    aliases.push(...aliasesIn(seen))
    cursor = seen.body['nextCursor'] as string | null
  }
  return { pages, aliases }
}

t.test('a list that ends exactly where a part ends has no empty page behind it', async (t) => {
  const records = new Records<{ name: string; revision: number }>()
  const add = (from: number, to: number): void => {
    for (let at = from; at < to; at++) {
      const name = String(at).padStart(6, '0')
      records.set(name, { name, revision: at })
    }
  }
  const page = (asked: { limit?: string; cursor?: string }, isWanted = () => false) =>
    pageOf(records, ({ name }) => name, asked, isWanted)
  add(0, 20_000)
  t.same(page({}), { items: [], nextCursor: null })
  add(20_000, 20_001)
  const { nextCursor } = page({})
  t.type(nextCursor, 'string')
  t.same(page({ cursor: String(nextCursor) }), { items: [], nextCursor: null })
  let looks = 0
  page({}, () => {
    looks += 1
    return false
  })
  t.ok(looks <= 20_001, `${looks} records were looked at`)
})
