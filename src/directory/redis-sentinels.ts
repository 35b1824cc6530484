import { isIP } from 'node:net'
import { Redis, type RedisOptions } from 'ioredis'
import type { RedisEndpoint } from './redis-address.ts'

/** How long after a failover another server than the new master is left again. */
const INSIST_MS = 3000

/**
 * Lets `client` leave its server when a Sentinel says that another one is the master now (`+switch-master`).
 * Without that a server that was demoted, or that the Sentinels cannot reach, would go on taking commits, which
 * are lost when it becomes a replica, some ten seconds later. Gives a function that ends it.
 *
 * The client's own `failoverDetector` takes the failover of any server that the Sentinels watch for ours,
 * leaves the new master again at the word of each further Sentinel, and prints errors.
 */
export function followFailovers(
  client: Redis,
  { endpoints, name }: { readonly endpoints: readonly RedisEndpoint[]; readonly name: string },
  options: RedisOptions,
): () => void {
  let master: { readonly address: string; readonly until: number } | undefined
  // A Sentinel that has not heard of it yet leads back to the old master, so look at each new connection.
  const leaveOthers = () => {
    if (client.status !== 'ready' || master === undefined || performance.now() > master.until) return
    const { remoteAddress, remotePort } = client.stream
    if (`${remoteAddress} ${remotePort}` !== master.address) client.disconnect(true)
  }
  const hear = (_: string, message: string) => {
    const [ofName, , , host = '', port] = message.split(' ')
    if (ofName !== name) return
    // A name cannot be compared with the address of a connection; one reconnection must do.
    if (isIP(host)) master = { address: `${host} ${port}`, until: performance.now() + INSIST_MS }
    else if (client.status === 'ready') client.disconnect(true)
    leaveOthers()
  }
  client.on('ready', leaveOthers)
  const sentinels = endpoints.map(({ host, port }) => {
    const sentinel = new Redis({ host, port, ...options })
    // The client asks the Sentinels too, and tells what is wrong with them.
    sentinel.on('error', () => {})
    sentinel.on('message', hear)
    sentinel.subscribe('+switch-master').catch(() => {})
    return sentinel
  })
  return () => {
    for (const sentinel of sentinels) sentinel.disconnect()
  }
}
