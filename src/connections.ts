import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
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

/** When so much of the limit is free again, the log says that the crowd is over. */
const CALM = 0.9

/** Sets how many connections a listener takes at a time, and how long an answer waits to be taken. */
export function limitConnections(app: FastifyInstance, settings: Settings): void {
  const counts: ConnectionCounts = { open: 0, refused: 0, cut: 0 }
  app.decorate('connections', counts)
  limitNumber(app, settings.CONNECTION_LIMIT)
  app.addHook('onSend', function limitTaking(request, { raw }, payload, done) {
    cutUnlessTaken(raw, settings.ANSWER_TIMEOUT_MS, () => {
      counts.cut++
      request.log.warn('a caller did not take its answer in time: the connection was cut')
    })
    done(null, payload)
  })
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

/** Node waits for ever. What Wati has not sent yet is not the caller's fault: then it has as much time again. */
function cutUnlessTaken(raw: ServerResponse, limitMs: number, onCut: () => void): void {
  const timer = setTimeout(function look() {
    if (raw.destroyed || raw.writableFinished) return
    if (raw.writableLength === 0) {
      timer.refresh()
      return
    }
    onCut()
    // Not closed politely: the system would go on offering the caller what it does not take.
    raw.socket?.resetAndDestroy()
  }, limitMs).unref()
  raw.once('close', () => clearTimeout(timer))
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
