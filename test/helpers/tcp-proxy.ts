import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A stretch of network between a program and a server, which breaks in the ways networks do. */
export interface TcpProxy {
  readonly port: number
  /** Resets all connections, and each new one (RST). */
  cut(): void
  /** Swallows everything: connections stay open, new ones are taken, nothing comes through. */
  blackHole(): void
  /** Holds everything back for so long, in both directions. */
  delay(ms: number): void
  /** New connections come through at once. Those that fell into the black hole stay silent for ever. */
  heal(): void
}

type Mode = 'open' | 'cut' | 'black-hole'

/** Listens on a free port of the loopback and leads to another one. Ended by the test's teardown. */
export async function startTcpProxy(
  t: { teardown(done: () => Promise<void>): void },
  target: number,
): Promise<TcpProxy> {
  let mode: Mode = 'open'
  let delayMs = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    keep(sockets, near)
    if (mode === 'cut') near.resetAndDestroy()
    else if (mode === 'black-hole') near.resume()
    else join(sockets, near, target, () => delayMs)
  }).listen(0, '127.0.0.1')
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
      for (const socket of sockets) socket.removeAllListeners('data').resume()
    },
    delay: (ms) => void (delayMs = ms),
    heal() {
      mode = 'open'
      delayMs = 0
    },
  }
}

function join(sockets: Set<Socket>, near: Socket, target: number, delayMs: () => number): void {
  const far = connect(target, '127.0.0.1')
  keep(sockets, far)
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on(
      'data',
      heldBack(delayMs, (bytes) => void to.write(bytes)),
    )
    from.on('close', () => to.destroy())
  }
}

interface Held {
  readonly bytes: Buffer
  readonly dueAt: number
}

/** Passes bytes on in their order: what comes after a heal does not overtake what is still held back. */
function heldBack(delayMs: () => number, pass: (bytes: Buffer) => void): (bytes: Buffer) => void {
  const held: Held[] = []
  const passDue = (): void => {
    while (held[0] !== undefined && held[0].dueAt <= performance.now()) pass((held.shift() as Held).bytes)
    if (held[0] !== undefined) setTimeout(passDue, held[0].dueAt - performance.now() + 1)
  }
  return (bytes) => {
    const dueAt = Math.max(performance.now() + delayMs(), held.at(-1)?.dueAt ?? 0)
    held.push({ bytes, dueAt })
    if (held.length === 1) passDue()
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
}
