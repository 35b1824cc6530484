import type { FastifyInstance } from 'fastify'
import type { DirectoryState } from './directory/directory.ts'
import { Refusal } from './errors.ts'

export interface Health {
  readonly directory: () => DirectoryState
  readonly draining: () => boolean
}

/** `GET /healthz` (the process lives) and `GET /readyz` (it can serve), without a token, on both listeners. */
export async function health(app: FastifyInstance, { directory, draining }: Health): Promise<void> {
  app.get('/healthz', function healthz() {
    return { status: 'alive' }
  })
  app.get('/readyz', function readyz() {
    if (draining()) throw unready('shutting-down', 'The gateway is stopping: send requests elsewhere.')
    const state = directory()
    if (state === 'not-loaded')
      throw unready('store-unavailable', 'The directory of channels is not loaded yet.')
    return state === 'current' ? { status: 'ready' } : { status: 'degraded', directory: state }
  })
}

function unready(problem: 'shutting-down' | 'store-unavailable', detail: string): Refusal {
  return new Refusal(problem, detail, { headers: { 'retry-after': '1' } })
}
