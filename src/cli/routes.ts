import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildGateway } from '../app.ts'
import { readSettings } from '../config.ts'
import { makeLogger } from '../logging.ts'

/** Prints every route of both planes with its guards, in their order; nothing listens. */
const folder = await mkdtemp(join(tmpdir(), 'wati-gateway-routes-'))
try {
  process.stdout.write(await printRoutes(folder))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function printRoutes(dataDir: string): Promise<string> {
  const settings = readSettings({
    JWT_SECRET: 'only to build the routes, never to verify',
    DATA_DIR: dataDir,
  })
  const { data, admin, close } = await buildGateway(settings, makeLogger('silent'))
  await Promise.all([data.ready(), admin.ready()])
  const print = { commonPrefix: false, includeHooks: true } as const
  const text = `data plane\n${data.printRoutes(print)}\ncontrol plane\n${admin.printRoutes(print)}`
  await close()
  return text
}
