import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Load } from './load.ts'
import { headersOf, pathOf } from './requests.ts'

/* The load where there is no wrk, in a process of its own: `autocannon.ts FILE`. Prints what `wrk.lua` prints. */

interface Sent {
  readonly method: 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What we use of autocannon, which comes without types. */
type Autocannon = (options: {
  readonly url: string
  readonly connections: number
  readonly duration: number
  readonly requests: readonly (Sent & { readonly setupRequest?: (request: Sent) => Sent })[]
}) => Promise<{
  readonly requests: { readonly total: number }
  readonly duration: number
  readonly non2xx: number
  readonly errors: number
  readonly latency: { readonly p50: number; readonly p99: number }
}>

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon
const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Load & {
  readonly seconds: number
  readonly connections: number
}
/** As in `wrk.lua`. */
const STEP = 7919
let turn = 0

const found = await autocannon({
  ...{ url: order.url, connections: order.connections, duration: order.seconds },
  requests: order.tokens.map((token) => {
    const sent: Sent = {
      method: 'POST',
      path: pathOf(order.firstAlias),
      headers: headersOf(token),
      body: order.body,
    }
    // Asked before each request, which takes time: only where there are many aliases.
    const setupRequest = (): Sent => ({
      ...sent,
      path: pathOf(order.firstAlias + ((++turn * STEP) % order.aliases)),
    })
    return order.aliases === 1 ? sent : { ...sent, setupRequest }
  }),
})
const summary = {
  ...{ requests: found.requests.total, microseconds: found.duration * 1e6 },
  ...{ refused: found.non2xx, broken: found.errors },
  ...{ p50: found.latency.p50 * 1000, p99: found.latency.p99 * 1000 },
}
process.stdout.write(`${JSON.stringify(summary)}\n`)
