import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { type Running, TENANT, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'

/** Every write that is guarded by `If-Match`, with what makes a record of its own to write to. */
interface Write {
  readonly method: string
  readonly path: (name: string) => string
  readonly json?: (running: Running) => object
  readonly make: (running: Running, name: string) => Promise<Seen>
  readonly read: (name: string) => string
}

const accountOf = ({ sandbox }: Running): object => ({
  tenantId: TENANT,
  baseUrl: sandbox.url,
  token: WATI_TOKEN,
})
const CHANNEL = { account: 'acme', number: '85264318722' }

const ACCOUNT = {
  make: (running: Running, name: string) =>
    running.admin('PUT', `/v1/accounts/${name}`, { json: accountOf(running) }),
  read: (name: string) => `/v1/accounts/${name}`,
}
const ALIAS = {
  make: (running: Running, name: string) => running.admin('PUT', `/v1/channels/${name}`, { json: CHANNEL }),
  read: (name: string) => `/v1/channels/${name}`,
}

const WRITES: Readonly<Record<string, Write>> = {
  'PUT of an account': { ...ACCOUNT, method: 'PUT', path: ACCOUNT.read, json: accountOf },
  'PUT of a token': {
    ...ACCOUNT,
    method: 'PUT',
    path: (name) => `/v1/accounts/${name}/token`,
    json: () => ({ token: WATI_TOKEN }),
  },
  'DELETE of an account': { ...ACCOUNT, method: 'DELETE', path: ACCOUNT.read },
  'PUT of a channel': { ...ALIAS, method: 'PUT', path: ALIAS.read, json: () => CHANNEL },
  'PATCH of a channel': { ...ALIAS, method: 'PATCH', path: ALIAS.read, json: () => ({ weight: 2 }) },
  'DELETE of a channel': { ...ALIAS, method: 'DELETE', path: ALIAS.read },
}

t.test('If-Match', async (t) => {
  const running = await startRunning(t)
  const { admin } = running
  let count = 0

  for (const [what, { method, path, json, make, read }] of Object.entries(WRITES)) {
    const write = (name: string, ifMatch?: string): Promise<Seen> => {
      const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch }
      return admin(method, path(name), { headers, ...(json && { json: json(running) }) })
    }
    const fresh = async (): Promise<{ name: string; etag: string }> => {
      const name = `r${count++}`
      const { headers } = await make(running, name)
      return { name, etag: headers.etag ?? '' }
    }

    for (const stale of ['"0"', 'W/"1"', 'rubbish', '""', '', '"1', `"${'9'.repeat(40)}"`, '"*"']) {
      t.test(`${what} on ${JSON.stringify(stale)} is refused, and nothing is changed`, async (t) => {
        const { name, etag } = await fresh()
        const seen = await write(name, stale)
        isProblem(t, seen, 412, 'revision-mismatch')
        t.match(seen.body['detail'], `at revision ${etag.replaceAll('"', '')}`, 'it says what is there')
        t.equal((await admin('GET', read(name))).headers.etag, etag)
      })
    }

    for (const passing of ['the current one', 'one of several', 'any']) {
      t.test(`${what} on ${passing} passes`, async (t) => {
        const { name, etag } = await fresh()
        const tags = { 'the current one': etag, 'one of several': `"0", ${etag} , "x"`, any: '*' }
        const seen = await write(name, tags[passing as keyof typeof tags])
        t.match(String(seen.status), /^20[04]$/)
      })
    }

    t.test(`${what} on a revision that was current until somebody else wrote is refused`, async (t) => {
      const { name, etag } = await fresh()
      await make(running, name)
      isProblem(t, await write(name, etag), 412, 'revision-mismatch')
    })

    t.test(`${what}: of writers that decided on the same revision, exactly one wins`, async (t) => {
      const { name, etag } = await fresh()
      const seen = await Promise.all(Array.from({ length: 6 }, () => write(name, etag)))
      const won = seen.filter(({ status }) => status < 300)
      t.equal(won.length, 1)
      // Of a record that is gone there is nothing left to match.
      for (const { status } of seen.filter((one) => !won.includes(one)))
        t.match(String(status), /^4(?:12|04)$/)
      t.equal((await admin('GET', read(name))).headers.etag, won[0]?.headers.etag)
    })

    t.test(`${what} on what does not exist changes nothing`, async (t) => {
      const name = `none-${count++}`
      for (const tag of ['*', '"1"']) {
        t.match(String((await write(name, tag)).status), /^4(?:12|04)$/)
        isProblem(t, await admin('GET', read(name)), 404, 'not-found')
      }
    })

    t.test(`${what} without If-Match passes`, async (t) => {
      const { name } = await fresh()
      t.match(String((await write(name)).status), /^20[04]$/)
    })
  }

  t.test('an ETag is the revision in quotes, the same in the body, and grows with each change', async (t) => {
    let last = 0
    for (const weight of [1, 2, 3]) {
      const { headers, body } = await admin('PUT', '/v1/channels/grows', { json: { ...CHANNEL, weight } })
      t.equal(headers.etag, `"${String(body['revision'])}"`)
      t.ok(Number(body['revision']) > last)
      last = Number(body['revision'])
    }
  })
})

t.test('If-None-Match: * creates, and never overwrites what another admin created first', async (t) => {
  const running = await startRunning(t)
  const create = (path: string, json: object, ifNoneMatch = '*') =>
    running.admin('PUT', path, { json, headers: { 'if-none-match': ifNoneMatch } })
  for (const [path, json] of [
    ['/v1/accounts/globex', accountOf(running)],
    ['/v1/channels/vip', CHANNEL],
  ] as const) {
    t.equal((await create(path, json)).status, 201)
    isProblem(t, await create(path, json), 412, 'revision-mismatch')
    isProblem(t, await create(path, json, '"1"'), 400, 'invalid-request')
  }
  const race = await Promise.all([
    create('/v1/channels/raced', CHANNEL),
    create('/v1/channels/raced', CHANNEL),
  ])
  t.same(race.map(({ status }) => status).sort(), [201, 412], 'of two at once one wins')
})
