import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import type { Test } from 'tap'
import { type GatewayProgram, type Program, startGateway, startProgram } from '../acceptance/processes.ts'
import { Driver } from './drive.ts'
import type { Haystack, Planted } from './planted.ts'

/** A gateway with secrets planted in it, and everything that can be done with it. */

/** All with characters that change in JSON, URLs and HTML. */
const TOKENS = {
  account: 'wati_PLANTED-account-token"1\\2/3+4%41<&>.QWNjb3VudFRva2Vu',
  next: 'wati_PLANTED-next-token"5\\6/7+8%42<&>.TmV4dFRva2VuQXQ',
  file: 'wati_PLANTED-token-of-file"9\\a/b+c%43<&>.RmlsZVRva2Vu',
  environment: 'wati_PLANTED-token-of-environment"d\\e/f.RW52VG9rZW4',
}
const JWT_SECRET = 'PLANTED-JWT-SECRET"g\\h/i+j%44<&>-which-is-long-enough'
const KEY = 'PLANTED-ENCRYPTION-KEY-xyzwv!012'
const ENCRYPTION_KEYS = `k1:${Buffer.from(KEY).toString('base64')}`
export const REDIS_PASSWORD = 'PLANTED-redis-password-0123456789'
const TENANT = '388428'
const NUMBERS = ['85264318721', '85264318722']

const sign = (claims: object): string =>
  createSigner({ key: JWT_SECRET, algorithm: 'HS256', expiresIn: 600_000 })({ ...claims })
export const ADMIN = sign({ sub: 'ops', scope: 'admin:read admin:write' })
export const CALLER = sign({
  sub: 'shop',
  channels: ['*'],
  scope: 'messages:send messages:read account:read templates:read',
})
/** What nobody else has in common with a token: its signature. */
const signatureOf = (jwt: string): string => jwt.split('.')[2] ?? ''

export interface Scene {
  readonly gateway: GatewayProgram
  readonly settings: Record<string, string>
  readonly wati: string
  readonly folder: string
  readonly admin: Driver
  readonly data: Driver
  readonly programs: Program[]
  /** Tokens that the gateway has issued. */
  readonly issued: Planted[]
}

export async function startScene(t: Test, more: (wati: string) => Record<string, string>): Promise<Scene> {
  const args = [
    'dist/cli/main.js',
    'sandbox',
    '--port',
    '0',
    '--tenant',
    TENANT,
    '--numbers',
    NUMBERS.join(','),
  ]
  const sandbox = startProgram(t, [...args, '--plan', 'unlimited'], { SANDBOX_TOKEN: TOKENS.account })
  const wati = /http:\/\/[0-9.:]+[0-9]/.exec(await sandbox.line(/listens at http/))?.[0] ?? ''
  const folder = t.testdir({ 'token.txt': `Bearer ${TOKENS.file}\n` })
  const settings = {
    ...{ JWT_SECRET, ENCRYPTION_KEYS, WATI_HOSTS: wati, LOG_LEVEL: 'trace', WATI_TIMEOUT_MS: '300' },
    ...{ DATA_DIR: join(folder, 'data'), TOKEN_FILE_CHECK_MS: '200', PLANTED_TOKEN: TOKENS.environment },
    ...more(wati),
  }
  const gateway = await startGateway(t, settings)
  const [admin, data] = [new Driver(gateway.admin, ADMIN), new Driver(gateway.data, CALLER)]
  return { gateway, settings, wati, folder, admin, data, programs: [gateway], issued: [] }
}

async function writeRecords({ admin, wati, folder }: Scene): Promise<number[]> {
  const common = { tenantId: TENANT, baseUrl: wati }
  const statuses = [
    await admin.ask('PUT', '/v1/accounts/acme', { ...common, token: `Bearer ${TOKENS.account}` }),
    await admin.ask('PUT', '/v1/accounts/filed', {
      ...common,
      tokenFrom: { file: join(folder, 'token.txt') },
    }),
    await admin.ask('PUT', '/v1/accounts/varied', { ...common, tokenFrom: { env: 'PLANTED_TOKEN' } }),
    await admin.ask('PUT', '/v1/accounts/renewed', { ...common, token: TOKENS.account }),
    await admin.ask('PUT', '/v1/accounts/renewed/token?verify=false', {
      token: TOKENS.next,
      expiresAt: soon(),
    }),
    await admin.ask('PUT', '/v1/accounts/acme/token', { token: TOKENS.account }),
    await admin.ask('PUT', '/v1/accounts/acme/token', { token: TOKENS.next }),
    await admin.ask('PUT', '/v1/accounts/going', { ...common, token: TOKENS.next }),
    await admin.ask('DELETE', '/v1/accounts/going'),
  ]
  for (const account of ['acme', 'filed', 'varied', 'renewed'])
    statuses.push(await admin.ask('PUT', `/v1/channels/line-${account}`, { account, number: NUMBERS[1] }))
  statuses.push(await admin.ask('PATCH', '/v1/channels/line-acme?wait=all', { description: 'changed' }))
  statuses.push(await admin.ask('PUT', '/v1/channels/going', { account: 'acme', number: NUMBERS[1] }))
  statuses.push(await admin.ask('DELETE', '/v1/channels/going'))
  return statuses.map(({ status }) => status)
}

const soon = (): string => new Date(Date.now() + 3 * 86_400_000).toISOString()

async function useTokens(scene: Scene): Promise<void> {
  const { admin, data, issued } = scene
  const wish = { sub: 'crm', channels: ['*'], scope: 'messages:read admin:read', expiresIn: 600 }
  for (const name of ['an issued token', 'a revoked token']) {
    const { body } = await admin.ask('POST', '/v1/tokens', wish)
    // The one place where it may be.
    admin.answers.pop()
    const value = body['token'] as string
    issued.push({ name, value: signatureOf(value) })
    const headers = { authorization: `Bearer ${value}` }
    await data.ask('GET', '/channels/line-acme/api/v1/getMessages/5521988887777', undefined, headers)
    await admin.ask('GET', '/v1/tokens?sub=crm', undefined, headers)
    await admin.ask('DELETE', `/v1/tokens/${value}`)
    if (name === 'a revoked token') await admin.ask('DELETE', `/v1/tokens/${body['jti'] as string}`)
    await data.ask('GET', '/channels/line-acme/api/v1/getMessages/5521988887777', undefined, headers)
  }
}

/** Every route that only reads, and the rest of what admins do. */
async function readEverything(scene: Scene): Promise<void> {
  const { admin } = scene
  for (const path of ['accounts', 'channels', 'tokens', 'keys', 'audit', 'replicas', 'directory', 'usage'])
    await admin.ask('GET', `/v1/${path}`)
  for (const path of ['traffic', 'troubles', 'operations', 'session']) await admin.ask('GET', `/v1/${path}`)
  for (const method of ['POST', 'DELETE']) await admin.ask(method, '/v1/session')
  for (const id of ['acme', 'filed', 'varied', 'renewed']) {
    await admin.ask('GET', `/v1/accounts/${id}`)
    await admin.ask('GET', `/v1/channels/line-${id}`)
    await admin.ask('POST', `/v1/channels/line-${id}/check`)
    const message = { template_name: 'hello', broadcast_name: 'hello' }
    await admin.ask('POST', '/v1/explain', {
      ...{
        channel: `line-${id}`,
        method: 'POST',
        path: '/api/v1/sendTemplateMessage?whatsappNumber=5521988887777',
      },
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${TOKENS.account}`,
        cookie: `a=${TOKENS.account}`,
      },
      body: JSON.stringify(message),
    })
  }
  await admin.ask('GET', '/v1/audit', undefined, { accept: 'application/jsonl' })
  await admin.ask('POST', '/v1/keys/rotate')
  await admin.ask('POST', '/v1/directory/reseed')
  for (const path of ['/metrics', '/openapi.json', '/', '/healthz', '/readyz']) await admin.ask('GET', path)
}

/** What people do wrong, secrets in hand. */
async function makeMistakes({ admin, data, wati, settings, folder }: Scene): Promise<void> {
  const { account } = TOKENS
  const common = { tenantId: TENANT, baseUrl: wati, token: account }
  const wrong: (object | string)[] = [
    { ...common, tokn: account },
    { ...common, token: [account] },
    { ...common, token: `${account} ${account}` },
    { ...common, token: `${account}\u00e9` },
    { ...common, tenantId: account },
    { ...common, plan: account },
    { ...common, baseUrl: `https://${account}@evil.example` },
    { ...common, baseUrl: 'https://evil.example' },
    { ...common, limits: { sendTemplateMessage: account } },
    { ...common, tokenFrom: { env: 'JWT_SECRET' } },
    { tenantId: TENANT, baseUrl: wati, tokenFrom: { env: 'ENCRYPTION_KEYS' } },
    { tenantId: TENANT, baseUrl: wati, tokenFrom: { env: 'JWT_SECRET' } },
    { tenantId: TENANT, baseUrl: wati, tokenFrom: { file: '/proc/self/environ' } },
    {
      tenantId: TENANT,
      baseUrl: wati,
      tokenFrom: { file: join(settings['DATA_DIR'] ?? folder, 'directory.jsonl') },
    },
    `{"token": "${account}`,
    `{"token": ${account}}`,
    `"${account}`,
    account,
  ]
  for (const body of wrong) {
    await admin.ask('PUT', '/v1/accounts/mistaken', body)
    await admin.ask('PUT', '/v1/accounts/acme/token', body)
    await admin.ask('PUT', '/v1/channels/mistaken', body)
    await admin.ask('PATCH', '/v1/channels/line-acme', body)
    await admin.ask('POST', '/v1/tokens', body)
    await admin.ask('POST', '/v1/explain', body)
    await data.ask('POST', '/channels/line-acme/api/v1/sendTemplateMessage', body)
  }
  const encoded = encodeURIComponent(account)
  for (const driver of [admin, data]) {
    await driver.ask('GET', `/v1/nothing/${encoded}?token=${encoded}`).catch(() => undefined)
    for (const authorization of [
      `Bearer ${account}`,
      `Basic ${btoa(account)}`,
      account,
      `Bearer ${ADMIN}x`,
    ]) {
      await driver.ask('GET', '/v1/accounts', undefined, { authorization })
      await driver.ask('GET', '/channels/line-acme/api/v1/getMessages/1', undefined, { authorization })
    }
    await driver.write(`GET /${account} HTTP/9\r\nauthorization: Bearer ${account}\r\n\r\n`)
    await driver.write(`GET / HTTP/1.1\r\nauthorization: Bearer ${account}\r\ncontent-length: x\r\n\r\n`)
    await driver.write(`GET / HTTP/1.1\r\nx: ${account.repeat(1_000)}\r\n\r\n`)
  }
  await admin.ask('PUT', `/v1/accounts/acme/token?token=${encoded}`, { token: account })
  await admin.ask('PATCH', '/v1/channels/line-acme', { description: 'x' }, { 'if-match': `"${account}"` })
  await data.ask('GET', '/channels/line-acme/api/v1/getMessages/1', undefined, { 'x-request-id': account })
}

/** Wati fails in every way it can, and repeats the token while it does. */
async function failAtWati({ admin, data, wati }: Scene): Promise<void> {
  const { account } = TOKENS
  const faults: object[] = [
    { kind: 'unauthorized', body: JSON.stringify({ message: `bad token ${account}` }) },
    { kind: 'html', body: `<!DOCTYPE html><html><body>Bearer ${account}</body></html>` },
    { kind: 'garbage', body: `Bearer ${account}\r\n\r\n` },
    {
      kind: 'garbage',
      body: `HTTP/1.1 200 OK\r\nauthorization: Bearer ${account}\r\nx\u0001y: ${account}\r\n\r\n`,
    },
    { kind: 'redirect', location: `https://evil.example/${encodeURIComponent(account)}` },
    ...['reset', 'truncate', 'silence', 'rate-limited'].map((kind) => ({ kind })),
    { kind: 'status', status: 500 },
  ]
  const message = { template_name: 'hello', broadcast_name: 'hello' }
  for (const fault of faults) {
    const order = { ...fault, times: 4 }
    const method = { method: 'POST', headers: { 'content-type': 'application/json' } }
    await fetch(`${wati}/_sandbox/faults`, { ...method, body: JSON.stringify(order) })
    await data.ask('GET', '/channels/line-acme/api/v1/getMessages/5521988887777')
    await data.ask(
      'POST',
      '/channels/line-acme/api/v1/sendTemplateMessage?whatsappNumber=5521988887777',
      message,
    )
    await admin.ask('POST', '/v1/channels/line-acme/check')
    await admin.ask('PUT', '/v1/accounts/acme/token', { token: account })
    await fetch(`${wati}/_sandbox/faults`, { method: 'DELETE' })
  }
  for (const id of ['acme', 'filed', 'varied', 'renewed'])
    await data.ask('GET', `/channels/line-${id}/api/v1/getMessages/5521988887777`)
}

/** All that must be found nowhere. */
export const PLANTED: readonly Planted[] = [
  ...Object.entries(TOKENS).map(([name, value]) => ({ name: `the token ${name}`, value })),
  { name: 'JWT_SECRET', value: JWT_SECRET },
  { name: 'the encryption key', value: KEY },
  { name: 'ENCRYPTION_KEYS', value: ENCRYPTION_KEYS.slice(3) },
  { name: 'the password of Redis', value: REDIS_PASSWORD },
  { name: "an admin's token", value: signatureOf(ADMIN) },
  { name: "a caller's token", value: signatureOf(CALLER) },
]

/** The command line, with an admin's token and a Wati token in its environment. Its arguments are looked at, too. */
async function useCommands(t: Test, scene: Scene, seen: Haystack[]): Promise<void> {
  const { gateway, settings, programs } = scene
  const file = join(scene.folder, 'exported.yaml')
  const environment = {
    ...settings,
    WATI_GATEWAY_TOKEN: ADMIN,
    WATI_GATEWAY_URL: gateway.admin,
    NEW_TOKEN: TOKENS.account,
  }
  const run = async (...args: string[]): Promise<string> => {
    const program = startProgram(t, ['dist/cli/main.js', ...args], environment)
    programs.push(program)
    seen.push({ where: `the arguments of ${args.join(' ')}`, bytes: commandLineOf(program) })
    await program.ended()
    return program.lines.join('\n')
  }
  writeFileSync(file, await run('export'))
  await Promise.all([run('accounts', 'list', '--json'), run('accounts', 'show', 'filed'), run('doctor')])
  await Promise.all([
    run('audit', 'list'),
    run('tokens', 'list'),
    run('diff', '-f', file),
    run('check', 'line-filed'),
  ])
  await Promise.all([
    run(
      'accounts',
      'put',
      'made',
      '--tenant-id',
      TENANT,
      '--base-url',
      scene.wati,
      '--token-env',
      'NEW_TOKEN',
    ),
    run('keys', 'show'),
    run('apply', '-f', file),
    run('explain', 'line-acme', 'GET', '/api/v1/getMessages/1'),
  ])
}

export function commandLineOf({ process: { pid } }: Program): Buffer {
  const path = `/proc/${pid ?? 0}/cmdline`
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}

/** Everything that the API describes was asked for. */
function droveAll(t: Test, { admin }: Scene, paths: Record<string, Record<string, unknown>>): void {
  const missing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .map((method) => `${method.toUpperCase()} ${path}`)
      .filter((route) => {
        const pattern = new RegExp(`^${route.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
        return !admin.asked.some((asked) => pattern.test(asked))
      }),
  )
  t.same(missing, [], 'every route of the control plane was asked')
}

/** Does all that can be done with a gateway. Gives what was seen on the way; answers and logs are in the scene. */
export async function driveAll(t: Test, scene: Scene): Promise<Haystack[]> {
  const seen: Haystack[] = [{ where: 'the arguments of the gateway', bytes: commandLineOf(scene.gateway) }]
  const statuses = await writeRecords(scene)
  t.same(statuses, [201, 201, 201, 201, 200, 200, 400, 201, 204, 201, 201, 201, 201, 200, 201, 204])
  await useTokens(scene)
  await readEverything(scene)
  await makeMistakes(scene)
  await failAtWati(scene)
  await readEverything(scene)
  await useCommands(t, scene, seen)
  const { body } = await scene.admin.ask('GET', '/openapi.json')
  droveAll(t, scene, body['paths'] as Record<string, Record<string, unknown>>)
  return seen
}
