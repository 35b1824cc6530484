import type { Test } from 'tap'
import { authentication } from '../../src/authentication.ts'
import { readSettings } from '../../src/config.ts'
import type { ChannelFinder } from '../../src/directory/directory.ts'
import type { UsableAccount } from '../../src/domain/account.ts'
import { Secret } from '../../src/domain/secret.ts'
import { readWatiHosts } from '../../src/domain/wati-hosts.ts'
import { type Explainer, type Question, makeExplainer } from '../../src/explain/explain.ts'
import type { ShownRequest } from '../../src/explain/mirror.ts'
import { gateway } from '../../src/gateway/gateway.ts'
import { makeLogger } from '../../src/logging.ts'
import { type Sandbox, type SeenRequest, startSandbox } from '../../src/sandbox/sandbox.ts'
import { makeServer } from '../../src/server.ts'
import { makeWatiAgent } from '../../src/wati/wati-agent.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { type Seen, sendTo } from '../helpers/http-client.ts'
import {
  JWT_SECRET,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  WATI_TOKEN,
  callerToken,
} from '../helpers/running-gateway.ts'
import { folderOf } from '../helpers/folder.ts'

/** The road that sends, to a sandbox, and the road that explains, with the same channels. */
export interface TwoRoads {
  readonly sandbox: Sandbox
  readonly log: CapturedLog
  readonly explain: Explainer['explain']
  /** The same as a caller's request over a real connection. */
  readonly send: (question: Question) => Promise<Seen>
  /** What the sandbox saw of a request that was sent. */
  readonly sent: (question: Question) => Promise<SeenRequest>
}

const CHANNELS = {
  sales: { number: SALES_NUMBER, enabled: true },
  support: { number: SUPPORT_NUMBER, enabled: true },
  closed: { number: SALES_NUMBER, enabled: false },
}

export async function startTwoRoads(
  t: Test,
  environment: Readonly<Record<string, string>> = {},
): Promise<TwoRoads> {
  const sandbox = await startSandbox({ plan: 'unlimited' })
  t.teardown(() => sandbox.close())
  const log = new CapturedLog()
  const settings = readSettings({
    JWT_SECRET,
    DATA_DIR: folderOf(t),
    WATI_HOSTS: sandbox.url,
    LOG_LEVEL: 'trace',
    ...environment,
  })
  const road = {
    settings,
    directory: finderOf(sandbox.url),
    watiHosts: readWatiHosts(settings.WATI_HOSTS),
  }
  const logger = makeLogger(settings.LOG_LEVEL, log)
  const explainer = await makeExplainer({ ...road, log: logger })
  t.teardown(() => explainer.close())

  const app = makeServer('data', settings, logger)
  const agent = makeWatiAgent(settings)
  t.teardown(() => agent.destroy())
  const keys = { secret: JWT_SECRET, publicKeys: [], issuer: undefined, audience: undefined }
  await app.register(authentication, { ...keys, isRevoked: () => false })
  await app.register(gateway, {
    ...{ ...road, agent, idempotency: undefined },
    pacing: { pacer: undefined, calls: () => ({ account: 0, channel: 0 }) },
    metrics: { countOverride: () => undefined },
    usage: { begin: () => undefined, end: () => undefined },
    rejections: { note: () => undefined },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())

  const send = (question: Question): Promise<Seen> => sendQuestion(url, question)
  return {
    sandbox,
    log,
    explain: explainer.explain,
    send,
    async sent(question) {
      const last = sandbox.requests().at(-1)?.id ?? 0
      const { status, text } = await send(question)
      const seen = sandbox.requests().filter(({ id }) => id > last)
      if (seen.length !== 1) throw new Error(`${seen.length} requests reached the sandbox: ${status} ${text}`)
      return seen[0]!
    },
  }
}

async function sendQuestion(url: string, { channel, method, path, headers, body }: Question): Promise<Seen> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return await sendTo(url, {
    method,
    path: `/channels/${channel}${path}`,
    headers: { ...type, ...headers, authorization: `Bearer ${callerToken({ channels: ['*'] })}` },
    ...(body !== undefined && { body }),
  })
}

function finderOf(baseUrl: string): ChannelFinder {
  const account: UsableAccount = {
    id: 'acme',
    tenantId: TENANT,
    baseUrl,
    token: new Secret(WATI_TOKEN),
    tokenUpdatedAt: '2026-11-22T00:00:00.000Z',
    plan: 'growth',
    revision: 1,
  }
  return {
    find(alias) {
      const channel = Object.entries(CHANNELS).find(([name]) => name === alias)?.[1]
      if (channel === undefined) return { known: false, why: 'unknown' }
      return { known: true, account, channel: { alias, account: 'acme', revision: 2, ...channel } }
    },
  }
}

/** Lines that belong to the token or to the connection, not to the request. */
const OF_THE_CONNECTION = ['authorization', 'host', 'connection', 'content-length', 'transfer-encoding']

/** A request without what differs from one sending to the next; a form's own boundary is chosen at random. */
export function comparable(
  { url, method, headers, body }: ShownRequest | SeenRequest,
  sandbox: Sandbox,
): Record<string, unknown> {
  const boundary = /boundary="([^"]+)"/.exec(String(headers['content-type']))?.[1] ?? '\0'
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name))
  return {
    method,
    target: url.startsWith('/') ? url : url.slice(sandbox.url.length),
    origin: url.startsWith('/') ? sandbox.url : url.slice(0, sandbox.url.length),
    headers: kept.map(([name, value]) => [name, String(value).replaceAll(boundary, 'BOUNDARY')]),
    body: body.replaceAll(boundary, 'BOUNDARY'),
  }
}
