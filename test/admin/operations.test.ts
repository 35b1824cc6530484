import t from 'tap'
import { startBare } from '../helpers/running-gateway.ts'
import { ROWS } from '../helpers/wati-table.ts'

interface Item {
  readonly name: string
  readonly version: string
  readonly method: string
  readonly path: string
  readonly scope: string
  readonly bodies: readonly string[]
  readonly number: {
    readonly query: readonly string[]
    readonly body: readonly string[]
    readonly target?: { readonly in: string; readonly prefix: string }
  }
  readonly isDownload: boolean
}

t.test('GET /v1/operations', async (t) => {
  const { admin, call } = await startBare(t)
  const { status, body } = await admin('GET', '/v1/operations')
  const items = body['items'] as readonly Item[]

  t.test('lists every operation with what it needs, as the table of the product has it', (t) => {
    t.equal(status, 200)
    const rows = items.map(({ method, path, scope, bodies, number, isDownload }) => ({
      endpoint: `${method} ${path}`,
      ...{ scope, bodies, isDownload },
      ...{ bodyKeys: number.body, queryKeys: number.query },
      target: number.target && `${number.target.in} ${number.target.prefix}`,
    }))
    const byEndpoint = (one: { endpoint: string }, other: { endpoint: string }): number =>
      one.endpoint < other.endpoint ? -1 : 1
    t.strictSame(rows.sort(byEndpoint), [...ROWS].sort(byEndpoint))
    t.end()
  })

  t.test('says of each which version of Wati it is, the oldest first', (t) => {
    for (const { version, path } of items)
      t.match(path, version === 'v3' ? '/api/ext/v3/' : `/api/${version}/`)
    const versions = items.map(({ version }) => version)
    t.strictSame(versions, [...versions].sort())
    t.end()
  })

  t.test('names them as usage does', (t) => {
    const named = (path: string): unknown => items.find((item) => item.path === path)?.name
    t.equal(named('/api/v2/sendTemplateMessage'), 'sendTemplateMessage')
    t.equal(named('/api/ext/v3/conversations/messages/text'), 'POST conversations/messages/text')
    t.end()
  })

  t.test('is for admins, and reading is enough', async (t) => {
    t.equal((await admin('GET', '/v1/operations', { claims: { scope: 'admin:read' } })).status, 200)
    t.equal((await admin('GET', '/v1/operations', { claims: { scope: 'messages:send' } })).status, 403)
    t.equal((await admin('GET', '/v1/operations', { claims: null })).status, 401)
    t.equal((await call('GET', '/v1/operations')).status, 404, 'the data plane has nothing there')
  })

  t.test('takes no parameters', async (t) => {
    t.equal((await admin('GET', '/v1/operations?limit=1')).status, 400)
  })
})
