import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export interface RedisMonitor {
  /** Every command that Redis was given since, one line each, as MONITOR writes it. */
  readonly lines: readonly string[]
  /** Resolves when so many lines that came after this call have matched. */
  seen(pattern: RegExp, times: number): Promise<void>
  stop(): void
}

/** Looks on while Redis works. Reads MONITOR itself: ioredis takes its lines for answers when there are many. */
export async function monitorRedis(
  t: { teardown(done: () => void): void },
  { port }: { readonly port: number },
  password?: string,
): Promise<RedisMonitor> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  if (password !== undefined) socket.write(`AUTH ${password}\r\n`)
  socket.write('MONITOR\r\n')
  const lines: string[] = []
  const reader = createInterface({ input: socket })
  reader.on('line', (line) => lines.push(line))
  socket.on('error', () => undefined)
  const stop = (): void => void socket.destroy()
  t.teardown(stop)
  while (lines.length < (password === undefined ? 1 : 2)) await once(reader, 'line')
  const seen = async (pattern: RegExp, times: number): Promise<void> => {
    let count = 0
    await new Promise<void>((resolve) => {
      const look = (line: string): void => {
        if (pattern.test(line) && ++count === times) resolve()
      }
      reader.on('line', look)
    })
  }
  return { lines, seen, stop }
}
