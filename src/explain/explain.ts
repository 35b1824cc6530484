import { randomBytes, randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { createSigner } from 'fast-jwt'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { authentication } from '../authentication.ts'
import { SCOPES } from '../domain/caller.ts'
import { Refusal, problemDocument } from '../errors.ts'
import { type GatewayOptions, gateway } from '../gateway/gateway.ts'
import { makeServer } from '../server.ts'
import { type Change, listChanges } from './changes.ts'
import { type InnerAnswer, sendInside } from './inner-request.ts'
import { Mirror, type ShownRequest } from './mirror.ts'

/** A request as a caller would send it to the data plane, but for its token. */
export interface Question {
  /** The alias. */
  readonly channel: string
  readonly method: string
  /** Wati's own, with its query, as it would stand in the URL behind `/channels/{alias}`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Taken where the headers bring no `x-request-id`: under it the log tells of the question. */
  readonly requestId?: string
}

/** The request Wati would get, or the problem document the caller would get. */
export type Explanation =
  | { readonly request: ShownRequest; readonly changes: Change[] }
  | { readonly refusal: Readonly<Record<string, unknown>> }

export interface ExplainOptions extends Omit<
  GatewayOptions,
  'agent' | 'metrics' | 'usage' | 'rejections' | 'idempotency' | 'pacing' | 'gate' | 'shed' | 'tracing'
> {
  readonly log: Logger
}

export interface Explainer {
  explain(question: Question): Promise<Explanation>
  close(): Promise<void>
}

/** What is only shown is not counted, takes no turn, and uses up no key. */
const LEAVES_NO_TRACE = {
  pacing: { pacer: undefined, calls: () => ({ account: 0, channel: 0 }) },
  idempotency: undefined,
  gate: undefined,
  metrics: { countOverride: () => undefined },
  tracing: undefined,
  usage: { begin: () => undefined, end: () => undefined },
  rejections: { note: () => undefined },
}

const CALLER_SCOPES = SCOPES.filter((scope) => !scope.startsWith('admin:')).join(' ')
const TOKEN_LIFETIME_MS = 60_000

/** They belong to the caller's connection and token, which are ours here. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'trailer',
])

/**
 * Builds the road of the data plane once more, with a mirror in place of the agent. It never listens, and nobody
 * outside knows the secret of its tokens.
 */
export async function makeExplainer({ log, ...road }: ExplainOptions): Promise<Explainer> {
  const secret = randomBytes(48).toString('base64url')
  const app = makeServer('explain', road.settings, log)
  const requests = new WeakMap<Duplex, FastifyRequest>()
  app.addHook('onRequest', async function remember(request) {
    requests.set(request.raw.socket, request)
  })
  const keys = { secret, publicKeys: [], issuer: undefined, audience: undefined, isRevoked: () => false }
  await app.register(authentication, keys)
  await app.register(gateway, { ...road, agent: new Mirror(), ...LEAVES_NO_TRACE })
  await app.ready()
  const sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: TOKEN_LIFETIME_MS })

  return {
    async explain(question) {
      const token = sign({ sub: 'explain', channels: [question.channel], scope: CALLER_SCOPES })
      const answer = await sendQuestion(app.server, question, token)
      if (answer instanceof Refusal) {
        return { refusal: problemDocument(answer, question.requestId ?? randomUUID()) }
      }
      const said = JSON.parse(answer.text) as Record<string, unknown>
      const request = requests.get(answer.socket)
      if (answer.status !== 200 || request === undefined) return { refusal: said }
      const shown = said as unknown as ShownRequest
      const sent = { path: question.path, headers: headersOf(question), body: question.body ?? '' }
      return { request: shown, changes: listChanges(sent, request, shown) }
    },
    close: () => app.close(),
  }
}

/** Gives a refusal instead of an answer for what HTTP cannot carry: there is no such request. */
async function sendQuestion(
  server: Parameters<typeof sendInside>[0],
  question: Question,
  token: string,
): Promise<InnerAnswer | Refusal> {
  const { channel, method, path, body = '', requestId } = question
  const given = Object.entries(headersOf(question))
  const namesItself = given.some(([name]) => name.toLowerCase() === 'x-request-id')
  try {
    return await sendInside(server, {
      method,
      path: asBytes(`/channels/${channel}${path}`),
      headers: [
        ...['host', 'wati-gateway', 'authorization', `Bearer ${token}`],
        ...(namesItself || requestId === undefined ? [] : ['x-request-id', requestId]),
        ...given
          .filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
          .flatMap(([name, value]) => [name, asBytes(value)]),
        ...['content-length', String(Buffer.byteLength(body))],
      ],
      body,
    })
  } catch (error) {
    if (!CANNOT_BE_SENT.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    return new Refusal(
      'malformed-request',
      'HTTP cannot carry this request: its path or a header line holds a space or control character that may not stand there.',
    )
  }
}

const CANNOT_BE_SENT: ReadonlySet<string> = new Set([
  'ERR_UNESCAPED_CHARACTERS',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
])

/** A body without a type is taken for JSON: most are. */
function headersOf({ headers = {}, body = '' }: Question): Readonly<Record<string, string>> {
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  return hasType || body === '' ? headers : { ...headers, 'content-type': 'application/json' }
}

/** As UTF-8, one character a byte: how Node writes what stands in the head of a request. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
