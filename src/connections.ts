import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Counter, Gauge } from 'prom-client'
import type { Metrics } from './metrics.ts'
import type { Settings } from './settings-schema.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly connections: ConnectionCounts
  }
}

/** Since the start, but for those that are open now. */
export interface ConnectionCounts {
  open: number
  /** Because there were CONNECTION_LIMIT already. */
  refused: number
  /** Because the caller did not take its answer. */
  cut: number
}

/** How often answers are looked at that callers have not taken: often enough for the limit to mean what it says. */
const LONGEST_LOOK_MS = 1_000
const LOOKS_IN_LIMIT = 10

/** When so much of the limit is free again, the log says that the crowd is over. */
const CALM = 0.9

/** Sets how many connections a listener takes at a time, and how long an answer waits to be taken. */
export function limitConnections(app: FastifyInstance, settings: Settings): void {
  const counts: ConnectionCounts = { open: 0, refused: 0, cut: 0 }
  app.decorate('connections', counts)
  limitNumber(app, settings.CONNECTION_LIMIT)
  cutUnlessTaken(app, settings.ANSWER_TIMEOUT_MS)
}

/** What is over the limit is closed at once, without a word: an answer would cost what is to be saved. */
function limitNumber({ server, connections, log }: FastifyInstance, limit: number): void {
  let isFull = false
  server.maxConnections = limit
  server.on('drop', function refuse() {
    connections.refused++
    if (isFull) return
    isFull = true
    log.error({ alarm: 'connections-full', limit }, 'no more connections are taken until some are closed')
  })
  server.on('connection', function count(socket) {
    connections.open++
    socket.once('close', function uncount() {
      connections.open--
      if (!isFull || connections.open > limit * CALM) return
      isFull = false
      log.info({ refused: connections.refused }, 'connections are taken again')
    })
  })
}

/** The last answer on a connection, and since when it is offered to the caller. */
interface Offered {
  readonly reply: FastifyReply
  /** On the clock of `performance.now()`. */
  since: number
}

/**
 * Node waits for ever. What Wati has not sent yet is not the caller's fault: then it has as much time again. All
 * connections are looked at now and then: a timer for each answer would cost more than the answer's header.
 */
function cutUnlessTaken(app: FastifyInstance, limitMs: number): void {
  const answers = new Map<Socket, Offered | undefined>()
  app.server.on('connection', (socket) => {
    answers.set(socket, undefined)
    socket.once('close', () => answers.delete(socket))
  })
  app.addHook('onSend', function limitTaking({ raw: { socket } }, reply, payload, done) {
    if (answers.has(socket)) answers.set(socket, { reply, since: performance.now() })
    done(null, payload)
  })
  const look = (): void => {
    const now = performance.now()
    for (const [socket, offered] of answers) {
      if (offered === undefined) continue
      const { raw, log } = offered.reply
      // A connection may lie idle for long, and its last request would be held as long.
      if (raw.destroyed || raw.writableFinished) answers.set(socket, undefined)
      else if (now - offered.since < limitMs) continue
      else if (raw.writableLength === 0) offered.since = now
      else {
        app.connections.cut++
        log.warn('a caller did not take its answer in time: the connection was cut')
        // Not closed politely: the system would go on offering the caller what it does not take.
        socket.resetAndDestroy()
      }
    }
  }
  app.server.once('listening', () => {
    const timer = setInterval(look, Math.min(LONGEST_LOOK_MS, limitMs / LOOKS_IN_LIMIT)).unref()
    app.server.once('close', () => clearInterval(timer))
  })
}

type Listeners = Readonly<Record<'data' | 'control', FastifyInstance>>

/** How many connections there are, and how many were not let in or cut off. */
export function measureConnections({ registry }: Metrics, listeners: Listeners): void {
  const settings = { labelNames: ['plane'], registers: [registry] }
  const all = Object.entries(listeners)
  new Gauge({
    ...settings,
    name: 'wati_gateway_connections',
    help: 'Connections that are open.',
    collect() {
      for (const [plane, { connections }] of all) this.set({ plane }, connections.open)
    },
  })
  const counter = (name: string, help: string, of: 'refused' | 'cut'): Counter =>
    new Counter({
      ...settings,
      name: `wati_gateway_${name}_total`,
      help,
      collect() {
        this.reset()
        for (const [plane, { connections }] of all) this.inc({ plane }, connections[of])
      },
    })
  counter('connections_refused', 'Connections that were not taken: CONNECTION_LIMIT were open.', 'refused')
  counter('slow_readers_cut', 'Callers that did not take their answers within ANSWER_TIMEOUT_MS.', 'cut')
}
