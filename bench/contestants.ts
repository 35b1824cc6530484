import { startRedis } from '../test/helpers/redis-server.ts'
import { templateSend } from './body.ts'
import { type Gateway, newKeys, setUp, startGateway } from './gateway.ts'
import { fillRedisAtOnce } from '../test/faults/many-records.ts'
import { startNginx } from './nginx.ts'
import { LOAD_CORE, SERVER_CORE, startServer } from './program.ts'
import type { Scene } from './scene.ts'
import { type Algorithm, callerTokens } from './tokens.ts'
import type { Load } from './wrk.ts'

export const SMALL_BYTES = 200
export const LARGE_BYTES = 20_000
export const MANY_CHANNELS = 100_000

/** Something to measure: a process, and what is sent to it. */
export interface Contestant {
  readonly pid: number
  readonly load: Load
  /** Done before each round. */
  readonly prepare?: () => void
}

export type Name =
  | 'gateway'
  | 'gateway-20k'
  | 'gateway-rs256'
  | 'gateway-eddsa'
  | 'gateway-many'
  | 'http-proxy'
  | 'node-undici'
  | 'http-proxy-middleware'
  | 'nginx'
  | 'nginx-20k'

/** What a row's name stands for, in words. */
export const TITLES: Readonly<Record<Name, string>> = {
  gateway: 'the gateway',
  'gateway-20k': 'the gateway, 20 KB',
  'gateway-rs256': 'the gateway, RS256',
  'gateway-eddsa': 'the gateway, EdDSA',
  'gateway-many': 'the gateway, 100,000 channels',
  'http-proxy': '@fastify/http-proxy alone',
  'node-undici': 'node:http + undici.dispatch',
  'http-proxy-middleware': 'http-proxy-middleware',
  nginx: 'nginx + Lua',
  'nginx-20k': 'nginx + Lua, 20 KB',
}

/** Starts what the name stands for, or takes the process that another one runs on already. */
export async function startContestant(name: Name, scene: Scene): Promise<Contestant> {
  switch (name) {
    case 'gateway':
      return sentTo(await scene.once('gateway', () => oneChannel(scene)))
    case 'gateway-20k':
      return sentTo(await scene.once('gateway', () => oneChannel(scene)), { bytes: LARGE_BYTES })
    case 'gateway-rs256':
      return sentTo(await scene.once('gateway', () => oneChannel(scene)), { algorithm: 'RS256' })
    case 'gateway-eddsa':
      return sentTo(await scene.once('gateway', () => oneChannel(scene)), { algorithm: 'EdDSA' })
    case 'gateway-many':
      return sentTo(await scene.once(name, () => manyChannels(scene)), { aliases: MANY_CHANNELS })
    case 'http-proxy':
    case 'node-undici':
    case 'http-proxy-middleware': {
      const options = { core: SERVER_CORE, env: { UPSTREAM: scene.upstream } }
      return sentTo(await scene.once(name, () => startServer(`peers/${name}.ts`, options)))
    }
    case 'nginx':
      return sentTo(await scene.once('nginx', () => startNginx(scene.folder, scene.upstream, SERVER_CORE)))
    case 'nginx-20k': {
      const nginx = await scene.once('nginx', () => startNginx(scene.folder, scene.upstream, SERVER_CORE))
      return sentTo(nginx, { bytes: LARGE_BYTES })
    }
  }
}

interface Server {
  readonly pid: number
  readonly url: string
  readonly emptyLog?: () => void
}

interface Sent {
  readonly bytes?: number
  readonly algorithm?: Algorithm
  readonly aliases?: number
}

function sentTo({ pid, url, emptyLog }: Server, sent: Sent = {}): Contestant {
  const { bytes = SMALL_BYTES, algorithm = 'HS256', aliases = 1 } = sent
  const load = { url, body: templateSend(bytes), tokens: callerTokens(algorithm), aliases }
  return { pid, load, ...(emptyLog && { prepare: emptyLog }) }
}

async function oneChannel(scene: Scene): Promise<Gateway & Server> {
  const gateway = await startWithRedis(scene, 'one', newKeys())
  await setUp(gateway, scene.upstream)
  return gateway
}

/** With a directory that was filled beforehand: over the control plane it would take minutes. */
async function manyChannels(scene: Scene): Promise<Gateway & Server> {
  const keys = newKeys()
  const gateway = await startWithRedis(scene, 'many', keys, async (redis) => {
    await fillRedisAtOnce(redis, { keys, channels: MANY_CHANNELS, wati: scene.upstream })
  })
  // Without limits, as the other.
  await setUp(gateway, scene.upstream)
  return gateway
}

/** A gateway before a Redis of its own, which has the load's core. */
export async function startWithRedis(
  scene: Scene,
  name: string,
  keys: string,
  fill: (redis: { url: string }) => Promise<void> = () => Promise.resolve(),
): Promise<Gateway & Server> {
  const redis = await startRedis(scene)
  scene.pin(redis.pid(), LOAD_CORE)
  await fill(redis)
  const options = { folder: scene.folder, upstream: scene.upstream, redis: redis.url, keys, core: SERVER_CORE }
  const gateway = await startGateway({ ...options, name, nodeArgs: scene.nodeArgs })
  return { ...gateway, url: gateway.data }
}
