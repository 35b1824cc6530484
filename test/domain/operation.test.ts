import t from 'tap'
import { SCOPES } from '../../src/domain/caller.ts'
import { OPERATIONS, writes } from '../../src/domain/operation.ts'
import { ROWS } from '../helpers/wati-table.ts'

t.test('the table holds every operation with its scope, bodies, keys and target, and no other', async (t) => {
  const print = (cells: readonly unknown[]): string => cells.map(String).join(' | ')
  const held = OPERATIONS.map(({ method, path, target, ...rest }) =>
    print([
      `${method} ${path}`,
      ...[rest.scope, rest.bodies.join(' '), rest.bodyKeys.join(' '), rest.queryKeys.join(' ')],
      ...[target && `${target.in} ${target.prefix}`, rest.isDownload],
    ]),
  )
  const wanted = ROWS.map(({ endpoint, scope, bodies, bodyKeys, queryKeys, target, isDownload }) =>
    print([
      endpoint,
      scope,
      bodies.join(' '),
      bodyKeys.join(' '),
      queryKeys.join(' '),
      ...[target, isDownload],
    ]),
  )
  t.equal(wanted.length, 49, 'rows 1 to 38 name 49 endpoints')
  t.same(held.sort(), wanted.sort())
})

t.test('no two operations share method and path, and each path is written plainly', async (t) => {
  const places = OPERATIONS.map(({ method, path }) => `${method} ${path}`)
  t.equal(new Set(places).size, places.length)
  for (const { path } of OPERATIONS) {
    t.match(path, /^\/api\/(?:v1|v2|ext\/v3)(?:\/(?:[A-Za-z]+|estimate-cost|\{[A-Za-z_]+\}))+$/)
  }
})

t.test('v1 and v2 have the tenant in front, v3 has not', async (t) => {
  for (const { path, hasTenant } of OPERATIONS) t.equal(hasTenant, !path.startsWith('/api/ext/v3/'), path)
})

t.test('an endpoint has one name in v1 and v2, because the two share its limits', async (t) => {
  const nameOf = (place: string): string | undefined =>
    OPERATIONS.find(({ method, path }) => `${method} ${path}` === place)?.name
  for (const name of ['sendTemplateMessage', 'sendTemplateMessages']) {
    t.equal(nameOf(`POST /api/v1/${name}`), name)
    t.equal(nameOf(`POST /api/v2/${name}`), name)
  }
  const v3 = OPERATIONS.filter(({ hasTenant }) => !hasTenant).map(({ name }) => name)
  t.equal(new Set(v3).size, v3.length, 'in v3 each operation has its own')
})

t.test('every scope is one that tokens can hold, and never an admin one', async (t) => {
  for (const { scope } of OPERATIONS) {
    t.ok(SCOPES.includes(scope))
    t.notMatch(scope, /^admin:/)
  }
})

t.test('an operation that takes no body wants no key in it', async (t) => {
  for (const { bodies, bodyKeys, target, name } of OPERATIONS) {
    if (bodies.some((body) => body !== 'none')) continue
    t.same(bodyKeys, [], name)
    t.notMatch(target, { in: /body|contacts/ }, name)
  }
})

t.test('an operation whose body may be absent wants its key in the query, always', async (t) => {
  for (const { bodies, bodyKeys, queryKeys, target, name } of OPERATIONS) {
    if (!bodies.includes('none')) continue
    if (bodyKeys.length > 0) t.same(queryKeys, bodyKeys, name)
    t.notMatch(target, { in: /body|contacts/ }, name)
  }
})

t.test('reading operations are GET, but for the estimate of a cost, and all others write', async (t) => {
  for (const operation of OPERATIONS) {
    const isRead = operation.method === 'GET' || operation.path.endsWith('/estimate-cost')
    t.equal(writes(operation), !isRead, operation.name)
  }
})
