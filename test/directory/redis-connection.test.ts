import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { RedisConnection, type RedisConnectionOptions } from '../../src/directory/redis-connection.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { ask, freePort, startSentinel, until } from '../helpers/redis-sentinel.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'

const TIMEOUT_MS = 400
const INCREASE = "return redis.call('INCR', KEYS[1])"

type RedisSettings = Partial<Parameters<typeof readRedisAddress>[0]>

function open(t: Test, settings: RedisSettings, options: Partial<RedisConnectionOptions> = {}) {
  const address = readRedisAddress({ REDIS_SENTINEL_NAME: 'mymaster', ...settings })
  if (address === undefined) throw new Error('no address')
  const limits = { commandTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS }
  const connection = new RedisConnection({ address, ...limits, onError: () => {}, ...options })
  t.teardown(() => connection.close())
  return connection
}

const increase = (connection: RedisConnection, key: string) =>
  connection.run((redis) => redis.eval(INCREASE, 1, `{directory}:${key}`))

interface Kind {
  readonly settings: RedisSettings
  master(): Promise<RedisServer>
}

const KINDS: readonly (readonly [name: string, start: (t: Test) => Promise<Kind>])[] = [
  [
    'one server',
    async (t) => {
      const server = await startRedis(t)
      return { settings: { REDIS_URL: server.url }, master: async () => server }
    },
  ],
  ['Sentinel', (t) => startSentinel(t)],
  ['Redis Cluster', (t) => startCluster(t)],
]

for (const [name, start] of KINDS) {
  t.test(`with ${name}`, async (t) => {
    const { settings, master } = await start(t)
    testCommands(t, settings)
    testHanging(t, settings, await master())
  })
}

function testCommands(t: Test, settings: RedisSettings): void {
  t.test('scripts, hashes and streams work', async (t) => {
    const connection = open(t, settings)
    t.equal(await increase(connection, 'a'), 1)
    t.equal(await increase(connection, 'a'), 2)
    const hash = '{directory}:hash'
    await connection.run((redis) => redis.eval("redis.call('HSET', KEYS[1], 'a', '1', 'b', '2')", 1, hash))
    t.equal(await connection.run((redis) => redis.hget(hash, 'a')), '1')
    t.same(await connection.run((redis) => redis.hgetall(hash)), { a: '1', b: '2' })
    t.equal(await connection.run((redis) => redis.hdel(hash, 'b')), 1)
    t.same(await connection.run((redis) => redis.hscan(hash, '0', 'COUNT', 10)), ['0', ['a', '1']])
    t.match(await connection.run((redis) => redis.info('server')), 'redis_version')
    t.match(await connection.run((redis) => redis.time()), [/^\d+$/, /^\d+$/])
  })

  t.test('a blocked read has its own connection, and ends with the first change', async (t) => {
    const connection = open(t, settings)
    const follower = open(t, settings, { commandTimeoutMs: 5000 + TIMEOUT_MS })
    const stream = '{directory}:stream'
    const reading = follower.run((redis) => redis.xread('BLOCK', 5000, 'STREAMS', stream, '0-0'))
    await connection.run((redis) => redis.xadd(stream, '1-0', 'a', 'b'))
    t.same(await reading, [[stream, [['1-0', ['a', 'b']]]]])
    t.same(await connection.run((redis) => redis.xrange(stream, '-', '+')), [['1-0', ['a', 'b']]])
  })

  t.test('many commands at once on a connection that is not yet there all succeed', async (t) => {
    const connection = open(t, settings)
    const answers = await Promise.all(Array.from({ length: 20 }, () => increase(connection, 'many')))
    t.equal(new Set(answers).size, 20)
  })
}

function testHanging(t: Test, settings: RedisSettings, master: RedisServer): void {
  t.test('a command whose time was up before it could be sent is not sent later', async (t) => {
    const connection = open(t, settings, { commandTimeoutMs: 100, connectTimeoutMs: 100 })
    master.freeze()
    await t.rejects(increase(connection, 'late'), /no answer in time/).finally(() => master.thaw())
    await until('it works', async () => (await increase(connection, 'late')) === 1)
    t.equal(await increase(connection, 'late'), 2)
  })

  t.test('closing is prompt while the master hangs, and final', async (t) => {
    const connection = open(t, settings, { commandTimeoutMs: 5000 })
    await increase(connection, 'closed')
    master.freeze()
    const failed = t.rejects(increase(connection, 'closed'), /closed$/)
    const started = performance.now()
    connection.close()
    await failed.finally(() => master.thaw())
    t.ok(performance.now() - started < 300)
    await t.rejects(increase(connection, 'closed'), /closed$/)
  })
}

/** Passes bytes between clients and the server. When told to cut, it keeps the next answer, and hangs up. */
async function startProxy(t: Test) {
  const state = { port: 0, cut: false }
  const server = await listen(t, (near) => {
    const far = connect(state.port, '127.0.0.1')
    far.on('error', () => {})
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    let commanded = false
    near.on('data', (bytes) => {
      commanded = bytes.includes('eval')
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (state.cut && commanded) near.destroy()
      else near.write(bytes)
    })
  })
  return Object.assign(state, { ownPort: portOf(server) })
}

/** A Sentinel as far as a client needs one; it says that the master is at this port. */
async function startFakeSentinel(t: Test, portOfMaster: () => number) {
  const server = await listen(t, (socket) => {
    socket.on('data', (bytes) => {
      for (const command of bytes.toString().split(/(?=\*\d+\r\n)/)) {
        const port = String(portOfMaster())
        const asked = command.includes('get-master-addr-by-name')
        socket.write(asked ? `*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}\r\n` : '+OK\r\n')
      }
    })
  })
  return { REDIS_SENTINELS: `127.0.0.1:${portOf(server)}` }
}

async function listen(t: Test, onSocket: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onSocket(socket)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** Each kind, with a proxy between the client and the server that has the key. */
const BEHIND_PROXY: Record<
  string,
  (t: Test) => Promise<{ settings: RedisSettings; proxy: { cut: boolean } }>
> = {
  'one server': async (t) => {
    const proxy = Object.assign(await startProxy(t), { port: (await startRedis(t)).port })
    return { settings: { REDIS_URL: `redis://127.0.0.1:${proxy.ownPort}` }, proxy }
  },
  Sentinel: async (t) => {
    const proxy = Object.assign(await startProxy(t), { port: (await startRedis(t)).port })
    return { settings: await startFakeSentinel(t, () => proxy.ownPort), proxy }
  },
  'Redis Cluster': async (t) => {
    const proxy = await startProxy(t)
    const bus = String(await freePort())
    const announced = ['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(proxy.ownPort)]
    const node = await startRedis(t, '--cluster-enabled', 'yes', '--cluster-port', bus, ...announced)
    await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until('it serves', async () => /cluster_state:ok/.test(String(await ask(node, 'CLUSTER', 'INFO'))))
    return { settings: { REDIS_CLUSTER: `127.0.0.1:${proxy.ownPort}` }, proxy: Object.assign(proxy, node) }
  },
}

for (const [name, start] of Object.entries(BEHIND_PROXY)) {
  t.test(`with ${name}, a script whose answer was lost fails, and is not sent a second time`, async (t) => {
    const { settings, proxy } = await start(t)
    const connection = open(t, settings)
    t.equal(await increase(connection, 'x'), 1)
    proxy.cut = true
    await t.rejects(increase(connection, 'x'), /the connection was lost$/)
    proxy.cut = false
    await until('it works', async () => (await increase(connection, 'x')) === 3)
  })
}

t.test('a server that turns out to be a replica is left, and its name asked again', async (t) => {
  const [first, second] = [await startRedis(t), await startRedis(t)]
  const proxy = Object.assign(await startProxy(t), { port: first.port })
  const connection = open(t, { REDIS_URL: `redis://127.0.0.1:${proxy.ownPort}` })
  t.equal(await increase(connection, 'x'), 1)
  await ask(first, 'REPLICAOF', '127.0.0.1', String(second.port))
  proxy.port = second.port
  await t.rejects(increase(connection, 'x'), /READONLY/)
  await until('it works', async () => (await increase(connection, 'x')) === 1)
})

t.test('a Sentinel that leads to a replica is not believed', async (t) => {
  const master = await startRedis(t)
  const replica = await startRedis(t, '--replicaof', '127.0.0.1', String(master.port))
  let found = replica.port
  const connection = open(t, await startFakeSentinel(t, () => found))
  await t.rejects(
    connection.run((redis) => redis.hget('x', 'y')),
    /no answer in time/,
  )
  found = master.port
  await until('it works', async () => (await increase(connection, 'x')) === 1)
})

t.test('with passwords, Sentinels and server are reached, and no error shows one', async (t) => {
  const passwords = { password: 'of,server', sentinelPassword: 'of-sentinel' }
  const { settings, killMaster } = await startSentinel(t, passwords)
  const heard: Error[] = []
  const openWith = (password: string, sentinelPassword: string) => {
    const REDIS_SENTINELS = `redis://:${password}@${settings.REDIS_SENTINELS}?sentinelPassword=${sentinelPassword}`
    return open(t, { REDIS_SENTINELS }, { onError: (error) => heard.push(error) })
  }
  const right = openWith('of%2Cserver', 'of-sentinel')
  t.equal(await increase(right, 'x'), 1)
  const hear = (error: Error) => heard.push(error)
  await increase(openWith('wr0ng', 'of-sentinel'), 'x').catch(hear)
  t.match(heard.at(-1), { message: /^Redis \(Sentinels 127\.0\.0\.1:\d+\): .*WRONGPASS/ })
  await increase(openWith('of%2Cserver', 'wr0ng'), 'x').catch(hear)
  t.match(heard.at(-1), { message: /^Redis \(Sentinels .*\): no Sentinel tells where .*WRONGPASS/ })
  await killMaster()
  await increase(right, 'x').catch(hear)
  t.ok(heard.length >= 5)
  for (const each of heard)
    t.notMatch(inspect(each, { depth: 9, showHidden: true }), /of.server|of-sentinel|wr0ng/)
})

t.test('what the server repeats of a command that it does not know is not shown', async (t) => {
  const server = await startRedis(t, '--rename-command', 'EVAL', '')
  const connection = open(t, { REDIS_URL: server.url })
  await t.rejects(
    connection.run((redis) => redis.eval('s3cret', 0)),
    { message: /^Redis \(127\.0\.0\.1:\d+\): ERR unknown command 'eval'$/ },
  )
})

t.test('a wrong address is told in one clear sentence, in time', async (t) => {
  const closed = await listen(t, () => {})
  const refused = `127.0.0.1:${portOf(closed)}`
  closed.close()
  const silent = `127.0.0.1:${portOf(await listen(t, () => {}))}`
  const server = await startRedis(t)
  const cluster = await startCluster(t)
  const owner = await cluster.master()
  const other = cluster.nodes.find((node) => node !== owner)!
  const { settings } = await startSentinel(t)
  const late = { commandTimeoutMs: 3 * TIMEOUT_MS }
  const CASES: readonly (readonly [RedisSettings, RegExp, Partial<RedisConnectionOptions>?])[] = [
    [{ REDIS_URL: `redis://${refused}` }, /ECONNREFUSED/],
    [{ REDIS_URL: `redis://${silent}` }, /no answer in time$/],
    [{ REDIS_URL: other.url }, /this is a node of a Redis Cluster: it needs REDIS_CLUSTER/],
    [{ REDIS_CLUSTER: `${refused},${refused}` }, /\): no connection$/],
    [{ REDIS_CLUSTER: silent }, /no answer in time/],
    [{ REDIS_CLUSTER: `127.0.0.1:${server.port}` }, /cluster support disabled$/],
    [
      { REDIS_SENTINELS: `${refused},${refused}` },
      /no Sentinel tells where the server is \(the Sentinel \S+: no connection\)$/,
    ],
    [{ REDIS_SENTINELS: silent }, /no answer in time/],
    [{ REDIS_SENTINELS: silent }, /no Sentinel tells where the server is .*no answer in time\)$/, late],
    [{ ...settings, REDIS_SENTINEL_NAME: 'other' }, /the Sentinel \S+ knows no server of this name\)$/],
    [{ REDIS_SENTINELS: `127.0.0.1:${server.port}` }, /unknown command .sentinel.\)$/i],
  ]
  for (const [wrong, reason, options] of CASES) {
    const connection = open(t, wrong, options)
    const started = performance.now()
    const error: unknown = await increase(connection, 'x').catch((error: unknown) => error)
    t.match(error, { message: reason }, JSON.stringify(wrong))
    t.ok(performance.now() - started < 2 * (options?.commandTimeoutMs ?? TIMEOUT_MS) + 100)
    connection.close()
  }
})
