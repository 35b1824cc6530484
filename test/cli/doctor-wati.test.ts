import { once } from 'node:events'
import { createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { EXPIRED } from '../gateway/certificates.ts'
import { adminToken, startRunning } from '../helpers/running-gateway.ts'
import { examine } from './examine.ts'

t.test('hosts of Wati that are away, or whose certificate does not hold, fail', async (t) => {
  const secure = createServer(EXPIRED, (_, response) => response.end()).listen(0, '127.0.0.1')
  await once(secure, 'listening')
  t.teardown(() => secure.close())
  const { port } = secure.address() as AddressInfo
  const { code, stdout } = await examine(t, { WATI_HOSTS: `localhost:${port},http://127.0.0.1:9,*.wati.io` })
  t.equal(code, 1)
  t.match(
    stdout,
    new RegExp(`^fail {2}https://localhost:${port} cannot be reached .* its certificate does not hold`, 'm'),
  )
  t.match(
    stdout,
    /^fail {2}http:\/\/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\) {2}— let the gateway out/m,
  )
  t.notMatch(stdout, 'Wati was not asked')
})

t.test('a clock that differs from that of Wati is found', async (t) => {
  const shift = async (ms: number): Promise<string> => {
    const server = createPlain((_, response) => {
      response.setHeader('date', new Date(Date.now() + ms).toUTCString())
      response.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const warned = await examine(t, { WATI_HOSTS: await shift(-4_500) })
  t.equal(warned.code, 0)
  t.match(warned.stdout, /^warn {2}the clock is [34]\.[0-9] s ahead of http/m)
  const failing = await examine(t, { WATI_HOSTS: await shift(3_600_000) })
  t.equal(failing.code, 1)
  t.match(failing.stdout, /^fail {2}the clock is 3[56][0-9]{2}\.[0-9] s behind http/m)
})

t.test('where WATI_HOSTS names no host, those of the accounts are asked', async (t) => {
  const { gateway, sandbox } = await startRunning(t, { limits: 'of-the-plan' })
  const wild = { WATI_HOSTS: '*.wati.io' }
  const alone = await examine(t, wild)
  t.equal(alone.code, 0)
  t.match(alone.stdout, /^warn {2}Wati was not asked: .* — set WATI_GATEWAY_TOKEN/m)
  const env = { ...wild, WATI_GATEWAY_TOKEN: adminToken() }
  const asked = await examine(t, { ...env, WATI_GATEWAY_URL: gateway.adminUrl })
  t.match(asked.stdout, `ok    ${sandbox.url} answers (`)
  const away = await examine(t, { ...env, WATI_GATEWAY_URL: 'http://127.0.0.1:9' })
  t.equal(away.code, 0)
  t.match(away.stdout, /^warn {2}Wati was not asked: the accounts cannot be read\. The control plane at /m)
})
