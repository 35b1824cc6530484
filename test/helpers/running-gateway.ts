import { createSigner } from 'fast-jwt'
import type { Test } from 'tap'
import { type RunningGateway, startGateway } from '../../src/app.ts'
import { readSettings } from '../../src/config.ts'
import { makeLogger } from '../../src/logging.ts'
import {
  SANDBOX_DEFAULTS,
  type Sandbox,
  type SandboxOptions,
  type SeenRequest,
  startSandbox,
} from '../../src/sandbox/sandbox.ts'
import { CapturedLog } from './captured-log.ts'
import { type Seen, type Sent, sendTo } from './http-client.ts'
import { folderOf } from './folder.ts'

export const JWT_SECRET = 'a secret for tests only, of more than 32 bytes'
export const TENANT = SANDBOX_DEFAULTS.tenantId
export const WATI_TOKEN = SANDBOX_DEFAULTS.token
/** `sales` sends from Wati's second number, so that a lost channel key cannot go unseen. */
export const [SUPPORT_NUMBER, SALES_NUMBER] = SANDBOX_DEFAULTS.numbers
export const CONTACT = '5511988887777'

const CALLER_SCOPES =
  'messages:send messages:read chats:write contacts:read contacts:write templates:read broadcasts:read account:read'

export type Claims = Readonly<Record<string, unknown>>
type Environment = Readonly<Record<string, string>>
/** What `tokenFrom` can read; it may change while the gateway runs. */
type Surroundings = Readonly<Record<string, string | undefined>>

interface CallOptions extends Partial<Omit<Sent, 'method' | 'path'>> {
  /** Sent as JSON. */
  readonly json?: unknown
  /** Claims beside those of the usual token; `null` for no token at all. */
  readonly claims?: Claims | null
}

export interface Running {
  readonly sandbox: Sandbox
  readonly gateway: RunningGateway
  readonly log: CapturedLog
  readonly dataDir: string
  /** A request to the data plane, as a caller that may use `sales` and `support` for everything. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Seen>
  /** A request to the control plane, as an admin. */
  readonly admin: (method: string, path: string, options?: CallOptions) => Promise<Seen>
  /** Writes an account for another upstream and a channel of it. */
  readonly lead: (alias: string, baseUrl: string) => Promise<void>
  /** Makes the next requests to Wati go wrong. */
  readonly fault: (order: Readonly<Record<string, unknown>>) => Promise<void>
  /** What reached Wati while `action` ran. */
  readonly reachedDuring: (action: () => Promise<unknown>) => Promise<readonly SeenRequest[]>
}

export interface StartOptions {
  readonly settings?: Environment
  readonly sandbox?: SandboxOptions
  /** Those of the account's plan, or none: most tests send more in a second than a plan allows in ten. */
  readonly limits?: 'none' | 'of-the-plan'
  /** Origins beside the sandbox's to which accounts may point. */
  readonly hosts?: readonly string[]
  /** The environment that `tokenFrom` reads; the process's own when missing. */
  readonly environment?: Surroundings
}

/** Signs what a caller carries; with a `sub` and an `exp` unless the claims say otherwise. */
export function sign(claims: Claims, secret = JWT_SECRET): string {
  const { exp = Math.floor(Date.now() / 1000) + 600, sub = 'shop', ...rest } = claims
  return createSigner({ key: secret, algorithm: 'HS256' })({ sub, exp, ...rest })
}

/** Both planes and a stand-in Wati on free ports, with the channels `sales` and `support`; gone after the test. */
export async function startRunning(t: Test, options: StartOptions = {}): Promise<Running> {
  const sandbox = await startSandbox({ plan: 'unlimited', ...options.sandbox })
  t.teardown(() => sandbox.close())
  const hosts = [sandbox.url, ...(options.hosts ?? [])].join(',')
  const bare = await startBare(t, { WATI_HOSTS: hosts, ...options.settings }, options.environment)
  const running = { ...bare, sandbox, ...sandboxActions(sandbox), lead: makeLead(bare.admin) }
  await setUp(bare.admin, sandbox.url, options.limits)
  return running
}

export type Bare = Pick<Running, 'gateway' | 'log' | 'dataDir' | 'call' | 'admin'>

/** The gateway before an upstream of the test's own, with the same channels. */
export async function startBefore(t: Test, wati: string, settings: Environment = {}): Promise<Bare> {
  const bare = await startBare(t, { WATI_HOSTS: wati, ...settings })
  await setUp(bare.admin, wati)
  return bare
}

/** The gateway alone, with an empty directory. What is in `environment` it sees only where a `tokenFrom` names it. */
export async function startBare(t: Test, given: Environment = {}, environment?: Surroundings): Promise<Bare> {
  const log = new CapturedLog()
  const dataDir = given['DATA_DIR'] ?? folderOf(t)
  const settings = readSettings({
    PORT: '0',
    ADMIN_PORT: '0',
    DATA_DIR: dataDir,
    JWT_SECRET,
    LOG_LEVEL: 'trace',
    // The gateway shares the event loop with its test, which may work for seconds without a pause.
    OVERLOAD_EVENT_LOOP_DELAY_MS: '60000',
    ...given,
  })
  const variable =
    environment && ((name: string) => (Object.hasOwn(environment, name) ? environment[name] : undefined))
  const gateway = await startGateway(settings, makeLogger(settings.LOG_LEVEL, log), variable)
  t.teardown(() => gateway.close())
  return {
    gateway,
    log,
    dataDir,
    call: (method, path, { claims, ...rest } = {}) =>
      send(gateway.dataUrl, method, path, rest, claims === null ? undefined : callerToken(claims)),
    admin: (method, path, { claims, ...rest } = {}) =>
      send(gateway.adminUrl, method, path, rest, claims === null ? undefined : adminToken(claims)),
  }
}

/** The usual caller, with these claims in place of its own. */
export function callerToken(claims: Claims = {}): string {
  return sign({ channels: ['sales', 'support'], scope: CALLER_SCOPES, ...claims })
}

export function adminToken(claims: Claims = {}): string {
  return sign({ sub: 'admin', scope: 'admin:read admin:write', ...claims })
}

async function send(
  url: string,
  method: string,
  path: string,
  { json, headers, body, ...rest }: Omit<CallOptions, 'claims'>,
  token: string | undefined,
): Promise<Seen> {
  const sent = json === undefined ? body : JSON.stringify(json)
  return await sendTo(url, {
    ...rest,
    method,
    path,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  })
}

function sandboxActions(sandbox: Sandbox): Pick<Running, 'fault' | 'reachedDuring'> {
  return {
    async fault(order) {
      const body = JSON.stringify(order)
      const headers = { 'content-type': 'application/json' }
      const { status, text } = await sendTo(sandbox.url, {
        method: 'POST',
        path: '/_sandbox/faults',
        headers,
        body,
      })
      if (status !== 201) throw new Error(text)
    },
    async reachedDuring(action) {
      const last = sandbox.requests().at(-1)?.id ?? 0
      await action()
      return sandbox.requests().filter(({ id }) => id > last)
    },
  }
}

function makeLead(admin: Running['admin']): Running['lead'] {
  return async (alias, baseUrl) => {
    const account = { tenantId: TENANT, baseUrl, token: WATI_TOKEN, limits: UNLIMITED }
    await put(admin, `/v1/accounts/${alias}`, account)
    await put(admin, `/v1/channels/${alias}`, { account: alias, number: SALES_NUMBER })
  }
}

/** No limits: tests send more in a second than a plan allows in ten. */
export const UNLIMITED = {
  addContact: null,
  getContacts: null,
  getMessages: null,
  sendTemplateMessage: null,
  sendTemplateMessages: null,
}

async function setUp(
  admin: Running['admin'],
  baseUrl: string,
  limits: 'none' | 'of-the-plan' = 'none',
): Promise<void> {
  const account = {
    ...{ tenantId: TENANT, baseUrl, token: WATI_TOKEN },
    ...(limits === 'none' && { limits: UNLIMITED }),
  }
  await put(admin, '/v1/accounts/acme', account)
  await put(admin, '/v1/channels/sales', { account: 'acme', number: SALES_NUMBER })
  await put(admin, '/v1/channels/support', { account: 'acme', number: SUPPORT_NUMBER })
}

async function put(admin: Running['admin'], path: string, json: object): Promise<void> {
  const { status, text } = await admin('PUT', path, { json })
  if (status !== 201 && status !== 200) throw new Error(`${path}: ${text}`)
}
