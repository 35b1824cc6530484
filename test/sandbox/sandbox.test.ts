import { Agent, fetch as fetchThrough } from 'undici'
import t from 'tap'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { SELF_SIGNED } from './certificate.ts'
import { CONTACT, matchAll, startClient, TENANT, TOKEN } from './client.ts'

const READ = `/api/v1/getMessages/${CONTACT}`

t.test('without the right token everything is a 401 with an empty body', async (t) => {
  const { raw } = await startClient(t)
  const tokens = [undefined, '', TOKEN, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, 'Basic eDp5']
  for (const authorization of tokens) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const answer = await raw('GET', `/${TENANT}${READ}`, { headers })
    t.equal(answer.status, 401)
    t.equal(answer.text, '')
    t.notOk(answer.headers.has('content-type'))
  }
})

t.test('another tenant, and a path that Wati does not have, is a 404', async (t) => {
  const { raw } = await startClient(t)
  const headers = { authorization: `Bearer ${TOKEN}` }
  const paths = [
    `/1${READ}`,
    READ,
    `/${TENANT}/api/v1/rotateToken`,
    `/${TENANT}${READ}/`,
    `/${TENANT}/${READ}`,
  ]
  for (const path of paths) t.equal((await raw('GET', path, { headers })).status, 404, path)
  t.equal((await raw('POST', `/${TENANT}${READ}`, { headers })).status, 404, 'with another method')
})

t.test('tenant, token and numbers are what the options say', async (t) => {
  const sandbox = await startSandbox({ tenantId: '7', token: 'secret', numbers: ['4930123456'] })
  t.teardown(() => sandbox.close())
  const response = await fetch(`${sandbox.url}/7/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret' },
  })
  t.equal(response.status, 200)
  matchAll(t, sandbox.messages(), [{ from: '4930123456', fromDefault: true }])
})

t.test('a sandbox without a number does not start', async (t) => {
  await t.rejects(startSandbox({ numbers: [] }), /at least one number/)
})

t.test('every answer may be called text/plain', async (t) => {
  const { call } = await startClient(t, { plainText: true })
  const answer = await call('GET', READ)
  t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
  t.equal(answer.body['result'], 'success')
})

t.test('it speaks TLS with the certificate it is given', async (t) => {
  const sandbox = await startSandbox({ https: SELF_SIGNED })
  t.teardown(() => sandbox.close())
  t.match(sandbox.url, /^https:\/\/127\.0\.0\.1:[0-9]+$/)
  const dispatcher = new Agent({ connect: { ca: SELF_SIGNED.cert } })
  t.teardown(() => dispatcher.destroy())
  const response = await fetchThrough(`${sandbox.url}/_sandbox`, { dispatcher })
  t.equal(response.status, 200)
  await t.rejects(fetch(`${sandbox.url}/_sandbox`), 'nobody trusts a self-signed certificate by chance')

  const headers = { 'content-type': 'application/json' }
  await fetchThrough(`${sandbox.url}/_sandbox/faults`, {
    dispatcher,
    method: 'POST',
    headers,
    body: '{"kind":"reset"}',
  })
  await t.rejects(fetchThrough(`${sandbox.url}/${TENANT}${READ}`, { dispatcher }))
})

t.test('it writes nothing to the screen', async (t) => {
  const written: unknown[] = []
  const { write } = process.stdout
  t.teardown(() => (process.stdout.write = write))
  const { call } = await startClient(t)
  process.stdout.write = (chunk: unknown) => written.push(chunk) > 0
  await call('GET', READ)
  process.stdout.write = write
  t.same(written, [])
})

t.test('it closes while a client keeps its connection', async (t) => {
  const { call, sandbox } = await startClient(t)
  await call('GET', READ)
  const start = performance.now()
  await sandbox.close()
  t.ok(performance.now() - start < 1000)
})
