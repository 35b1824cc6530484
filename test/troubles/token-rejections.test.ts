import t from 'tap'
import type { UsableAccount } from '../../src/domain/account.ts'
import { Secret } from '../../src/domain/secret.ts'
import { TokenRejections } from '../../src/troubles/token-rejections.ts'

const account = (id: string, token = 'wati_one'): UsableAccount => ({
  id,
  tenantId: '1',
  baseUrl: 'https://wati.example',
  token: new Secret(token),
  tokenUpdatedAt: '2026-01-01T00:00:00Z',
  plan: 'growth',
  revision: 1,
})
const at = (second: number): Date => new Date(Date.UTC(2026, 10, 22, 12, 0, second))

t.test('a token is rejected from its first 401 in a row to its last', (t) => {
  const rejections = new TokenRejections()
  t.equal(rejections.of(account('acme')), undefined)
  for (const second of [1, 2, 7]) rejections.note(account('acme'), 401, at(second))
  t.match(rejections.of(account('acme')), { first: at(1), last: at(7) })
  t.equal(rejections.of(account('other')), undefined)
  t.end()
})

t.test('any other answer ends it', (t) => {
  for (const status of [200, 204, 400, 404, 429]) {
    const rejections = new TokenRejections()
    rejections.note(account('acme'), 401, at(1))
    rejections.note(account('acme'), status, at(2))
    t.equal(rejections.of(account('acme')), undefined, String(status))
    rejections.note(account('acme'), 401, at(3))
    t.match(rejections.of(account('acme')), { first: at(3), last: at(3) }, 'it begins anew')
  }
  t.end()
})

t.test('a new token is not rejected because the old one was', (t) => {
  const rejections = new TokenRejections()
  rejections.note(account('acme'), 401, at(1))
  t.equal(rejections.of(account('acme', 'wati_two')), undefined)
  const { token: _token, ...without } = account('acme')
  t.equal(rejections.of(without), undefined, 'nor is one that cannot be read')
  rejections.note(account('acme', 'wati_two'), 401, at(2))
  t.match(rejections.of(account('acme', 'wati_two')), { first: at(2) })
  t.end()
})

t.test('an answer to the old token, which comes late, does not clear the new one', (t) => {
  const rejections = new TokenRejections()
  rejections.note(account('acme', 'wati_two'), 401, at(1))
  rejections.note(account('acme', 'wati_one'), 200, at(2))
  t.match(rejections.of(account('acme', 'wati_two')), { first: at(1) })
  t.end()
})

t.test('it remembers a bounded number of accounts, and forgets the oldest', (t) => {
  const rejections = new TokenRejections()
  for (let n = 0; n <= 10_000; n++) rejections.note(account(`a${n}`), 401, at(0))
  t.equal(rejections.of(account('a0')), undefined)
  t.ok(rejections.of(account('a1')))
  t.ok(rejections.of(account('a10000')))
  t.end()
})

t.test('no text of it shows the token', (t) => {
  const rejections = new TokenRejections()
  rejections.note(account('acme', 'wati_planted'), 401, at(0))
  t.notMatch(JSON.stringify(rejections.of(account('acme', 'wati_planted'))), /planted/)
  t.end()
})
