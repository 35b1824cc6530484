import type { onRequestHookHandler } from 'fastify'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import type { Overload } from './overload.ts'

/** What refuses requests while the process is overloaded, and counts them. */
export interface Shed {
  readonly overload: Pick<Overload, 'scarce' | 'refuse'>
  readonly count: (plane: 'data' | 'control') => void
}

const RETRY_AFTER_SECONDS = '2'

/**
 * Makes the hook: is there room for one request more? Asked before anything else is done with it, and without a log
 * line: a request that is refused must cost next to nothing. On the control plane only what reads is refused, because
 * writes end an overload: a token revoked, a channel switched off.
 */
export function makeShed({ overload, count }: Shed, plane: 'data' | 'control'): onRequestHookHandler {
  return function shed(request, _reply, done) {
    if (overload.scarce === undefined || (plane === 'control' && request.method !== 'GET')) {
      done()
      return
    }
    overload.refuse()
    count(plane)
    const { operation } = request.routeOptions.config
    const isWrite = operation !== undefined && writes(operation)
    const detail = 'The gateway is overloaded: nothing was done. Try again in a moment.'
    const headers = { 'retry-after': RETRY_AFTER_SECONDS }
    done(new Refusal('overloaded', detail, { headers, ...(isWrite && { outcome: 'not_sent' }) }))
  }
}
