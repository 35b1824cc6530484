import { hostname } from 'node:os'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { controlPlane } from './admin/control-plane.ts'
import { openApi } from './admin/openapi.ts'
import type { ControlPlaneOptions } from './admin/parts.ts'
import { webPage } from './admin/web-page.ts'
import { type AuthenticationOptions, authentication } from './authentication.ts'
import { readVariable } from './config.ts'
import { measureConnections } from './connections.ts'
import { untilInForce } from './directory/in-force.ts'
import { type StartedDirectory, startDirectory } from './directory/start-directory.ts'
import { Refusal } from './errors.ts'
import { type Explainer, makeExplainer } from './explain/explain.ts'
import { measureTroubles } from './figures/measure-troubles.ts'
import { type GatewayOptions, gateway } from './gateway/gateway.ts'
import { type Health, health } from './health.ts'
import { type Metrics, metricsPage } from './metrics.ts'
import { openRoad } from './open-road.ts'
import { openOverload } from './overload/open-overload.ts'
import { makeShed } from './overload/shed.ts'
import { isDecodable, listen, makeServer } from './server.ts'
import type { Settings } from './settings-schema.ts'
import { makeSign, readTokenKeys } from './token-keys.ts'
import { openTroubles } from './troubles/open-troubles.ts'

/** How long the start waits for the first picture before it listens without one. */
const FIRST_LOAD_MS = 1_000

export interface RunningGateway {
  /** Where callers reach it: `http://127.0.0.1:8080` */
  readonly dataUrl: string
  /** Where admins reach it. */
  readonly adminUrl: string
  /** From now on `GET /readyz` says that requests should go elsewhere. */
  drain: () => void
  /**
   * Takes no new connections, finishes what is under way, lets go of the store. Writes whose callers have left are
   * waited for up to `patienceMs`; without it they are ended.
   */
  close: (patienceMs?: number) => Promise<void>
}

/** Both planes, put together but not listening. */
export interface BuiltGateway {
  readonly data: FastifyInstance
  readonly admin: FastifyInstance
  readonly started: StartedDirectory
  /** Looks at the settings of Redis in the background, and warns in the log. */
  warnOfRedis: () => void
  drain: () => void
  close: (patienceMs?: number) => Promise<void>
}

/** Puts both planes together and starts them. */
export async function startGateway(
  settings: Settings,
  log: Logger,
  variable = readVariable,
): Promise<RunningGateway> {
  const { data, admin, started, warnOfRedis, drain, close } = await buildGateway(settings, log, variable)
  try {
    await Promise.all([data.ready(), admin.ready()])
    started.follow()
    await started.directory.reached(0, FIRST_LOAD_MS)
    const [dataUrl, adminUrl] = await Promise.all([
      listen(data, 'data', settings.HOST, settings.PORT),
      listen(admin, 'control', settings.ADMIN_HOST, settings.ADMIN_PORT),
    ])
    started.announceAs(`${hostname()}:${new URL(dataUrl).port}`)
    warnOfRedis()
    return { dataUrl, adminUrl, drain, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens the store and puts the planes together; nobody can call yet. */
export async function buildGateway(
  settings: Settings,
  log: Logger,
  variable = readVariable,
): Promise<BuiltGateway> {
  const started = await startDirectory(settings, log, variable)
  const { directory, store, seal } = started
  const opened = await openRoad(settings, log, started)
  const { road, metrics, closeRoad } = opened
  let draining = false
  const isDraining = (): boolean => draining
  const data = makeServer('data', settings, log, isDraining)
  const overload = await openOverload(data, settings, log, metrics)
  const troubles = openTroubles(settings, log, started, opened)
  measureTroubles(metrics.registry, troubles.find)
  const keys = readTokenKeys(settings, directory, log)
  // Made when it is first asked: a whole road more takes time and memory at every start.
  let explainer: Promise<Explainer> | undefined
  const control: ControlPlaneOptions = {
    ...{ ...road, ...started, replicas: store, sign: makeSign(settings), findTroubles: troubles.find },
    shed: makeShed(overload, 'control'),
    history: { history: (range) => store.history(range), seal },
    explain: async (question) =>
      await (await (explainer ??= makeExplainer({ ...road, log }))).explain(question),
    untilInForce: (revision) => untilInForce(store, directory, revision, settings.REPLICAS_WAIT_MS),
  }
  const shared = { keys, health: { directory: () => directory.state, draining: isDraining } }
  await dataPlane(data, { ...shared, gateway: { ...road, shed: makeShed(overload, 'data') } })
  const admin = makeServer('control', settings, log, isDraining)
  await adminPlane(admin, { ...shared, metrics, control })
  measureConnections(metrics, { data, control: admin })
  const close = async (patienceMs = 0): Promise<void> => {
    // Requests may be waiting for the provider's keys.
    await Promise.all([keys.provider?.close(), data.close(), admin.close()])
    await (await explainer)?.close()
    await troubles.close()
    await closeRoad(patienceMs)
    // The lock of DATA_DIR holds for everything that is kept there.
    await started.stop()
  }
  const { warnOfRedis } = troubles
  return { data, admin, started, warnOfRedis, drain: () => void (draining = true), close }
}

interface Shared {
  readonly keys: AuthenticationOptions
  readonly health: Health
}

/** The data plane: health, and the road. It gets nothing that could write. */
async function dataPlane(app: FastifyInstance, parts: Shared & { gateway: GatewayOptions }): Promise<void> {
  await app.register(authentication, parts.keys)
  await app.register(health, parts.health)
  await app.register(gateway, parts.gateway)
}

/** The control plane: health, metrics, and the API under `/v1` with its description. */
async function adminPlane(
  app: FastifyInstance,
  parts: Shared & { metrics: Metrics; control: ControlPlaneOptions },
): Promise<void> {
  await app.register(openApi)
  await app.register(authentication, parts.keys)
  await app.register(health, parts.health)
  await app.register(metricsPage, { metrics: parts.metrics })
  app.setNotFoundHandler(function refuseUnknownPath({ originalUrl }) {
    if (!isDecodable(originalUrl))
      throw new Refusal('malformed-request', 'The path holds a percent code that is not valid.')
    throw new Refusal(
      'not-found',
      'There is nothing at this path: the API of the control plane is under /v1.',
    )
  })
  await app.register(webPage)
  await app.register(controlPlane, { ...parts.control, prefix: '/v1' })
}
