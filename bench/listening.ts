import type { AddressInfo, Server } from 'node:net'

/** Lets a server of the bench listen on a free port of the loopback, and prints where: the bench reads that line. */
export function listening(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    process.stdout.write(`http://127.0.0.1:${port}\n`)
  })
}

/** Where the process that was started is to send what it gets; throws when it was not told. */
export function upstreamUrl(): string {
  const url = process.env['UPSTREAM']
  if (url === undefined) throw new Error('UPSTREAM is missing: start me by the bench')
  return url
}
