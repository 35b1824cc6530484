import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** A stretch of network between two programs, which can be broken in the two ways networks break. */
export interface TcpProxy {
  readonly port: number
  /** Resets all connections, and every new one (RST). */
  cut(): void
  /** Swallows everything: connections stay open, new ones are taken, nothing comes through. */
  blackHole(): void
  /** New connections come through again. Those that fell into the black hole stay silent for ever. */
  heal(): void
}

/** Listens on a free port of the loopback and leads to another one. Ended by the test's teardown. */
export async function startTcpProxy(
  t: { teardown(done: () => Promise<void>): void },
  target: number,
): Promise<TcpProxy> {
  let mode: 'open' | 'cut' | 'black-hole' = 'open'
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    track(sockets, near)
    if (mode === 'cut') near.resetAndDestroy()
    else if (mode === 'black-hole') near.resume()
    else join(sockets, near, target)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mode = 'cut'
      for (const socket of sockets) socket.resetAndDestroy()
    },
    blackHole() {
      mode = 'black-hole'
      for (const socket of sockets) socket.unpipe().resume()
    },
    heal() {
      mode = 'open'
    },
  }
}

function join(sockets: Set<Socket>, near: Socket, target: number): void {
  const far = connect(target, '127.0.0.1')
  track(sockets, far)
  near.pipe(far)
  far.pipe(near)
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
}
