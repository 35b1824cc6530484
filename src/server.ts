import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import type { Logger } from 'pino'
import { answerBrokenConnection, answerRefusal, answerWithProblems, toRefusal } from './problem-answers.ts'
import type { Settings } from './settings-schema.ts'

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/

/** Longer aliases and numbers do not exist; the router's own limit would answer for us. */
const LONGEST_SEGMENT = 512

/**
 * A listener of either plane: its limits, its request ids, its problem documents.
 * Fastify's own time-outs are off by default, and its router forgives too much: both are written out.
 */
export function makeServer(plane: 'data' | 'control', settings: Settings, log: Logger): FastifyInstance {
  // Typed as Fastify's own, or each instance would have a type of its own.
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    requestTimeout: settings.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: settings.KEEP_ALIVE_TIMEOUT_MS,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    http: {
      headersTimeout: settings.REQUEST_HEADERS_TIMEOUT_MS,
      requestTimeout: settings.REQUEST_TIMEOUT_MS,
    },
    exposeHeadRoutes: false,
    // Requests that are under way when the listener closes are served, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: LONGEST_SEGMENT,
    },
    // Ajv would otherwise turn "5" into 5 and drop the fields it does not know.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    rewriteUrl: (request) => routableUrl(request.url ?? ''),
    clientErrorHandler: (error, socket) => answerBrokenConnection(error, socket),
    frameworkErrors: (error, request, reply) =>
      void answerRefusal(toRefusal(error), request as FastifyRequest, reply),
  })
  // Past its limit Node drops header lines without a word; we count them ourselves.
  app.server.maxHeadersCount = 0
  answerWithProblems(app)
  app.addHook('onRequest', async function nameRequest(request, reply) {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onListen', function announce(done) {
    log.info({ plane, addresses: app.addresses().map(printAddress) }, `the ${plane} plane accepts requests`)
    done()
  })
  return app
}

/**
 * The router answers a path it cannot decode itself, before any hook asks for a token. So such a path is led
 * to where nothing is; the hooks read `originalUrl`, see what was sent, and refuse it in their order.
 */
function routableUrl(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  if (!path.includes('%')) return url
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return '/undecodable'
  }
}

function printAddress(listener: string | AddressInfo): string {
  if (typeof listener === 'string') return listener
  const { address, port, family } = listener
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}
