import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import { type RunningGateway, startGateway } from '../app.ts'
import { readSettings } from '../config.ts'
import { makeLogger } from '../logging.ts'
import { SANDBOX_DEFAULTS, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { DEMO_CHANNELS, demoScreen } from './demo-screen.ts'
import { stopSignal } from './stop-signal.ts'

export interface DemoFlags {
  readonly port: number
  readonly adminPort: number
  readonly sandboxPort: number
}

const EIGHT_HOURS_MS = 8 * 60 * 60 * 1_000

/** `wati-gateway demo`: everything in one process, on the embedded store in a folder that goes away again. */
export async function demo(flags: DemoFlags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'wati-gateway-demo-'))
  try {
    await runDemo(flags, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runDemo(flags: DemoFlags, folder: string): Promise<void> {
  const secret = randomBytes(48).toString('base64url')
  const sandbox = await startSandbox({ port: await freePort(flags.sandboxPort) })
  const settings = readSettings({
    PORT: String(await freePort(flags.port)),
    ADMIN_PORT: String(await freePort(flags.adminPort)),
    DATA_DIR: folder,
    JWT_SECRET: secret,
    WATI_HOSTS: sandbox.url,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
  })
  const gateway = await startGateway(settings, makeLogger(settings.LOG_LEVEL))
  const sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: EIGHT_HOURS_MS })
  const adminToken = sign({ sub: 'demo-admin', scope: 'admin:read admin:write' })
  const callerToken = sign({ sub: 'demo-shop', channels: ['sales'], scope: 'messages:send messages:read' })

  await setUp(gateway, sandbox, adminToken)
  process.stdout.write(demoScreen({ sandbox, gateway, adminToken, callerToken }))
  await stopSignal()
  await gateway.close()
  await sandbox.close()
}

/** Does what an admin would: through the control plane, like anybody else. */
async function setUp(gateway: RunningGateway, sandbox: Sandbox, adminToken: string): Promise<void> {
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${gateway.adminUrl}/v1/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`the demo could not write ${path}: ${await answer.text()}`)
  }
  const { tenantId, token } = SANDBOX_DEFAULTS
  await put('accounts/acme', { tenantId, token, baseUrl: sandbox.url, description: 'the stand-in Wati' })
  for (const { alias, number } of DEMO_CHANNELS) await put(`channels/${alias}`, { account: 'acme', number })
}

/** The port that was asked for, or any free one when somebody has it. */
async function freePort(wanted: number): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(0))
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)))
  })
}
