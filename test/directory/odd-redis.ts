import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import type { Test } from 'tap'

/** What an odd server says of itself. */
export interface OddRedis {
  readonly info?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, string>>
  /** How far its clock is ahead. */
  readonly aheadMs?: number
}

/** A server that speaks Redis' protocol, for what a real one cannot be made to say: its version, another clock. */
export async function startOddRedis(
  t: Test,
  { info = {}, config = {}, aheadMs = 0 }: OddRedis,
): Promise<string> {
  const facts = { redis_version: '7.0.15', role: 'master', loading: '0', aof_enabled: '1', ...info }
  const settings = {
    'maxmemory-policy': 'noeviction',
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    ...config,
  }
  const answers: Readonly<Record<string, () => string>> = {
    info: () =>
      bulk(
        Object.entries(facts)
          .map(([name, value]) => `${name}:${value}\r\n`)
          .join(''),
      ),
    config: () => list(Object.entries(settings).flat()),
    time: () => {
      const now = Date.now() + aheadMs
      return list([String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)])
    },
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    // Each command of the client comes in one piece: it waits for the answer before it sends another.
    socket.on('data', (chunk) => {
      const [, command = ''] = /^\*[0-9]+\r\n\$[0-9]+\r\n([a-z]+)/i.exec(chunk.toString()) ?? []
      socket.write(answers[command.toLowerCase()]?.() ?? '+OK\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

function list(texts: readonly string[]): string {
  return `*${texts.length}\r\n${texts.map(bulk).join('')}`
}
