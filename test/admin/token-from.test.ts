import { createHash } from 'node:crypto'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { TENANT, WATI_TOKEN, startBare, startRunning } from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

const CONTACTS = '/channels/sales/api/v1/getContacts'
const OTHER = 'wati_planted.token-from-elsewhere'

t.test('an account may keep its token elsewhere', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries({
    token: `Bearer ${WATI_TOKEN}\n`,
    empty: '',
    text: 'two words and more',
    large: 'x'.repeat(70_000),
  })) {
    await writeFile(join(folder, name), text)
  }
  const environment: Record<string, string | undefined> = {
    WATI_ACME: WATI_TOKEN,
    WATI_BEARER: ` Bearer ${OTHER}\n`,
    EMPTY: '',
    SHORT: 'x',
  }
  const settings = { TOKEN_FILE_CHECK_MS: '20' }
  const { admin, call, sandbox, log, dataDir: data } = await startRunning(t, { settings, environment })
  const account = { tenantId: TENANT, baseUrl: sandbox.url }
  const put = (json: object, id = 'acme'): Promise<Seen> =>
    admin('PUT', `/v1/accounts/${id}`, { json: { ...account, ...json } })
  const file = join(folder, 'token')

  t.test('in the environment: it is shown where, and used', async (t) => {
    await put({ token: OTHER })
    const seen = await put({ tokenFrom: { env: 'WATI_ACME' } })
    t.equal(seen.status, 200)
    t.match(seen.body, {
      tokenFrom: { env: 'WATI_ACME' },
      token: { fingerprint: fingerprintOf(WATI_TOKEN), expiresAt: null },
      warnings: [],
    })
    t.strictSame((await admin('GET', '/v1/accounts/acme')).body, seen.body)
    t.equal((await call('GET', CONTACTS)).status, 200)
  })

  t.test('a new account can begin so, and "Bearer" is removed there, too', async (t) => {
    const seen = await put({ tokenFrom: { env: 'WATI_BEARER' } }, 'fresh')
    t.equal(seen.status, 201)
    t.match(seen.body, { token: { fingerprint: fingerprintOf(OTHER) } })
  })

  t.test('in a file', async (t) => {
    const seen = await put({ tokenFrom: { file } })
    t.equal(seen.status, 200)
    t.match(seen.body, { tokenFrom: { file }, token: { fingerprint: fingerprintOf(WATI_TOKEN) } })
    t.equal((await call('GET', CONTACTS)).status, 200)
  })

  t.test('what the file holds anew is in force soon, without a PUT', async (t) => {
    await replaceFile(file, OTHER)
    for (let tries = 0; tries < 100 && (await fingerprint()) !== fingerprintOf(OTHER); tries++)
      await sleep(20)
    t.equal(await fingerprint(), fingerprintOf(OTHER))
    isProblem(t, await call('GET', CONTACTS), 502, 'wati-credential-rejected')
    await replaceFile(file, WATI_TOKEN)
    for (let tries = 0; tries < 100 && (await call('GET', CONTACTS)).status !== 200; tries++) await sleep(20)
    t.equal((await call('GET', CONTACTS)).status, 200)
  })

  t.test('a PUT without a token leaves it where it is', async (t) => {
    t.match((await put({ description: 'ours' })).body, {
      tokenFrom: { file },
      token: { fingerprint: fingerprintOf(WATI_TOKEN) },
    })
  })

  t.test('a file that vanishes leaves the last token in force, and the log says so', async (t) => {
    await rm(file)
    for (let tries = 0; tries < 100 && !log.text.includes('token-unreadable'); tries++) await sleep(20)
    t.match(
      log.lines.find((line) => line['alarm'] === 'token-unreadable'),
      { level: 'error', account: 'acme', reason: /cannot be read \(ENOENT\)/ },
    )
    t.equal((await call('GET', CONTACTS)).status, 200)
    t.match((await admin('GET', '/v1/accounts/acme')).body, {
      warnings: [/the last one that was read stays in force/],
    })
    await replaceFile(file, WATI_TOKEN)
  })

  t.test('PUT …/token puts a token of its own in its place', async (t) => {
    const seen = await admin('PUT', '/v1/accounts/acme/token', { json: { token: WATI_TOKEN } })
    t.equal(seen.status, 200)
    t.notOk('tokenFrom' in seen.body)
    t.match(seen.body, { token: { fingerprint: fingerprintOf(WATI_TOKEN) } })
    await put({ tokenFrom: { file } })
    const { body } = await put({ token: WATI_TOKEN })
    t.notOk('tokenFrom' in body, 'and so does a PUT of the account with a token')
  })

  t.test('both at once are refused', async (t) => {
    const seen = await put({ token: WATI_TOKEN, tokenFrom: { env: 'WATI_ACME' } })
    isProblem(t, seen, 400, 'invalid-request')
    t.match(seen.body['detail'], /"token" and "tokenFrom" exclude each other/)
  })

  await symlink(join(data, 'encryption.key'), join(folder, 'link'))
  const refused: Record<string, [unknown, RegExp]> = {
    'a variable that is not set': [{ env: 'NOT_SET' }, /NOT_SET is not set/],
    'a variable that is empty': [{ env: 'EMPTY' }, /EMPTY/],
    'a variable that holds no token': [{ env: 'SHORT' }, /SHORT does not hold a token/],
    "the gateway's own secret": [{ env: 'JWT_SECRET' }, /JWT_SECRET is a setting/],
    "the gateway's own keys": [{ env: 'ENCRYPTION_KEYS' }, /ENCRYPTION_KEYS is a setting/],
    "an admin's token": [{ env: 'WATI_GATEWAY_TOKEN' }, /WATI_GATEWAY_TOKEN is a setting/],
    "the gateway's own store": [{ env: 'REDIS_URL' }, /REDIS_URL is a setting/],
    'a variable that is none': [{ env: 'A-B' }, /"tokenFrom"/],
    'an inherited name': [{ env: '__proto__' }, /__proto__ is not set/],
    'a file that is not there': [{ file: join(folder, 'none') }, /cannot be read \(ENOENT\)/],
    'a file that is empty': [{ file: join(folder, 'empty') }, /does not hold a token/],
    'a file of other text': [{ file: join(folder, 'text') }, /does not hold a token/],
    'a file that is large': [{ file: join(folder, 'large') }, /is not a small file/],
    'a folder': [{ file: folder }, /is not a small file/],
    'a device': [{ file: '/dev/zero' }, /is not a small file/],
    'what processes are told': [{ file: '/proc/self/environ' }, /proc/],
    'a path that is not absolute': [{ file: 'token' }, /must be absolute/],
    'a path with a zero byte': [{ file: '/tmp/a\0b' }, /cannot be read/],
    "the gateway's own key": [{ file: join(data, 'encryption.key') }, /one of the gateway's own/],
    'a way around to it': [
      { file: `${data}/../${basename(data)}/encryption.key` },
      /one of the gateway's own/,
    ],
    'a link to it': [{ file: join(folder, 'link') }, /one of the gateway's own/],
    'a path over 1000 characters': [{ file: `/${'x'.repeat(1_000)}` }, /"tokenFrom"/],
    'an empty path': [{ file: '' }, /"tokenFrom"/],
    'two places': [{ env: 'WATI_ACME', file }, /"tokenFrom"/],
    'no place': [{}, /"tokenFrom"/],
    'a place nobody knows': [{ vault: 'x' }, /"tokenFrom"/],
    'a text': ['WATI_ACME', /"tokenFrom"/],
    null: [null, /"tokenFrom"/],
    'a list': [[{ env: 'WATI_ACME' }], /"tokenFrom"/],
    'a number for a name': [{ env: 1 }, /"tokenFrom"/],
  }
  for (const [what, [tokenFrom, why]] of Object.entries(refused)) {
    t.test(`tokenFrom that names ${what} is refused`, async (t) => {
      const seen = await put({ tokenFrom })
      isProblem(t, seen, 400, 'invalid-request')
      t.match(seen.body['detail'], why)
      t.match(seen.body['detail'], /"tokenFrom"/)
    })
  }

  t.test('nothing of what was read was ever shown or logged', async (t) => {
    t.notMatch(log.text, /planted|two words/)
    t.notMatch(log.text, WATI_TOKEN)
  })

  async function fingerprint(): Promise<unknown> {
    return ((await admin('GET', '/v1/accounts/acme')).body['token'] as { fingerprint: unknown }).fingerprint
  }
})

t.test('after a restart that finds no token there', async (t) => {
  const settings = { DATA_DIR: folderOf(t) }
  const environment: Record<string, string | undefined> = { WATI_ACME: WATI_TOKEN }
  const first = await startRunning(t, { settings, environment })
  const json = { tenantId: TENANT, baseUrl: first.sandbox.url, tokenFrom: { env: 'WATI_ACME' } }
  await first.admin('PUT', '/v1/accounts/acme', { json })
  await first.gateway.close()
  const second = await startBare(t, { ...settings, WATI_HOSTS: first.sandbox.url }, {})

  t.test('the account says so, and its channels are out of order, not unknown', async (t) => {
    const { body } = await second.admin('GET', '/v1/accounts/acme')
    t.match(body, {
      tokenFrom: { env: 'WATI_ACME' },
      token: { fingerprint: null },
      warnings: [
        /^The token cannot be read where tokenFrom says \(.*WATI_ACME is not set\): it cannot be used\.$/,
      ],
    })
    isProblem(t, await second.call('GET', CONTACTS), 503, 'store-unavailable')
    const check = await second.admin('POST', '/v1/channels/sales/check')
    t.match(check.body, {
      ok: false,
      checks: [
        { name: 'baseUrl', ok: true },
        { name: 'token', ok: false },
      ],
    })
  })

  t.test('everything else of it can be written all the same', async (t) => {
    const { tokenFrom: _tokenFrom, ...rest } = json
    const seen = await second.admin('PUT', '/v1/accounts/acme', { json: { ...rest, description: 'ours' } })
    t.equal(seen.status, 200)
    t.match(seen.body, { tokenFrom: { env: 'WATI_ACME' }, description: 'ours', token: { fingerprint: null } })
  })
})

t.test('what every object has is no variable of the environment', async (t) => {
  const { admin, sandbox } = await startRunning(t)
  for (const env of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const json = { tenantId: TENANT, baseUrl: sandbox.url, tokenFrom: { env } }
    const seen = await admin('PUT', '/v1/accounts/acme', { json })
    isProblem(t, seen, 400, 'invalid-request')
    t.match(seen.body['detail'], `${env} is not set`)
  }
})

/** In one step, as whoever looks after secrets does it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}
