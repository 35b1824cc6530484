import t from 'tap'
import { printSession, readSession } from '../../src/admin/session-cookie.ts'
import { makeSeal } from '../../src/directory/seal.ts'

const seal = makeSeal(`k1:${Buffer.alloc(32, 1).toString('base64')}`)
const session = { id: 'session-1', sub: 'ana', scopes: ['admin:read'], expiresAt: 1_000 }

t.test('a session can be read until it ends, not a moment longer', async (t) => {
  const cookie = printSession(seal, session)
  t.same(readSession(seal, cookie, 999_999), session)
  t.equal(readSession(seal, cookie, 1_000_000), undefined)
})

t.test('nothing else that was sealed opens as a session', async (t) => {
  const record = seal.seal(JSON.stringify({ ...session, expiresAt: 9e9 }), 'wati-gateway/directory/token:x/1')
  t.equal(readSession(seal, record), undefined)
})

t.test('a cookie shows nothing of who it belongs to', async (t) => {
  const cookie = printSession(seal, session)
  t.notMatch(Buffer.from(cookie.split('.')[1] ?? '', 'base64').toString('latin1'), /ana|admin/)
})
