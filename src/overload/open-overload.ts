import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Counter, Gauge } from 'prom-client'
import type { Metrics } from '../metrics.ts'
import type { Settings } from '../settings-schema.ts'
import { type Load, Overload, SCARCE, lookAtMemory, makeCollect } from './overload.ts'
import type { Shed } from './shed.ts'

const LOOK_MS = 500

/** What requests are refused from, by the settings and by what V8 and the container allow. */
export function limitsOf(settings: Settings, heapLimitBytes: number, memoryLimitBytes: number): Load {
  const share = settings.OVERLOAD_MEMORY_PERCENT / 100
  return {
    delayMs: settings.OVERLOAD_EVENT_LOOP_DELAY_MS,
    heapBytes: heapLimitBytes * share,
    memoryBytes: memoryLimitBytes * share,
  }
}

/**
 * Watches how late the event loop is and how full the memory, while `app` listens. What refuses requests by it
 * is ours, not the plug-in's: that would do so after one late look, such as the start.
 */
export async function openOverload(
  app: FastifyInstance,
  settings: Settings,
  log: Logger,
  { registry }: Metrics,
): Promise<Shed> {
  await app.register(underPressure, { sampleInterval: LOOK_MS })
  const limits = limitsOf(settings, getHeapStatistics().heap_size_limit, memoryLimitBytes())
  const look = (): Load => ({ delayMs: app.memoryUsage().eventLoopDelay, ...lookAtMemory() })
  const overload = new Overload({ limits, look, collect: makeCollect(), log })
  let timer: NodeJS.Timeout | undefined
  // Not before: a start is busy, and nobody can call.
  app.addHook('onListen', function beginToLook(done) {
    timer = setInterval(() => overload.look(), LOOK_MS).unref()
    done()
  })
  app.addHook('onClose', function stopLooking(_app, done) {
    clearInterval(timer)
    done()
  })
  new Gauge({
    name: 'wati_gateway_overloaded',
    help: '1 for what is scarce while requests are refused because the process is overloaded.',
    labelNames: ['scarce'],
    registers: [registry],
    collect() {
      for (const scarce of SCARCE) this.set({ scarce }, overload.scarce === scarce ? 1 : 0)
    },
  })
  const refused = new Counter({
    name: 'wati_gateway_overload_refused_total',
    help: 'Requests that were refused because the process was overloaded.',
    labelNames: ['plane'],
    registers: [registry],
  })
  // Of a series that appears at its first event, Prometheus does not see that event.
  for (const plane of ['data', 'control']) refused.inc({ plane }, 0)
  return { overload, count: (plane) => refused.inc({ plane }) }
}

/** What the container allows, or else the machine has. */
function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory()
  return Math.min(constrained === 0 ? Infinity : constrained, totalmem())
}
