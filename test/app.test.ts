import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Running, startBare, startRunning } from './helpers/running-gateway.ts'
import { startHttpUpstream } from './helpers/upstream.ts'
import { folderOf } from './helpers/folder.ts'

const CONTACTS = '/channels/sales/api/v1/getContacts'

t.test('each listener says in one line that it accepts requests', async (t) => {
  const { gateway, log } = await startBare(t)
  for (const url of [gateway.dataUrl, gateway.adminUrl]) {
    const { host } = new URL(url)
    t.equal(log.lines.filter((line) => JSON.stringify(line).includes(host)).length, 1, host)
  }
})

t.test('a change is in force for the next request', async (t) => {
  const running = await startRunning(t)
  const account = { tenantId: '388428', baseUrl: running.sandbox.url }
  const path = `/channels/fresh/api/v1/getMessages/5511988887777`
  const claims = { channels: ['fresh'] }
  const put = (number: string, more: object = {}) =>
    running.admin('PUT', '/v1/channels/fresh', { json: { account: 'acme', number, ...more } })
  const sentTo = async (): Promise<string> => {
    const [seen] = await running.reachedDuring(() => running.call('GET', path, { claims }))
    return seen?.url ?? 'nowhere'
  }

  t.equal((await running.call('GET', path, { claims })).status, 404, 'before it is there')
  await put('85264318722')
  t.match(await sentTo(), /=85264318722$/)
  await put('+5511 99999-0001')
  t.match(await sentTo(), /=5511999990001$/, 'with another number')
  await put('5511999990001', { enabled: false })
  t.equal(await sentTo(), 'nowhere', 'switched off')
  await put('5511999990001', { enabled: true })
  t.match(await sentTo(), /=5511999990001$/, 'switched on')
  await running.admin('PUT', '/v1/accounts/acme', { json: { ...account, tenantId: '7' } })
  t.match(await sentTo(), /^\/7\/api/, 'with another tenant')
  await running.admin('PUT', '/v1/accounts/acme', { json: { ...account, token: 'another-token' } })
  await running.call('GET', path, { claims })
  t.equal(running.sandbox.requests().at(-1)?.headers['authorization'], '[wrong]', 'with another token')
  await running.admin('DELETE', '/v1/channels/fresh')
  t.equal(await sentTo(), 'nowhere', 'removed')
  t.equal((await running.call('GET', path, { claims })).status, 404)
})

t.test('what was written is there after a restart', async (t) => {
  const dataDir = folderOf(t)
  const first = await startRunning(t, { settings: { DATA_DIR: dataDir } })
  await first.gateway.close()
  const second = await startBare(t, { DATA_DIR: dataDir, WATI_HOSTS: first.sandbox.url })
  t.equal((await second.call('GET', CONTACTS)).status, 200, 'with its token')
  t.equal((await second.admin('GET', '/v1/channels/sales')).body['number'], '85264318722')
})

t.test('no file holds a token in clear', async (t) => {
  const environment = { ELSEWHERE: 'wati_planted.token-of-the-environment' }
  const running = await startRunning(t, { environment })
  const planted = [
    'wati_planted.first-token',
    'wati_planted.second-token',
    'wati_planted.token-written-by-itself',
    'wati_planted.token-of-the-environment',
  ]
  for (const token of planted.slice(0, 2)) {
    const json = { tenantId: '388428', baseUrl: running.sandbox.url, token: `Bearer ${token}` }
    await running.admin('PUT', '/v1/accounts/acme', { json })
  }
  const path = '/v1/accounts/acme/token?verify=false'
  await running.admin('PUT', path, { json: { token: planted[2], expiresAt: '2030-01-01T00:00:00Z' } })
  const elsewhere = { tenantId: '1', baseUrl: running.sandbox.url, tokenFrom: { env: 'ELSEWHERE' } }
  t.equal((await running.admin('PUT', '/v1/accounts/elsewhere', { json: elsewhere })).status, 201)
  await running.admin('DELETE', '/v1/channels/sales')
  await running.admin('POST', '/v1/keys/rotate')
  await running.gateway.close()
  const files = await whole(running)
  t.ok(
    files.some(({ bytes }) => bytes.includes('account:acme')),
    'the account is in one of the files',
  )
  for (const { path, bytes } of files) {
    for (const token of planted) {
      for (const form of [
        token,
        Buffer.from(token).toString('base64').slice(0, -4),
        Buffer.from(token).toString('hex'),
      ]) {
        t.notOk(bytes.includes(form), `${path} does not hold it`)
      }
    }
  }
  const key = files.find(({ path }) => path.endsWith('encryption.key'))
  t.equal((await stat(key?.path ?? '')).mode & 0o777, 0o600, 'only its owner can read the key')
})

t.test('a second gateway on the same folder is refused', async (t) => {
  const dataDir = folderOf(t)
  const first = await startBare(t, { DATA_DIR: dataDir })
  await t.rejects(startBare(t, { DATA_DIR: dataDir }))
  t.equal((await first.admin('GET', '/v1/accounts')).status, 200, 'and the first goes on')
})

t.test('a port that is taken ends the start and lets go of the folder', async (t) => {
  const upstream = await startHttpUpstream(t, (response) => response.end())
  const dataDir = folderOf(t)
  await t.rejects(startBare(t, { DATA_DIR: dataDir, PORT: new URL(upstream.url).port }), {
    code: 'EADDRINUSE',
  })
  const second = await startBare(t, { DATA_DIR: dataDir })
  t.equal((await second.admin('GET', '/v1/accounts')).status, 200)
})

t.test('closing lets a request under way finish', async (t) => {
  let answer: () => void = () => undefined
  let arrived: () => void
  const asked = new Promise<void>((resolve) => (arrived = resolve))
  const upstream = await startHttpUpstream(t, (response) => {
    answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
    arrived()
  })
  const running = await startRunning(t, { hosts: [upstream.url] })
  await running.lead('slow', upstream.url)
  const path = '/channels/slow/api/v1/updateChatStatus'
  const pending = running.call('POST', path, { claims: { channels: ['slow'] }, json: {} })
  await asked
  const closed = running.gateway.close()
  answer()
  t.match(await pending, { status: 200, text: '{"result":true}' })
  await closed
})

async function whole({ dataDir }: Running): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return await Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })))
}

t.test('a folder that has lost its key is not started on: a new one would read nothing', async (t) => {
  const folder = folderOf(t)
  const first = await startBare(t, { DATA_DIR: folder })
  await first.admin('DELETE', '/v1/tokens/somebody')
  await first.gateway.close()
  await rm(join(folder, 'encryption.key'))
  await t.rejects(startBare(t, { DATA_DIR: folder }), /encryption\.key is gone, .* restore it/)
})
