import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { limitConnections } from './connections.ts'
import { letGoOfConnections } from './let-go.ts'
import { answerBrokenConnection, answerRefusal, answerWithProblems, toRefusal } from './problem-answers.ts'
import { RequestLog } from './request-log.ts'
import type { Settings } from './settings-schema.ts'

/** `explain` never listens: it shows what the data plane would send. */
export type Plane = 'data' | 'control' | 'explain'

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/

/** No forgiveness: one way to write a path. Its length is limited by Node, and looked at by our own hooks. */
const STRICT_ROUTER = {
  caseSensitive: true,
  ignoreTrailingSlash: false,
  ignoreDuplicateSlashes: false,
  maxParamLength: 1_000_000,
}

/**
 * Ajv would otherwise turn "5" into 5, drop the fields it does not know, and spend most of a start on making the code
 * of its checks a little shorter.
 */
const AJV_OPTIONS = {
  coerceTypes: false,
  removeAdditional: false,
  verbose: true,
  code: { optimize: false },
} as const

/** The data plane reads queries itself, as raw bytes. */
const readNoQuery = (): Record<string, string> => ({})

/** How often Node looks for requests that take too long. */
const TIMEOUT_CHECK_MS = 1_000

const MOST_LISTENERS = 20

/** Node's own preset, which an option of its command line can move: the header of a request, first line included. */
const HEADER_LIMIT_BYTES = 16_384

/**
 * A listener of either plane: its limits, its request ids, its problem documents.
 * Fastify's own time-outs are off by default, and its router forgives too much: both are written out.
 */
export function makeServer(
  plane: Plane,
  settings: Settings,
  log: Logger,
  isDraining = (): boolean => false,
): FastifyInstance {
  // Typed as Fastify's own, or each instance would have a type of its own.
  const loggerInstance: FastifyBaseLogger = log.child({ plane })
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    childLoggerFactory: (parent, bindings, options) => new RequestLog(parent, bindings, options),
    requestTimeout: settings.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: settings.KEEP_ALIVE_TIMEOUT_MS,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    http: httpLimits(settings),
    exposeHeadRoutes: false,
    // Requests that are under way when the listener closes are served, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: plane === 'control' ? STRICT_ROUTER : { ...STRICT_ROUTER, querystringParser: readNoQuery },
    ajv: { customOptions: AJV_OPTIONS },
    rewriteUrl: (request) => routableUrl(request.url ?? ''),
    clientErrorHandler: (error, socket) => answerBrokenConnection(error, socket, loggerInstance),
    frameworkErrors: (error, request, reply) =>
      void answerRefusal(toRefusal(error), request as FastifyRequest, reply),
  })
  // Past its limit Node drops header lines without a word; we count them ourselves.
  app.server.maxHeadersCount = 0
  // An `Expect` that Node does not know goes the way of every request.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  answerWithProblems(app)
  limitConnections(app, settings)
  letGoOfConnections(app, isDraining, settings.REQUEST_HEADERS_TIMEOUT_MS)
  app.addHook('onRequest', function nameRequest(request, reply, done) {
    // Each step that must know of the end listens once, and Node warns of more than ten.
    reply.raw.setMaxListeners(MOST_LISTENERS)
    reply.header('x-request-id', request.id)
    done()
  })
  return app
}

function httpLimits(settings: Settings) {
  return {
    maxHeaderSize: HEADER_LIMIT_BYTES,
    headersTimeout: settings.REQUEST_HEADERS_TIMEOUT_MS,
    requestTimeout: settings.REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Node would answer in its own way; our hooks look at `Host` themselves.
    requireHostHeader: false,
  }
}

/**
 * The router answers a path it cannot decode itself, before any hook asks for a token. So such a path is led
 * to where nothing is; the hooks read `originalUrl`, see what was sent, and refuse it in their order.
 */
function routableUrl(url: string): string {
  return isDecodable(url) ? url : '/undecodable'
}

/** Are all percent codes of the path valid, and UTF-8? */
export function isDecodable(url: string): boolean {
  const path = url.split('?', 1)[0] ?? ''
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

/** Starts to listen, and says so in one line. Gives the address, such as `http://127.0.0.1:8080`. */
export async function listen(
  app: FastifyInstance,
  plane: Plane,
  host: string,
  port: number,
): Promise<string> {
  // On 0.0.0.0 Fastify writes a line for each address of the machine.
  const { level } = app.log
  app.log.level = 'silent'
  const url = await app.listen({ host, port })
  app.log.level = level
  app.log.info({ addresses: app.addresses().map(printAddress) }, `the ${plane} plane accepts requests`)
  return url
}

function printAddress(listener: string | AddressInfo): string {
  if (typeof listener === 'string') return listener
  const { address, port, family } = listener
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}
