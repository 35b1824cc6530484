import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Agent } from 'undici'
import { makeWatiAgent } from '../../src/wati/wati-agent.ts'
import { type WatiAnswer, callWati } from '../../src/wati/wati-call.ts'

interface Server {
  readonly url: string
  readonly sockets: readonly Socket[]
  /** The `connection` header of each request. */
  readonly asked: readonly (string | undefined)[]
}

async function serve(
  t: Test,
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end('{}'),
): Promise<Server> {
  const sockets: Socket[] = []
  const asked: (string | undefined)[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume().on('end', () => {
      asked.push(request.headers.connection)
      answer(response, request)
    })
  })
  server.on('connection', (socket) => void sockets.push(socket.on('error', () => undefined)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, asked }
}

function startAgent(t: Test): Agent {
  const agent = makeWatiAgent({ WATI_CONNECT_TIMEOUT_MS: 1_000, WATI_TIMEOUT_MS: 5_000 })
  t.teardown(() => agent.destroy())
  return agent
}

async function post(agent: Agent, { url }: Server): Promise<WatiAnswer> {
  const request = { origin: url, method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const
  const answer = await callWati(agent, request, { wholeLimitBytes: 1_024, wantsWhole: () => true })
  // Undici gives the connection free only then.
  await nextTurn()
  return answer
}

t.test('one connection carries request after request', async (t) => {
  const server = await serve(t)
  const agent = startAgent(t)
  for (let time = 0; time < 3; time++) await post(agent, server)
  t.equal(server.sockets.length, 1)
  t.strictSame(server.asked, ['keep-alive', 'keep-alive', 'keep-alive'])
})

t.test('a connection that the server will close soon is not used again', async (t) => {
  const server = await serve(t, (response) => response.writeHead(200, { 'keep-alive': 'timeout=2' }).end())
  const agent = startAgent(t)
  for (let time = 0; time < 2; time++) await post(agent, server)
  t.equal(server.sockets.length, 2)
})

t.test('once a server closed a connection without a word each request to it has its own', async (t) => {
  const [careless, careful] = [await serve(t), await serve(t)]
  const agent = startAgent(t)
  await post(agent, careless)
  const closed = once(agent, 'disconnect')
  careless.sockets[0]?.end()
  await closed
  for (let time = 0; time < 2; time++) await post(agent, careless)
  t.strictSame(careless.asked, ['keep-alive', 'close', 'close'])
  t.equal(careless.sockets.length, 3)
  for (let time = 0; time < 2; time++) await post(agent, careful)
  t.equal(careful.sockets.length, 1, 'another server is trusted as before')
})

t.test('an end that was announced costs no trust', async (t) => {
  const server = await serve(t, (response) => response.writeHead(200, { connection: 'close' }).end())
  const agent = startAgent(t)
  for (let time = 0; time < 2; time++) await post(agent, server)
  t.strictSame(server.asked, ['keep-alive', 'keep-alive'])
})

t.test('a request that waits for an idle connection goes on another one when that is reset', async (t) => {
  for (let time = 0; time < 30; time++) {
    const server = await serve(t)
    const agent = startAgent(t)
    await post(agent, server)
    // The reset is under way, and nothing of the request has been written.
    server.sockets[0]?.resetAndDestroy()
    t.equal((await post(agent, server)).status, 200)
    t.equal(server.asked.length, 2)
  }
})

t.test('requests on connections of their own are counted, and end when it is destroyed', async (t) => {
  let arrived: () => void = () => undefined
  const server = await serve(t, (response) => {
    if (server.asked.length === 1) response.end('{}')
    else arrived()
  })
  const agent = makeWatiAgent({ WATI_CONNECT_TIMEOUT_MS: 1_000, WATI_TIMEOUT_MS: 5_000 })
  await post(agent, server)
  const closed = once(agent, 'disconnect')
  server.sockets[0]?.end()
  await closed
  const hasArrived = new Promise<void>((resolve) => (arrived = resolve))
  const pending = t.rejects(post(agent, server))
  await hasArrived
  t.match(agent.load.get(server.url), { open: 1, running: 1, pending: 0 })
  await agent.destroy()
  await pending
})

t.test('closing it waits for requests on connections of their own, too', async (t) => {
  let arrived: (response: ServerResponse) => void = () => undefined
  const server = await serve(t, (response) => {
    if (server.asked.length === 1) response.end('{}')
    else arrived(response)
  })
  const agent = startAgent(t)
  await post(agent, server)
  const disconnected = once(agent, 'disconnect')
  server.sockets[0]?.end()
  await disconnected
  const hasArrived = new Promise<ServerResponse>((resolve) => (arrived = resolve))
  const pending = post(agent, server)
  const response = await hasArrived
  const closed = agent.close()
  await nextTurn()
  response.end('{}')
  t.equal((await pending).status, 200)
  await closed
})
