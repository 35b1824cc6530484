import { adminPlane, dataPlane } from '../app.ts'
import { readSettings } from '../config.ts'
import { Directory } from '../directory/directory.ts'
import { readWatiHosts } from '../domain/wati-hosts.ts'
import { makeWatiAgent } from '../gateway/wati-agent.ts'
import { makeLogger } from '../logging.ts'
import { makeMetrics } from '../metrics.ts'

/** Prints every route of both planes with its guards, in their order; starts nothing. */
process.stdout.write(await printRoutes())

async function printRoutes(): Promise<string> {
  const settings = readSettings({ JWT_SECRET: 'only to build the routes, never to verify' })
  const log = makeLogger('silent')
  const directory = new Directory()
  const metrics = makeMetrics()
  const watiHosts = readWatiHosts(settings.WATI_HOSTS)
  const agent = makeWatiAgent(settings)
  const keys = { secret: settings.JWT_SECRET, publicKeys: [], issuer: undefined, audience: undefined }
  const health = { directory: () => directory.state, draining: () => false }
  const writer = { write: () => Promise.reject(new Error('nothing is written here')) }
  const data = await dataPlane(settings, log, {
    keys,
    health,
    gateway: { settings, directory, watiHosts, agent, metrics },
  })
  const admin = await adminPlane(settings, log, {
    keys,
    health,
    metrics,
    control: { directory, writer, watiHosts },
  })
  await Promise.all([data.ready(), admin.ready()])
  const print = { commonPrefix: false, includeHooks: true } as const
  const text = `data plane\n${data.printRoutes(print)}\ncontrol plane\n${admin.printRoutes(print)}`
  await Promise.all([data.close(), admin.close(), agent.destroy()])
  return text
}
