import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { controlPlane } from './admin/control-plane.ts'
import type { ControlPlaneOptions } from './admin/parts.ts'
import { type AuthenticationOptions, authentication } from './authentication.ts'
import { Directory } from './directory/directory.ts'
import { followStore } from './directory/follower.ts'
import { openStore } from './directory/open-store.ts'
import { makeWriter } from './directory/writer.ts'
import { readWatiHosts } from './domain/wati-hosts.ts'
import { Refusal } from './errors.ts'
import { type GatewayOptions, gateway } from './gateway/gateway.ts'
import { makeWatiAgent } from './gateway/wati-agent.ts'
import { type Health, health } from './health.ts'
import { type Metrics, makeMetrics, metricsPage } from './metrics.ts'
import { readPublicKeys } from './public-keys.ts'
import { listen, makeServer } from './server.ts'
import type { Settings } from './settings-schema.ts'

/** How long the start waits for the first picture before it listens without one. */
const FIRST_LOAD_MS = 1_000
/** How long a write waits until its own process has applied it; a change is in force within a second. */
const APPLY_MS = 1_000

export interface RunningGateway {
  /** Where callers reach it: `http://127.0.0.1:8080` */
  readonly dataUrl: string
  /** Where admins reach it. */
  readonly adminUrl: string
  /** From now on `GET /readyz` says that requests should go elsewhere. */
  drain(): void
  /** Takes no new connections, finishes what is under way, lets go of the store. */
  close(): Promise<void>
}

/** Puts both planes together and starts them. */
export async function startGateway(settings: Settings, log: Logger): Promise<RunningGateway> {
  const { store, seal } = await openStore(settings, log)
  const directory = new Directory()
  const follower = followStore({ store, directory, seal, log })
  const agent = makeWatiAgent(settings)
  let draining = false
  const shared = {
    keys: readKeys(settings),
    health: { directory: () => directory.state, draining: () => draining },
  }
  const metrics = makeMetrics()
  const writer = makeWriter({ store, directory, seal, applyTimeoutMs: APPLY_MS })
  const watiHosts = readWatiHosts(settings.WATI_HOSTS)
  const road = { settings, directory, watiHosts, agent, metrics }
  const control = { directory, writer, watiHosts }
  const data = await dataPlane(settings, log, { ...shared, gateway: road })
  const admin = await adminPlane(settings, log, { ...shared, metrics, control })

  const close = async (): Promise<void> => {
    await Promise.all([data.close(), admin.close()])
    await follower.stop()
    await store.close()
    await agent.destroy()
  }
  try {
    await directory.reached(0, FIRST_LOAD_MS)
    const [dataUrl, adminUrl] = await Promise.all([
      listen(data, 'data', settings.HOST, settings.PORT),
      listen(admin, 'control', settings.ADMIN_HOST, settings.ADMIN_PORT),
    ])
    return { dataUrl, adminUrl, drain: () => void (draining = true), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Shared {
  readonly keys: AuthenticationOptions
  readonly health: Health
}

/** The data plane: health, and the road. It gets nothing that could write. */
export async function dataPlane(
  settings: Settings,
  log: Logger,
  parts: Shared & { gateway: GatewayOptions },
): Promise<FastifyInstance> {
  const app = makeServer('data', settings, log)
  await app.register(authentication, parts.keys)
  await app.register(health, parts.health)
  await app.register(gateway, parts.gateway)
  return app
}

/** The control plane: health, and the API under `/v1`. */
export async function adminPlane(
  settings: Settings,
  log: Logger,
  parts: Shared & { metrics: Metrics; control: ControlPlaneOptions },
): Promise<FastifyInstance> {
  const app = makeServer('control', settings, log)
  await app.register(authentication, parts.keys)
  await app.register(health, parts.health)
  await app.register(metricsPage, { metrics: parts.metrics })
  app.setNotFoundHandler(function refuseUnknownPath() {
    throw new Refusal(
      'not-found',
      'There is nothing at this path: the API of the control plane is under /v1.',
    )
  })
  await app.register(controlPlane, { ...parts.control, prefix: '/v1' })
  return app
}

function readKeys(settings: Settings): AuthenticationOptions {
  const { JWT_SECRET, JWT_PUBLIC_KEYS, JWT_ISSUER, JWT_AUDIENCE } = settings
  return {
    secret: JWT_SECRET,
    publicKeys: JWT_PUBLIC_KEYS === undefined ? [] : readPublicKeys(readFileSync(JWT_PUBLIC_KEYS, 'utf8')),
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
  }
}
