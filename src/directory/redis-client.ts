import { isIP } from 'node:net'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisAddress } from './redis-address.ts'
import { followFailovers } from './redis-sentinels.ts'

type RedisBySentinels = Extract<RedisAddress, { kind: 'sentinels' }>

/**
 * What commands are sent to. Both kinds have the same, but a Cluster sends one without a key (INFO, CONFIG, TIME)
 * to any of its masters: `nodes('master')` gives each.
 */
export type RedisClient = Redis | Cluster

export interface RedisLimits {
  /** The longest wait for an answer. */
  readonly commandTimeoutMs: number
  /** The longest wait for a connection, and for what a Sentinel or a node of a Cluster knows of the others. */
  readonly connectTimeoutMs: number
}

export interface OpenedRedis {
  readonly client: RedisClient
  /** Ends it for good, and fails what is under way. */
  close(): void
}

/** A client that connects when it is told to. */
export function openRedis(address: RedisAddress, limits: RedisLimits): OpenedRedis {
  switch (address.kind) {
    case 'server':
      return closing(new Redis({ ...address.endpoints[0], ...ofOneServer(address, limits) }))
    case 'sentinels':
      return openBySentinels(address, limits)
    case 'cluster':
      return closing(openCluster(address, limits))
  }
}

const closing = (client: RedisClient) => ({ client, close: () => client.disconnect() })

/** Default: up to 2 s between tries. We want to be back within one. */
const retryDelay = (tries: number) => Math.min(tries * 50, 500)

/** Of every connection, whatever else it is. */
function ofConnections({ username, password, tls }: RedisAddress, limits: RedisLimits) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    // Default: a command waits for ever on a server that hangs.
    commandTimeout: limits.commandTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    // Default: a commit that was cut off is sent again, though it may have been carried out.
    autoResendUnfulfilledCommands: false,
    // Default: up to 10 s between looks at a server that loads its data.
    maxLoadingRetryTime: 500,
    // Default: 2 s of politeness towards a server that no longer answers.
    disconnectTimeout: 100,
    // Default: two more commands on each connection, unknown to servers before 7.2.
    disableClientInfo: true,
  } satisfies RedisOptions
}

function ofOneServer(address: RedisAddress, limits: RedisLimits): RedisOptions {
  const [{ host } = { host: '' }] = address.endpoints
  return {
    ...ofConnections(address, limits),
    ...(address.kind === 'server' && address.tls && !isIP(host) && { tls: { servername: host } }),
    db: address.db,
    lazyConnect: true,
    // Default: commands pile up while there is no connection, and run long after their callers gave up.
    enableOfflineQueue: false,
    // Default 20. Only 0 fails the commands of a lost connection at once: with more, a quick reconnection
    // forgets them, and their callers wait until the command's timeout.
    maxRetriesPerRequest: 0,
    retryStrategy: retryDelay,
    // The server was demoted, or its name leads to another one now. `true`: connect anew, send nothing again.
    reconnectOnError: (error) => /\bREADONLY\b/.test(error.message),
  }
}

function openBySentinels(address: RedisBySentinels, limits: RedisLimits): OpenedRedis {
  const client = new Redis({ ...ofSentinels(address, limits), ...ofOneServer(address, limits) })
  let stopFollowing = () => {}
  client.once('connecting', () => {
    stopFollowing = followFailovers(client, address, ofSubscriptions(address, limits))
  })
  const close = () => {
    stopFollowing()
    client.disconnect()
  }
  return { client, close }
}

function ofSentinels(address: RedisBySentinels, { connectTimeoutMs }: RedisLimits): RedisOptions {
  const { endpoints, name, tls, sentinelUsername, sentinelPassword } = address
  return {
    sentinels: [...endpoints],
    name,
    // Looked at (INFO) on each new connection, as a Sentinel may not yet know that this is the master no more.
    role: 'master',
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls && { sentinelTLS: {}, enableTLSForSentinelMode: true }),
    // All Sentinels were asked in vain: begin again. Anything but a number would be the end of the client.
    sentinelRetryStrategy: retryDelay,
    // Default: none, so a Sentinel that hangs is waited for.
    sentinelCommandTimeout: connectTimeoutMs,
    // Default: Sentinels are asked for others, which may be long gone, and to which the password then is sent.
    updateSentinels: false,
    // Ours is `followFailovers`.
    failoverDetector: false,
  }
}

/** Of the connections on which the Sentinels tell of failovers. */
function ofSubscriptions(address: RedisBySentinels, { connectTimeoutMs }: RedisLimits): RedisOptions {
  const { tls, sentinelUsername, sentinelPassword } = address
  return {
    ...(sentinelUsername !== undefined && { username: sentinelUsername }),
    ...(sentinelPassword !== undefined && { password: sentinelPassword }),
    ...(tls && { tls: {} }),
    connectTimeout: connectTimeoutMs,
    // They are silent for months. Default: nobody would notice that the other end is gone.
    keepAlive: 10_000,
    // The subscription waits for its Sentinel as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: retryDelay,
    enableReadyCheck: false,
    disconnectTimeout: 100,
    disableClientInfo: true,
  }
}

function openCluster(address: RedisAddress, limits: RedisLimits): Cluster {
  return new Cluster([...address.endpoints], {
    redisOptions: ofConnections(address, limits),
    lazyConnect: true,
    // Also default. `false` refuses commands to a node while another command connects to it. What is queued fails
    // when its time is up, and is not sent later, because the client is thrown away then (redis-connection.ts).
    enableOfflineQueue: true,
    // Default: a Cluster is ready only when any of its masters says so, be it one that hangs.
    // Ours is known to be well when it answers, and refuses commands (CLUSTERDOWN) when it is not.
    enableReadyCheck: false,
    clusterRetryStrategy: retryDelay,
    // Default 100. A command that was cut off is sent again, though it may have been carried out.
    retryDelayOnFailover: 0,
    // Default 100. The command would be repeated even after its time is up. Its caller knows better.
    retryDelayOnClusterDown: 0,
    // While our slot moves to another node. Nothing was done yet, so the command may be sent again.
    retryDelayOnTryAgain: 50,
    // Default 16. MOVED and ASK, too, come before anything is done. All share the time of one command.
    maxRedirections: 5,
    slotsRefreshTimeout: limits.connectTimeoutMs,
    // Default: names are resolved first, without a limit, in vain when one of them fails; and the certificate
    // of a node would have to name its IP address.
    dnsLookup: (host, found) => found(null, host),
  })
}
