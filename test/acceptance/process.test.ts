import { request } from 'node:http'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import t from 'tap'
import { JWT_SECRET, askAdmin, setUp, startGateway, startProgram, startSandbox, token } from './processes.ts'
import { folderOf } from '../helpers/folder.ts'

const caller = (): string => token({ sub: 'shop', channels: ['sales'], scope: 'messages:send messages:read' })
const CUSTOMER = '5521988887777'

t.test('wrong settings stop the start with exit code 78 and one sentence per mistake', async (t) => {
  const secret = 'not long enough'
  const program = startProgram(t, ['dist/main.js'], {
    JWT_SECRET: secret,
    PORT: 'eighty',
    LOG_LEVEL: 'loud',
    REDIS_URL: 'redis://h',
  })
  t.equal(await program.ended(), 78)
  t.same(
    program.lines.map((line) => line.split(' ')[0]),
    ['PORT', 'LOG_LEVEL', 'JWT_SECRET', 'ENCRYPTION_KEYS'],
  )
  t.notMatch(program.lines.join('\n'), secret, 'nothing secret is printed')
})

t.test('of two places for the store none is chosen silently', async (t) => {
  const program = startProgram(t, ['dist/main.js'], {
    JWT_SECRET,
    REDIS_URL: 'redis://:s3cret@h',
    REDIS_CLUSTER: 'a:1,b:2',
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  })
  t.equal(await program.ended(), 78)
  t.same(program.lines, ['REDIS_URL and REDIS_CLUSTER exclude each other: only one of them may be set.'])
})

t.test('a port that is taken is one clear line and exit code 1', async (t) => {
  const first = await startGateway(t, { DATA_DIR: folderOf(t) })
  const port = new URL(first.data).port
  const second = startProgram(t, ['dist/main.js'], {
    JWT_SECRET,
    PORT: port,
    ADMIN_PORT: '0',
    DATA_DIR: join(t.testdirName, 'b'),
  })
  t.equal(await second.ended(), 1)
  t.match(second.lines.at(-1), /the gateway cannot start: listen EADDRINUSE/)
})

t.test('the gateway prints one log line per listener once it accepts', async (t) => {
  const gateway = await startGateway(t, { DATA_DIR: folderOf(t) })
  t.equal(gateway.lines.filter((line) => line.includes('accepts requests')).length, 2)
  for (const url of [gateway.data, gateway.admin]) {
    t.equal((await fetch(`${url}/healthz`)).status, 200)
    t.same(await (await fetch(`${url}/readyz`)).json(), { status: 'ready' })
  }
})

t.test('wati-gateway serve starts the same gateway', async (t) => {
  const program = startProgram(t, ['dist/cli/main.js', 'serve'], {
    JWT_SECRET,
    PORT: '0',
    ADMIN_PORT: '0',
    DATA_DIR: folderOf(t),
  })
  await program.line(/the data plane accepts requests/)
  t.equal(await program.stop(), 0)
})

t.test('an unknown command is wrong usage: exit code 64', async (t) => {
  t.equal(await startProgram(t, ['dist/cli/main.js', 'sing']).ended(), 64)
  t.equal(await startProgram(t, ['dist/cli/main.js', 'sandbox', '--port', 'x']).ended(), 64)
  t.equal(await startProgram(t, ['dist/cli/main.js', 'sandbox', '--plan', 'x']).ended(), 64)
})

t.test('keys generate prints a key that the gateway takes', async (t) => {
  const keys = startProgram(t, ['dist/cli/main.js', 'keys', 'generate'])
  t.equal(await keys.ended(), 0)
  const gateway = await startGateway(t, { DATA_DIR: folderOf(t), ENCRYPTION_KEYS: keys.lines[0] ?? '' })
  t.equal((await askAdmin(gateway, 'GET', '/v1/channels')).status, 200)
})

t.test('a token signed with a key of JWT_PUBLIC_KEYS is as good as one of the secret', async (t) => {
  const wati = await startSandbox(t)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const folder = t.testdir({ 'public.pem': publicKey.export({ type: 'spki', format: 'pem' }).toString() })
  const gateway = await startGateway(t, {
    DATA_DIR: join(folder, 'data'),
    JWT_PUBLIC_KEYS: join(folder, 'public.pem'),
    WATI_HOSTS: wati,
  })
  await setUp(gateway, wati)
  const sign = createSigner({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    algorithm: 'ES256',
    expiresIn: 60_000,
  })
  const answer = await fetch(`${gateway.data}/channels/sales/api/v1/getMessages/${CUSTOMER}`, {
    headers: { authorization: `Bearer ${sign({ sub: 'x', channels: ['*'], scope: 'messages:read' })}` },
  })
  t.equal(answer.status, 200)
})

t.test('a second process on the same folder is refused, and the first goes on', async (t) => {
  const folder = folderOf(t)
  const first = await startGateway(t, { DATA_DIR: folder })
  const second = startProgram(t, ['dist/main.js'], {
    JWT_SECRET,
    PORT: '0',
    ADMIN_PORT: '0',
    DATA_DIR: folder,
  })
  t.equal(await second.ended(), 1)
  t.match(second.lines.at(-1), /in use: only one gateway/)
  t.equal((await fetch(`${first.data}/readyz`)).status, 200)
})

t.test('a gateway killed with -9 starts again at once with every acknowledged change', async (t) => {
  const wati = await startSandbox(t)
  const settings = { DATA_DIR: folderOf(t), WATI_HOSTS: wati }
  const first = await startGateway(t, settings)
  await setUp(first, wati)
  const acknowledged: string[] = []
  const writing = (async () => {
    for (let i = 0; ; i++) {
      const alias = `line-${i}`
      const body = { account: 'acme', number: '5511999990001' }
      const { status } = await askAdmin(first, 'PUT', `/v1/channels/${alias}`, body).catch(() => ({
        status: 0,
      }))
      if (status !== 201) return
      acknowledged.push(alias)
      if (acknowledged.length === 30) first.process.kill('SIGKILL')
    }
  })()
  await writing
  const second = await startGateway(t, settings)
  const { body } = await askAdmin(second, 'GET', '/v1/channels?limit=1000')
  const aliases = new Set((body['items'] as { alias: string }[]).map(({ alias }) => alias))
  t.ok(acknowledged.length >= 30)
  t.ok(
    acknowledged.every((alias) => aliases.has(alias)),
    `${acknowledged.length} acknowledged channels are there`,
  )
})

t.test('on SIGTERM the gateway finishes what is under way and exits with 0', async (t) => {
  const wati = await startSandbox(t)
  const gateway = await startGateway(t, { DATA_DIR: folderOf(t), WATI_HOSTS: wati, SHUTDOWN_DELAY_MS: '300' })
  await setUp(gateway, wati)
  await fetch(`${wati}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'delay', delayMs: 800 }),
  })
  const slow = request(`${gateway.data}/channels/sales/api/v1/getMessages/${CUSTOMER}`, {
    headers: { authorization: `Bearer ${caller()}` },
  })
  slow.end()
  await once(slow, 'socket')
  const reachedWati = async (): Promise<boolean> => {
    const seen = (await (await fetch(`${wati}/_sandbox/requests`)).json()) as { items: unknown[] }
    return seen.items.length > 0
  }
  while (!(await reachedWati())) await new Promise(setImmediate)
  const exited = gateway.stop('SIGTERM')
  await gateway.line(/the gateway stops/)
  const readyz = await fetch(`${gateway.data}/readyz`)
  t.equal(readyz.status, 503, 'readyz turns 503 at once')
  t.match(await readyz.json(), { type: 'urn:wati-gateway:problem:shutting-down' })
  const [answer] = (await once(slow, 'response')) as [import('node:http').IncomingMessage]
  t.equal(answer.statusCode, 200, 'the request under way is answered')
  answer.resume()
  t.equal(await exited, 0)
})

t.test('the token of an account is in clear nowhere on disk', async (t) => {
  const wati = await startSandbox(t)
  const folder = folderOf(t)
  const gateway = await startGateway(t, { DATA_DIR: folder, WATI_HOSTS: wati })
  await setUp(gateway, wati)
  t.equal(await gateway.stop(), 0)
  const journal = readFileSync(join(folder, 'directory.jsonl'), 'latin1')
  t.notMatch(journal, 'wati_1111')
  t.notMatch(journal, '85264318722', 'nor is a number')
  t.notMatch(gateway.lines.join('\n'), 'wati_1111', 'nor in the log')
  writeFileSync(join(folder, 'encryption.key'), `other:${Buffer.alloc(32, 1).toString('base64')}\n`)
  const other = await startGateway(t, { DATA_DIR: folder, WATI_HOSTS: wati })
  const answer = await fetch(`${other.data}/channels/sales/api/v1/getMessages/1`, {
    headers: { authorization: `Bearer ${caller()}` },
  })
  t.equal(answer.status, 503, 'with another key the records are unusable, not wrong')
})
