import type { Settings } from '../settings-schema.ts'

/** Where Redis is, and what it asks of those who connect. */
export type RedisAddress = RedisServer | RedisSentinels | RedisCluster

export interface RedisEndpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

interface Access {
  readonly username?: string
  readonly password?: string
  readonly tls: boolean
  /** The number of the database; 0 in a Cluster, which has no other. */
  readonly db: number
}

interface RedisServer extends Access {
  readonly kind: 'server'
  readonly endpoints: readonly [RedisEndpoint]
}

interface RedisCluster extends Access {
  readonly kind: 'cluster'
  /** Nodes that are asked for all others; one that answers is enough. */
  readonly endpoints: readonly RedisEndpoint[]
}

interface RedisSentinels extends Access, SentinelAccess {
  readonly kind: 'sentinels'
  /** The Sentinels. All else but `sentinelUsername` and `sentinelPassword` is of the server they watch. */
  readonly endpoints: readonly RedisEndpoint[]
  /** The name under which the Sentinels know the server. */
  readonly name: string
}

interface SentinelAccess {
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

type RedisSettings = Pick<Settings, 'REDIS_URL' | 'REDIS_CLUSTER' | 'REDIS_SENTINELS' | 'REDIS_SENTINEL_NAME'>

/**
 * Gives the address that is set: one of three, or none.
 *
 * `REDIS_URL` is `redis://user:password@host:6379/0`. `REDIS_CLUSTER` and `REDIS_SENTINELS` are lists of `host:port`,
 * or, where a password or TLS is needed, of `redis://user:password@host:port`, alike but for host and port.
 * `rediss://` stands for TLS. User and password are those of Redis itself; Sentinels that ask for some have theirs
 * behind it: `redis://user:password@host:26379?sentinelUsername=…&sentinelPassword=…`. With `rediss://` the Sentinels
 * speak TLS, too. What would end a user or password early, a comma too, is percent-encoded.
 *
 * Throws an `Error` that says what is wrong, and never repeats a value.
 */
export function readRedisAddress(settings: RedisSettings): RedisAddress | undefined {
  const { REDIS_URL, REDIS_CLUSTER, REDIS_SENTINELS, REDIS_SENTINEL_NAME } = settings
  if (REDIS_URL !== undefined) {
    const { port = 6379, host, ...access } = readServer(REDIS_URL)
    return { kind: 'server', endpoints: [{ host, port }], ...access }
  }
  if (REDIS_CLUSTER !== undefined) {
    const { access, ...list } = readList(REDIS_CLUSTER)
    if (access.db !== 0) throw new Error('a Redis Cluster has no database but 0')
    if (access.sentinelPassword !== undefined) throw new Error('a Redis Cluster has no Sentinels')
    return { kind: 'cluster', ...list, ...access }
  }
  if (REDIS_SENTINELS !== undefined) {
    const { access, ...list } = readList(REDIS_SENTINELS)
    return { kind: 'sentinels', name: REDIS_SENTINEL_NAME, ...list, ...access }
  }
  return undefined
}

/** For people: `Redis (host:6379)`. */
export function describeAddress({ kind, endpoints }: RedisAddress): string {
  const list = endpoints.map(({ host, port }) =>
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  )
  const what = { server: 'Redis (', cluster: 'Redis Cluster (', sentinels: 'Redis (Sentinels ' }[kind]
  return `${what}${list.join(', ')})`
}

interface Entry extends Access, SentinelAccess {
  readonly host: string
  readonly port?: number
}

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i
const PLAIN = /^(?:[^\s:/?#@[\]]+|\[[^\s\]]+\]):[0-9]+$/
const SENTINEL_ACCESS = /^(?:\?(?:sentinelUsername=([^&]+)&)?sentinelPassword=([^&]+))?$/

function readServer(text: string): Entry {
  const entry = readEntry(text, 'the address of Redis', 'redis://user:password@host:6379/0')
  if (entry.sentinelPassword !== undefined) throw new Error('the address of Redis may have no query')
  return entry
}

function readList(list: string) {
  const [head = '', ...tail] = list.split(',').map((text) => text.trim())
  const first = readListEntry(head, 'entry 1')
  const others = tail.map((text, i) => readListEntry(text, `entry ${i + 2}`))
  const odd = others.findIndex(({ access }) => JSON.stringify(access) !== JSON.stringify(first.access))
  if (odd !== -1) throw new Error(`entry ${odd + 2} differs from entry 1 in more than host and port`)
  return { endpoints: [first, ...others].map(({ endpoint }) => endpoint), access: first.access }
}

function readListEntry(text: string, what: string) {
  const form = 'host:port, or redis://user:password@host:port'
  const { host, port, ...access } = readEntry(PLAIN.test(text) ? `redis://${text}` : text, what, form)
  if (port === undefined) throw new Error(`${what} must have a port`)
  return { endpoint: { host, port }, access }
}

/** ioredis would read an address too, but lets its query set any option, before ours. */
function readEntry(text: string, what: string, form: string): Entry {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const tls = url?.protocol === 'rediss:'
  if (
    url === undefined ||
    (!tls && url.protocol !== 'redis:') ||
    !HOST.test(url.hostname) ||
    url.port === '0'
  ) {
    throw new Error(`${what} must look like ${form} (rediss:// for TLS)`)
  }
  const sentinel = SENTINEL_ACCESS.exec(url.search)
  if (!/^\/?\d{0,3}$/.test(url.pathname) || sentinel === null || url.hash !== '') {
    throw new Error(`after host and port ${what} may only have a database number, such as /0`)
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { port: Number(url.port) }),
    db: Number(url.pathname.slice(1)),
    tls,
    ...(url.username !== '' && { username: decode(url.username, what) }),
    ...(url.password !== '' && { password: decode(url.password, what) }),
    ...(sentinel[1] !== undefined && { sentinelUsername: decode(sentinel[1], what) }),
    ...(sentinel[2] !== undefined && { sentinelPassword: decode(sentinel[2], what) }),
  }
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error(`user and password in ${what} must be percent-encoded`)
  }
}
