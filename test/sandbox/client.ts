import type { Test } from 'tap'
import {
  SANDBOX_DEFAULTS,
  startSandbox,
  type Sandbox,
  type SandboxOptions,
} from '../../src/sandbox/sandbox.ts'

export const TENANT = SANDBOX_DEFAULTS.tenantId
export const TOKEN = SANDBOX_DEFAULTS.token
export const [DEFAULT_NUMBER, SECOND_NUMBER] = SANDBOX_DEFAULTS.numbers
export const CONTACT = '5511988887777'

export const TEMPLATE = { template_name: 'order_update', broadcast_name: 'june', parameters: [] }

/** What came back: `body` is the parsed JSON, or the text when it is none. */
export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly bytes: Buffer
  readonly body: Readonly<Record<string, unknown>>
}

export interface Client {
  readonly sandbox: Sandbox
  /** A request to Wati's API with the right token; `path` begins after the tenant. */
  call(method: string, path: string, options?: RequestOptions): Promise<Seen>
  /** A request to v3 with the right token; `path` begins after `/api/ext/v3`. */
  v3(method: string, path: string, options?: RequestOptions): Promise<Seen>
  /** A request to any path, with nothing added. */
  raw(method: string, path: string, options?: RequestOptions): Promise<Seen>
  fault(order: Record<string, unknown>): Promise<Seen>
}

export interface RequestOptions {
  readonly headers?: Record<string, string>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData
}

/** A fresh sandbox that the test takes down again. */
export async function startClient(t: Test, options: SandboxOptions = {}): Promise<Client> {
  const sandbox = await startSandbox(options)
  t.teardown(() => sandbox.close())
  const raw: Client['raw'] = async (method, path, { headers = {}, json, body } = {}) => {
    const response = await fetch(sandbox.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const text = bytes.toString()
    return { status: response.status, headers: response.headers, bytes, text, body: parse(text) }
  }
  const authorized =
    (prefix: string): Client['call'] =>
    (method, path, request = {}) =>
      raw(method, prefix + path, {
        ...request,
        headers: { authorization: `Bearer ${TOKEN}`, ...request.headers },
      })
  return {
    sandbox,
    raw,
    call: authorized(`/${TENANT}`),
    v3: authorized('/api/ext/v3'),
    fault: (order) => raw('POST', '/_sandbox/faults', { json: order }),
  }
}

/** A list inside an answer, such as `messages.items`. */
export function listIn(body: Seen['body'], ...path: string[]): unknown[] {
  let value: unknown = body
  for (const name of path) value = (value as Seen['body'])[name]
  return value as unknown[]
}

/** Each item matches its pattern, and there are no others: `t.match` alone allows more items. */
export function matchAll(
  t: Test,
  items: readonly unknown[],
  patterns: readonly unknown[],
  message = 'each item matches',
): void {
  t.equal(items.length, patterns.length, message)
  t.match(items, patterns, message)
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
