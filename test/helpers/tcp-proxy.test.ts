import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startTcpProxy } from './tcp-proxy.ts'

t.test('what is sent after a heal does not overtake what the network still holds back', async (t) => {
  // It did, and Redis answered one command with the answer to another: a key was said to be another request's.
  let got = ''
  const server = createServer((socket) => socket.on('data', (bytes) => (got += bytes.toString())))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startTcpProxy(t, (server.address() as AddressInfo).port)
  const socket = connect(proxy.port, '127.0.0.1').setNoDelay(true)
  t.teardown(() => {
    socket.destroy()
    server.close()
  })
  const word = async (text: string): Promise<void> => {
    socket.write(text)
    await sleep(30)
  }
  await word('a')
  proxy.delay(200)
  await word('b')
  proxy.delay(20)
  await word('c')
  proxy.heal()
  await word('d')
  t.equal(got, 'a', 'they wait')
  while (got.length < 4) await sleep(10)
  t.equal(got, 'abcd')
})
