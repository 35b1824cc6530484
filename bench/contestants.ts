import { templateSend } from './body.ts'
import { LAST_NUMBER, MANY_CHANNELS, manyChannels, oneChannel } from './gateways.ts'
import { NUMBER } from './gateway.ts'
import type { Load } from './load.ts'
import { startNginx } from './nginx.ts'
import { SERVER_CORE, startServer } from './program.ts'
import type { Scene } from './scene.ts'
import { type Algorithm, callerTokens } from './tokens.ts'

export const SMALL_BYTES = 200
export const LARGE_BYTES = 20_000

/** Something to measure: a process, and what is sent to it. */
export interface Contestant {
  readonly pid: number
  readonly load: Load
  /** Done before each round. */
  readonly prepare?: () => void
  /** The number that must stand in what it sends on; missing where nothing is rewritten. */
  readonly number?: string
}

/** All that run in the rounds, with what the tables call them. */
export const TITLES = {
  gateway: 'the gateway',
  'gateway-20k': 'the gateway, 20 KB',
  'gateway-rs256': 'the gateway, RS256',
  'gateway-eddsa': 'the gateway, EdDSA',
  'gateway-many': 'the gateway, 100,000 channels',
  'http-proxy': '`@fastify/http-proxy` alone',
  'node-undici': '`node:http` + `undici.dispatch`',
  'http-proxy-middleware': '`http-proxy-middleware`',
  nginx: 'nginx + Lua',
  'nginx-20k': 'nginx + Lua, 20 KB',
} as const

export type Name = keyof typeof TITLES

/** Starts what the name stands for, unless another one runs on the same process already. */
export async function startContestant(name: Name, scene: Scene): Promise<Contestant> {
  const gateway = () => scene.once('gateway', () => oneChannel(scene, 'gateway'))
  const nginx = () => scene.once('nginx', () => startNginx(scene.folder, scene.upstream, SERVER_CORE))
  switch (name) {
    case 'gateway':
      return { ...sentTo(await gateway()), number: NUMBER }
    case 'gateway-20k':
      return { ...sentTo(await gateway(), { bytes: LARGE_BYTES }), number: NUMBER }
    case 'gateway-rs256':
      return { ...sentTo(await gateway(), { algorithm: 'RS256' }), number: NUMBER }
    case 'gateway-eddsa':
      return { ...sentTo(await gateway(), { algorithm: 'EdDSA' }), number: NUMBER }
    case 'gateway-many': {
      const many = await scene.once(name, () => manyChannels(scene, name))
      return { ...sentTo(many, { aliases: MANY_CHANNELS }), number: LAST_NUMBER }
    }
    case 'nginx':
      return { ...sentTo(await nginx()), number: NUMBER }
    case 'nginx-20k':
      return { ...sentTo(await nginx(), { bytes: LARGE_BYTES }), number: NUMBER }
    case 'http-proxy':
    case 'node-undici':
    case 'http-proxy-middleware': {
      const options = { core: SERVER_CORE, env: { UPSTREAM: scene.upstream } }
      return sentTo(await scene.once(name, () => startServer(`peers/${name}.ts`, options)))
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
  readonly firstAlias?: number
}

/** A server with its load: 200 bytes, HS256, the channel `line-0`, unless it is told otherwise. */
export function sentTo({ pid, url, emptyLog }: Server, sent: Sent = {}): Contestant {
  const { bytes = SMALL_BYTES, algorithm = 'HS256', aliases = 1, firstAlias = 0 } = sent
  const load = { url, body: templateSend(bytes), tokens: callerTokens(algorithm), aliases, firstAlias }
  return { pid, load, ...(emptyLog && { prepare: emptyLog }) }
}
