import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { startBare } from '../helpers/running-gateway.ts'

t.test('lists', async (t) => {
  const { admin } = await startBare(t)
  t.strictSame((await admin('GET', '/v1/channels')).body, { items: [], nextCursor: null }, 'an empty one')

  const account = {
    tenantId: '388428',
    baseUrl: 'https://live-mt-server.wati.io',
    token: 'wati_planted-token',
  }
  for (const id of ['c', 'a', 'b']) await admin('PUT', `/v1/accounts/${id}`, { json: account })
  const aliases = Array.from({ length: 25 }, (_, at) => `line-${String.fromCharCode(97 + at)}`)
  for (const alias of [...aliases].reverse()) {
    await admin('PUT', `/v1/channels/${alias}`, { json: { account: 'a', number: '85264318722' } })
  }
  const namesIn = (seen: Seen): unknown[] => itemsIn(seen).map((item) => item['alias'] ?? item['id'])

  t.test('stand in the order of their names, and hold what reading one gives', async (t) => {
    const seen = await admin('GET', '/v1/accounts')
    t.equal(seen.status, 200)
    t.strictSame(namesIn(seen), ['a', 'b', 'c'])
    t.equal(seen.body['nextCursor'], null)
    t.strictSame(itemsIn(seen)[0], (await admin('GET', '/v1/accounts/a')).body)
    t.notMatch(seen.text, /planted/)
    t.strictSame(namesIn(await admin('GET', '/v1/channels')), aliases)
  })

  for (const limit of [1, 7, 24, 25, 26]) {
    t.test(`come whole in pages of ${limit}`, async (t) => {
      t.strictSame(await pagesOf(limit), aliases)
    })
  }

  t.test('do not repeat or lose a name when others come and go', async (t) => {
    const first = await admin('GET', '/v1/channels?limit=5')
    await admin('PUT', '/v1/channels/added', { json: { account: 'a', number: '85264318722' } })
    await admin('DELETE', `/v1/channels/${aliases[4] ?? ''}`)
    const second = await admin('GET', `/v1/channels?limit=5&cursor=${String(first.body['nextCursor'])}`)
    t.strictSame(namesIn(second), aliases.slice(5, 10))
    await admin('DELETE', '/v1/channels/added')
  })

  for (const query of [
    'limit=0',
    'limit=-1',
    'limit=1.5',
    'limit=a',
    'limit=',
    'limit=1001',
    'limit=99999',
    'limit=1&limit=2',
    'limt=1',
    'page=2',
    'cursor=1&cursor=2',
  ]) {
    t.test(`refuse ?${query}`, async (t) => {
      for (const list of ['channels', 'accounts']) {
        isProblem(t, await admin('GET', `/v1/${list}?${query}`), 400, 'invalid-request')
      }
    })
  }

  t.test('survive a cursor that no list gave', async (t) => {
    for (const cursor of ['', '!!!', '%00', 'zzzz', '____']) {
      const { status } = await admin('GET', `/v1/channels?cursor=${cursor}`)
      t.match(String(status), /^(?:200|400)$/, cursor)
    }
  })

  async function pagesOf(limit: number): Promise<unknown[]> {
    const names: unknown[] = []
    let cursor = ''
    for (let page = 0; page < 30; page++) {
      const seen = await admin('GET', `/v1/channels?limit=${limit}${cursor}`)
      names.push(...namesIn(seen))
      if (seen.body['nextCursor'] === null) return names
      cursor = `&cursor=${seen.body['nextCursor'] as string}`
    }
    return names
  }
})

function itemsIn({ body }: Seen): Record<string, unknown>[] {
  return body['items'] as Record<string, unknown>[]
}
