import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fillRedisAtOnce, numberOf } from '../test/faults/many-records.ts'
import { startRedis } from '../test/helpers/redis-server.ts'
import { type Gateway, UNLIMITED, WATI_TOKEN, newKeys, setUp, startGateway, untilCopied } from './gateway.ts'
import { type Core, LOAD_CORE, SERVER_CORE, startServer } from './program.ts'
import type { Scene } from './scene.ts'

export const MANY_CHANNELS = 100_000
/** The number of the last of them. */
export const LAST_NUMBER = numberOf(MANY_CHANNELS - 1)

/** A gateway before a Redis of its own, with the channel `line-0`. */
export async function oneChannel(scene: Scene, name: string): Promise<Gateway> {
  const [redis, keys] = [await startOwnRedis(scene, LOAD_CORE), newKeys()]
  const gateway = await startIn(scene, { name, redis, keys })
  await setUp(gateway, scene.upstream)
  return gateway
}

/** The same with 100,000 channels, written into Redis beforehand: over the control plane it would take minutes. */
export async function manyChannels(scene: Scene, name: string): Promise<Gateway> {
  const [redis, keys] = [await startOwnRedis(scene, LOAD_CORE), newKeys()]
  const account = { wati: scene.upstream, token: WATI_TOKEN, limits: UNLIMITED }
  await fillRedisAtOnce({ url: redis }, { keys, channels: MANY_CHANNELS, ...account })
  const gateway = await startIn(scene, { name, redis, keys })
  // Sealing it takes seconds, once after a start: it is no part of what a request costs.
  await untilCopied(join(scene.folder, name))
  return gateway
}

export interface Replica extends Gateway {
  /** Of its channel: `line-<alias>`. */
  readonly alias: number
  /** For what its load writes. */
  readonly folder: string
}

/** Replicas before one Redis. Each has an upstream of its own beside its load, so it has its own account, too. */
export async function startReplicas(
  scene: Scene,
  places: readonly { readonly server: Core; readonly load: Core }[],
): Promise<Replica[]> {
  const [redis, keys] = [await startOwnRedis(scene, undefined), newKeys()]
  const upstreams = await Promise.all(
    places.map(({ load }, index) =>
      scene.once(`upstream-${index}`, () => startServer('upstream.ts', { core: load })),
    ),
  )
  const upstream = upstreams.map(({ url }) => url).join(',')
  const replicas: Replica[] = []
  for (const [alias, { server }] of places.entries()) {
    const name = `replica-${alias}`
    const folder = join(scene.folder, `${name}-load`)
    mkdirSync(folder)
    const options = { name, redis, keys, core: server, upstream }
    const gateway = await scene.once(name, () => startIn(scene, options))
    await setUp(gateway, upstreams[alias]?.url ?? '', { account: `acme-${alias}`, alias })
    replicas.push({ ...gateway, alias, folder })
  }
  return replicas
}

async function startOwnRedis(scene: Scene, core: Core): Promise<string> {
  const redis = await startRedis(scene)
  scene.pin(redis.pid(), core)
  return redis.url
}

interface Start {
  readonly name: string
  readonly redis: string
  readonly keys: string
  readonly core?: Core
  /** The upstreams that accounts may point to. */
  readonly upstream?: string
}

async function startIn(scene: Scene, given: Start): Promise<Gateway> {
  const { folder, nodeArgs, upstream } = scene
  return await startGateway({ folder, nodeArgs, upstream, core: SERVER_CORE, ...given })
}
