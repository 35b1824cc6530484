import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import {
  type Bare,
  type Claims,
  SALES_NUMBER,
  SUPPORT_NUMBER,
  TENANT,
  WATI_TOKEN,
  adminToken,
  startBare,
} from '../helpers/running-gateway.ts'
import { startRedis, type RedisServer } from '../helpers/redis-server.ts'
import { openPage } from './browser.ts'

const ENCRYPTION_KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`

export interface Scene {
  readonly redis: RedisServer
  readonly sandbox: Sandbox
  /** The page is opened on this one. */
  readonly a: Bare
  readonly b: Bare
  /** A request of an admin beside the page; throws unless it succeeds. */
  readonly write: (method: string, path: string, json?: unknown) => Promise<unknown>
}

/** Two replicas on a real Redis before a stand-in Wati, with the account `acme` and the channels `sales` and `support`. */
export async function startScene(t: Test, settings: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const redis = await startRedis(t)
  const sandbox = await startSandbox({ plan: 'unlimited' })
  t.teardown(() => sandbox.close())
  const shared = {
    ...{ REDIS_URL: redis.url, ENCRYPTION_KEYS, WATI_HOSTS: sandbox.url },
    // Beside a browser Redis may have to wait for a core.
    REDIS_TIMEOUT_MS: '5000',
    ...settings,
  }
  const [a, b] = [await startBare(t, shared), await startBare(t, shared)]
  const write = async (method: string, path: string, json?: unknown): Promise<unknown> => {
    const seen = await a.admin(method, path, json === undefined ? {} : { json })
    if (seen.status >= 300) throw new Error(`${method} ${path}: ${seen.status} ${seen.text}`)
    return seen.text === '' ? undefined : JSON.parse(seen.text)
  }
  await write('PUT', '/v1/accounts/acme', { tenantId: TENANT, baseUrl: sandbox.url, token: WATI_TOKEN })
  await write('PUT', '/v1/channels/sales', { account: 'acme', number: SALES_NUMBER, description: 'Sales' })
  await write('PUT', '/v1/channels/support?wait=all', { account: 'acme', number: SUPPORT_NUMBER })
  return { redis, sandbox, a, b, write }
}

export const READ_ONLY: Claims = { sub: 'auditor', scope: 'admin:read' }

/** The page of the first replica, signed in, at one of its places (`/channels`). */
export async function signedIn(
  t: Test,
  { a }: Pick<Scene, 'a'>,
  place = '/',
  { claims = {}, ...options }: BrowserContextOptions & { claims?: Claims } = {},
): Promise<Page> {
  const page = await openPage(t, `${a.gateway.adminUrl}/#${place}`, options)
  await page.locator('input[name=token]').fill(adminToken(claims))
  await page.keyboard.press('Enter')
  await page.locator('nav.places').waitFor()
  return page
}

/** What stands at a place in words, or a test fails with what stands there instead. */
export async function seen(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor()
}
