import t, { type Test } from 'tap'
import { startRedis } from '../helpers/redis-server.ts'
import {
  type GatewayProgram,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  startGateway,
  startSandbox,
} from '../acceptance/processes.ts'
import { ask, keyOf, numberInForce, read, readyz, rounded, until, setUpUnlimited } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

const ROUNDS = 10
const numbers = [SUPPORT_NUMBER, SALES_NUMBER]

interface Pair {
  readonly a: GatewayProgram
  readonly b: GatewayProgram
  readonly wati: string
}

async function startPair(t: Test): Promise<Pair> {
  const wati = await startSandbox(t)
  const redis = await startRedis(t)
  const settings = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: keyOf('k1'),
    WATI_HOSTS: wati,
    DATA_DIR: folderOf(t),
  }
  const a = await startGateway(t, { ...settings, DATA_DIR: `${t.testdirName}/a` })
  const b = await startGateway(t, { ...settings, DATA_DIR: `${t.testdirName}/b` })
  await setUpUnlimited(a, wati)
  await until(
    (body) => /ready/.test(body),
    () => readyz(b),
  )
  await until(
    ({ status }) => status === 200,
    () => read(b, 'sales'),
  )
  return { a, b, wati }
}

t.test('a change made through one replica is in force at the other', async (t) => {
  const { a, b, wati } = await startPair(t)

  await t.test('within one second', async (t) => {
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const number = numbers[round % 2] ?? ''
      t.equal((await ask(a, 'PATCH', '/v1/channels/sales', { number })).status, 200)
      const { tookMs } = await until(
        (seen) => seen === number,
        () => numberInForce(b, 'sales', wati),
      )
      took.push(rounded(tookMs))
    }
    t.ok(Math.max(...took) < 1_000, `the slowest of ${ROUNDS} took ${Math.max(...took)} ms`)
    t.comment(`in force at the other replica after ${took.join(', ')} ms`)
  })

  await t.test('before the answer, when the write waits for all', async (t) => {
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const number = numbers[round % 2] ?? ''
      const write = await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number })
      t.equal(write.status, 200)
      t.equal(write.headers.get('wati-gateway-applied'), 'all')
      t.equal(await numberInForce(b, 'sales', wati), number, 'the first request after has the new number')
      took.push(rounded(write.tookMs))
    }
    t.comment(`writes that wait for all took ${took.join(', ')} ms`)
  })

  await t.test('a new channel and a removed one, too', async (t) => {
    const body = { account: 'acme', number: SALES_NUMBER }
    t.equal((await ask(a, 'PUT', '/v1/channels/new?wait=all', body)).status, 201)
    t.equal((await read(b, 'new')).status, 200)
    const removed = await ask(b, 'DELETE', '/v1/channels/new?wait=all')
    t.equal(removed.status, 204)
    t.equal(removed.headers.get('wati-gateway-applied'), 'all')
    t.same(await read(a, 'new'), { status: 404, problem: 'unknown-channel' })
  })
})

t.test('a token that was revoked at one replica is refused at the other within a second', async (t) => {
  const { a, b } = await startPair(t)
  const body = { sub: 'shop', channels: ['sales'], scope: 'templates:read', expiresIn: 600 }
  const took: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const issued = await ask(a, 'POST', '/v1/tokens', body)
    t.equal(issued.status, 201)
    const { token: caller, jti } = issued.body as { token: string; jti: string }
    t.equal((await read(b, 'sales', { caller })).status, 200)
    t.equal((await ask(a, 'DELETE', `/v1/tokens/${jti}`)).status, 204)
    const { tookMs } = await until(
      ({ status }) => status === 401,
      () => read(b, 'sales', { caller }),
    )
    took.push(rounded(tookMs))
    t.same(await read(a, 'sales', { caller }), { status: 401, problem: 'unauthenticated' })
  }
  t.ok(Math.max(...took) < 1_000, `the slowest of ${ROUNDS} took ${Math.max(...took)} ms`)
  t.comment(`refused at the other replica after ${took.join(', ')} ms`)
  const leaked = await ask(a, 'POST', '/v1/tokens', body)
  const { token: caller, jti } = leaked.body as { token: string; jti: string }
  const revoked = await ask(a, 'DELETE', `/v1/tokens/${jti}?wait=all`)
  t.equal(revoked.headers.get('wati-gateway-applied'), 'all')
  t.equal((await read(b, 'sales', { caller })).status, 401, 'at the first request after a write that waits')
})

t.test('both replicas are listed, with what they have applied', async (t) => {
  const { a, b } = await startPair(t)
  await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number: SUPPORT_NUMBER })
  for (const gateway of [a, b]) {
    const { status, body } = await ask(gateway, 'GET', '/v1/replicas')
    t.equal(status, 200)
    const { head, items } = body as {
      head: number
      items: { revision: number; address: string; id: string }[]
    }
    t.equal(items.length, 2)
    t.same(
      items.map(({ revision }) => revision),
      [head, head],
    )
    t.same(
      items.map(({ address }) => address.split(':').at(-1)).sort(),
      [a, b].map(({ data }) => new URL(data).port).sort(),
    )
  }
  await b.stop()
  const { body } = await ask(a, 'GET', '/v1/replicas')
  t.equal((body['items'] as unknown[]).length, 1, 'one that was stopped is not waited for')
  const write = await ask(a, 'PATCH', '/v1/channels/sales?wait=all', { number: SALES_NUMBER })
  t.equal(write.headers.get('wati-gateway-applied'), 'all')
})

t.test('two replicas that write at the same time lose no change', async (t) => {
  const { a, b } = await startPair(t)
  const count = 60
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const body = { account: 'acme', number: SALES_NUMBER }
      return (await ask(i % 2 === 0 ? a : b, 'PUT', `/v1/channels/line-${i}`, body)).status
    }),
  )
  t.same(new Set(statuses), new Set([201]))
  for (const gateway of [a, b]) {
    const { value } = await until(
      (found) => found === count + 2,
      async () => (await ask(gateway, 'GET', '/v1/directory')).body['channels'],
    )
    t.equal(value, count + 2)
  }
  const { body } = await ask(b, 'GET', '/v1/audit?action=channel.create&limit=1000')
  const ids = (body['items'] as { id: string }[]).map(({ id }) => Number(id))
  t.equal(new Set(ids).size, count + 2, 'each is in the audit once')
})
