import { readdir } from 'node:fs/promises'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Registry } from 'prom-client'
import { addFigure, addNumber } from './figure.ts'

/** How exactly the delay of the event loop is measured. */
const RESOLUTION_MS = 20
const NANOSECONDS = 1e9

/** What the process itself takes. Ends with `stop`. */
export function measureProcess(registry: Registry): { stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  addFigure(registry, {
    name: 'event_loop_delay_seconds',
    help: 'How late the event loop was since somebody last looked here.',
    type: 'gauge',
    samples: () => readDelay(delay),
  })
  addNumber(registry, {
    name: 'process_cpu_seconds_total',
    help: 'Seconds of a core that the process has taken.',
    type: 'counter',
    value() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
  })
  addNumber(registry, {
    name: 'process_start_time_seconds',
    help: 'When the process started.',
    type: 'gauge',
    value: () => Math.round(Date.now() / 1_000 - process.uptime()),
  })
  addFigure(registry, {
    name: 'process_open_fds',
    help: 'Open files and connections.',
    type: 'gauge',
    samples: async () => [{ labels: {}, value: (await readdir('/proc/self/fd')).length }],
  })
  addMemory(registry)
  addFigure(registry, {
    name: 'process_info',
    help: '1; the version of Node that runs.',
    type: 'gauge',
    samples: () => [{ labels: { node: process.version }, value: 1 }],
  })
  return { stop: () => void delay.disable() }
}

function addMemory(registry: Registry): void {
  addNumber(registry, {
    name: 'process_resident_memory_bytes',
    help: 'Memory the system has given to the process.',
    type: 'gauge',
    value: () => process.memoryUsage.rss(),
  })
  addFigure(registry, {
    name: 'heap_bytes',
    help: "V8's heap: what is used, what it may grow to; external: buffers outside of it.",
    type: 'gauge',
    samples() {
      const { used_heap_size: used, heap_size_limit: limit, external_memory: external } = getHeapStatistics()
      return Object.entries({ used, limit, external }).map(([of, value]) => ({ labels: { of }, value }))
    },
  })
}

function readDelay(delay: IntervalHistogram): { labels: { quantile: string }; value: number }[] {
  const seconds = (quantile: number): number => {
    const late = delay.percentile(quantile * 100) - RESOLUTION_MS * 1e6
    return delay.count === 0 ? 0 : Math.max(0, late) / NANOSECONDS
  }
  const found = [0.5, 0.99, 1].map((quantile) => ({
    labels: { quantile: String(quantile) },
    value: seconds(quantile),
  }))
  delay.reset()
  return found
}
