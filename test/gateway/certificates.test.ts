import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SELF_SIGNED } from '../sandbox/certificate.ts'
import { isProblem } from '../helpers/problem.ts'
import { startRunning } from '../helpers/running-gateway.ts'
import { startTlsUpstream } from '../helpers/upstream.ts'
import { EXPIRED, OTHER_HOST } from './certificates.ts'

/*
 * That a certificate is signed by a trusted authority is one thing, that it is for this host and this day another.
 * To see the second alone, this file runs itself again in a process that trusts the three authorities:
 * Node reads the list only at its start.
 */
if (process.env['TEST_TRUSTS_AUTHORITIES'] === undefined) {
  const folder = t.testdir({ 'trusted.pem': SELF_SIGNED.cert + OTHER_HOST.cert + EXPIRED.cert })
  const env = { ...process.env, TEST_TRUSTS_AUTHORITIES: '1', NODE_EXTRA_CA_CERTS: `${folder}/trusted.pem` }
  t.spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url)],
    { env },
    'with trusted authorities',
  )
} else {
  t.test('a trusted authority', async (t) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
    const good = await startTlsUpstream(t, SELF_SIGNED, (socket) => socket.end(answer))
    const other = await startTlsUpstream(t, OTHER_HOST)
    const expired = await startTlsUpstream(t, EXPIRED)
    const [goodUrl, otherUrl, expiredUrl] = [good, other, expired].map(({ url }) =>
      url.replace('127.0.0.1', 'localhost'),
    )
    const running = await startRunning(t, { hosts: [goodUrl!, otherUrl!, expiredUrl!, other.url] })
    const ask = async (alias: string, baseUrl: string) => {
      await running.lead(alias, baseUrl)
      const claims = { channels: [alias] }
      return await running.call('POST', `/channels/${alias}/api/v1/updateChatStatus`, { claims, json: {} })
    }

    t.test('and the right host: the request arrives with its token', async (t) => {
      t.equal((await ask('good', goodUrl!)).status, 200)
      t.match(
        good.received().toString(),
        /^POST \/388428\/api\/v1\/updateChatStatus[^]*\r\nauthorization: Bearer wati_/,
      )
    })
    t.test('but another host name: not one byte leaves', async (t) => {
      isProblem(t, await ask('other', otherUrl!), 502, 'wati-tls-failure', 'not_sent')
      t.ok(other.connections() > 0)
      t.equal(other.received().length, 0)
    })
    t.test('but an address where a name is certified: not one byte leaves', async (t) => {
      isProblem(t, await ask('address', other.url), 502, 'wati-tls-failure', 'not_sent')
      t.equal(other.received().length, 0)
    })
    t.test('but a certificate out of date: not one byte leaves', async (t) => {
      isProblem(t, await ask('expired', expiredUrl!), 502, 'wati-tls-failure', 'not_sent')
      t.ok(expired.connections() > 0)
      t.equal(expired.received().length, 0)
    })
  })
}
