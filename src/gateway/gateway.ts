import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, HTTPMethods, onRequestHookHandler } from 'fastify'
import type { Dispatcher } from 'undici'
import { authenticate } from '../authentication.ts'
import type { ChannelFinder } from '../directory/directory.ts'
import { OPERATIONS, type Operation } from '../domain/operation.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import type { Idempotency } from '../idempotency/idempotency.ts'
import type { Metrics } from '../metrics.ts'
import type { Settings } from '../settings-schema.ts'
import type { WatiGate } from '../wati/gate.ts'
import { authorize } from './authorize.ts'
import { checkForm } from './check-form.ts'
import { type CallCounter, type RequestMeter, makeCountWhenDone } from './count-request.ts'
import { type RejectionNotes, makeForward } from './forward.ts'
import { makeClaimKey, releaseUnsent } from './idempotency.ts'
import { locate } from './locate.ts'
import { logWhenDone, noteAnswer } from './log-request.ts'
import { makeReceiveBody } from './receive-body.ts'
import { makeResolveChannel } from './resolve-channel.ts'
import { type PaceOptions, makePace } from './pace.ts'
import { makeAskGate } from './pass-gate.ts'
import { makeRewriteRequest } from './rewrite-request.ts'
import type { SendOptions } from './send.ts'
import { step } from './step.ts'
import { type Tracing, makeTrace } from './trace-request.ts'

export interface GatewayOptions {
  readonly settings: Settings
  readonly directory: ChannelFinder
  readonly watiHosts: WatiHosts
  readonly agent: Dispatcher
  /** Without `requests` on a road that is not measured. */
  readonly metrics: Pick<Metrics, 'countOverride'> & { readonly requests?: RequestMeter }
  /** Missing where nothing is traced. */
  readonly tracing?: Tracing | undefined
  readonly usage: CallCounter
  readonly rejections: RejectionNotes
  /** Its `pacer` is `undefined` on a road that sends nothing. */
  readonly pacing: Pick<PaceOptions, 'pacer' | 'calls'>
  /** `undefined` on a road that sends nothing. */
  readonly idempotency: Idempotency | undefined
  /** `undefined` on a road that sends nothing. */
  readonly gate?: WatiGate | undefined
  /** Refuses requests while the process is overloaded; missing on a road that nobody floods. */
  readonly shed?: onRequestHookHandler
}

/** The data plane: the road of a request, step by step. */
export async function gateway(app: FastifyInstance, options: GatewayOptions): Promise<void> {
  const { settings, directory, watiHosts, agent, metrics, usage, rejections, pacing, idempotency, gate } =
    options
  const resolveChannel = makeResolveChannel(directory, watiHosts)
  const numbers = { onConflict: settings.CHANNEL_KEY_CONFLICT, onOverride: metrics.countOverride }
  const pace = { ...pacing, resolveChannel, maxWaitMs: settings.PACE_MAX_WAIT_MS }
  for (const part of ROAD_PARTS) app.decorateRequest(part)
  // Fastify's own would read bodies before we have looked at their type.
  app.removeAllContentTypeParsers()
  if (options.shed) app.addHook('onRequest', options.shed) // is there room for one more?
  app.addHook('onRequest', step(makeCountWhenDone(usage, metrics.requests)))
  app.addHook('onRequest', step(logWhenDone))
  if (options.tracing) app.addHook('onRequest', step(makeTrace(options.tracing)))
  app.addHook('onRequest', step(authenticate)) // who is calling?
  app.addHook('onRequest', step(locate)) // for which operation of Wati, and how is its URL to be read?
  app.addHook('onRequest', step(authorize)) // may they use this alias, and for this?
  app.addHook('onRequest', step(resolveChannel)) // which number, which account?
  app.addHook('onRequest', step(makeReceiveBody(settings))) // is it a body the operation takes?
  app.addHook('onRequest', step(checkForm)) // can all of it be read in one way only?
  app.addHook('onRequest', step(makeRewriteRequest(numbers))) // put the number in
  app.addHook('onRequest', makeClaimKey(idempotency)) // is it the first try with its key?
  app.addHook('onRequest', step(makeAskGate(gate))) // does Wati answer at all?
  app.addHook('onRequest', step(makePace(pace))) // is it its turn?
  app.addHook('onRequest', makeForward({ agent, rejections, gate, ...limitsOfSending(settings) })) // send it, once
  app.addHook('onSend', releaseUnsent)
  app.addHook('onSend', noteAnswer)

  for (const operation of OPERATIONS) {
    await app.register(httpProxy, {
      routes: pathsOf(operation),
      httpMethods: [operation.method],
      config: { operation },
      ...NOT_OF_THE_PROXY,
      undici: agent,
    })
  }
  app.setNotFoundHandler(locate)
}

function limitsOfSending(settings: Settings): Omit<SendOptions, 'agent' | 'gate'> {
  return {
    answerLimits: { headMs: settings.WATI_TIMEOUT_MS, answerMs: settings.WATI_ANSWER_TIMEOUT_MS },
    inspectLimitBytes: settings.ANSWER_INSPECT_LIMIT_BYTES,
    keptLimitBytes: settings.IDEMPOTENCY_ANSWER_LIMIT_BYTES,
  }
}

/** What the steps add to a request, declared first so that all requests have one shape. */
const ROAD_PARTS = [
  'located',
  'alias',
  'channel',
  'account',
  'received',
  'outgoing',
  'pass',
  'outcome',
  'underWay',
  'isAnswered',
  'lastActs',
  'times',
  'trace',
  'namedOtherNumber',
  'idempotency',
  'idempotent',
] as const

/**
 * The proxy mounts the operations; our last hook answers, so its own handler is never reached. It would fail: it gets
 * an upstream that does not exist, a handler that throws, and a constant in place of the caller's URL
 * (CVE-2026-120213, CVE-2026-85124, CVE-2026-127060: all of them begin with that URL). Without `websocket`
 * there is no second way in (CVE-2026-15631, CVE-2026-130647).
 */
const NOT_OF_THE_PROXY = {
  upstream: 'http://wati.invalid',
  handler: neverReached,
  preRewrite: () => '/',
  websocket: false as const,
  disableCache: true,
  retryMethods: [] as HTTPMethods[],
}

function neverReached(): never {
  throw new Error('a request came past the step that sends')
}

/** Under an alias or at the bare root, with the tenant segment that some clients add, or without. */
function pathsOf(operation: Operation): string[] {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1')
  const tenant = '/:tenant(^\\d+$)'
  return [`/channels/:alias${path}`, `/channels/:alias${tenant}${path}`, path, `${tenant}${path}`]
}
