import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type GatewayProgram, startGateway, token } from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { startCountingWati } from './counting-wati.ts'
import { keyOf, setUpUnlimited } from './replicas.ts'

/**
 * Two replicas are renewed, one after the other, behind a balancer that asks them `readyz`, while callers send.
 * ROLLING_SECONDS: how long (8); as many restarts as fit into it.
 */

const SECONDS = Number(process.env['ROLLING_SECONDS'] ?? 8)
const PER_SECOND = 200
const MOST_AT_ONCE = 20
const LOOK_MS = 100
/** Many looks, also where the machine is busy. */
const DELAY_MS = 2_000
const PATH = '/channels/sales/api/v1/updateChatStatus'
const CALLER = token({ sub: 'shop', channels: ['sales'], scope: 'chats:write' })

/** One of the balancer's targets, with the connections it keeps to it. */
class Target {
  isReady = false
  readonly gateway: GatewayProgram
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #looking: Promise<void>
  #closed = false

  constructor(gateway: GatewayProgram) {
    this.gateway = gateway
    this.#looking = this.#keepLooking()
  }

  async #keepLooking(): Promise<void> {
    while (!this.#closed) {
      const signal = AbortSignal.timeout(1_000)
      const answer = await fetch(`${this.gateway.data}/readyz`, { signal }).catch(() => undefined)
      this.isReady = answer?.status === 200
      await answer?.arrayBuffer().catch(() => undefined)
      await sleep(LOOK_MS)
    }
  }

  /** Sends once, whatever comes of it; gives the status, or what went wrong. */
  async send(key: string): Promise<string> {
    const headers = { authorization: `Bearer ${CALLER}`, 'content-type': 'application/json' }
    return await new Promise((resolve) => {
      const outgoing = request(`${this.gateway.data}${PATH}`, { method: 'POST', agent: this.#agent, headers })
      outgoing.on('error', (error) => resolve(`failed: ${error.message}`))
      outgoing.on('response', (incoming: IncomingMessage) => {
        const { statusCode = 0 } = incoming
        let text = ''
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
        incoming.on('close', () => {
          if (!incoming.complete) resolve('cut short')
          else resolve(statusCode === 200 ? '200' : `${statusCode} ${text.slice(0, 80)}`)
        })
      })
      outgoing.end(JSON.stringify({ key }))
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#agent.destroy()
    await this.#looking
  }
}

/** Hands requests to the targets that are ready, in turn. */
class Balancer {
  targets: Target[] = []
  #turn = 0

  async send(key: string): Promise<string> {
    const ready = this.targets.filter(({ isReady }) => isReady)
    return (await ready[this.#turn++ % ready.length]?.send(key)) ?? 'nobody is ready'
  }

  async add(gateway: GatewayProgram): Promise<Target> {
    const target = new Target(gateway)
    this.targets.push(target)
    while (!target.isReady) await sleep(10)
    return target
  }

  async remove(target: Target): Promise<void> {
    await target.close()
    this.targets = this.targets.filter((one) => one !== target)
  }
}

/** Sends so many requests a second until it is told to stop; gives how often each result came. */
function startSending(t: Test, balancer: Balancer): { keys: string[]; stop: () => Promise<object> } {
  const keys: string[] = []
  const counts: Record<string, number> = {}
  const pending = new Set<Promise<void>>()
  let last = performance.now()
  const tick = setInterval(() => {
    const now = performance.now()
    // What a busy machine has missed is not made up for: many at once would be another test.
    const due = Math.min(MOST_AT_ONCE, Math.round(((now - last) / 1_000) * PER_SECOND))
    if (due === 0) return
    last = now
    for (let count = 0; count < due; count++) {
      const key = `key-${keys.length}`
      keys.push(key)
      const sent = balancer.send(key).then((result) => {
        counts[result] = (counts[result] ?? 0) + 1
        pending.delete(sent)
      })
      pending.add(sent)
    }
  }, 10)
  t.teardown(() => clearInterval(tick))
  return {
    keys,
    async stop() {
      clearInterval(tick)
      await Promise.all(pending)
      return counts
    },
  }
}

t.test('a rolling restart of two replicas loses no request, and doubles none', async (t) => {
  const redis = await startRedis(t)
  const wati = await startCountingWati(t, () => 'answer')
  const settings = {
    REDIS_URL: redis.url,
    ENCRYPTION_KEYS: keyOf('k1'),
    WATI_HOSTS: wati.url,
    SHUTDOWN_DELAY_MS: String(DELAY_MS),
  }
  let started = 0
  const folder = folderOf(t)
  const start = () => startGateway(t, { ...settings, DATA_DIR: `${folder}/${++started}` })
  const balancer = new Balancer()
  t.teardown(() => Promise.all(balancer.targets.map((target) => target.close())))
  const first = await Promise.all([start(), start()])
  await setUpUnlimited(first[0], wati.url)
  for (const gateway of first) await balancer.add(gateway)

  const sending = startSending(t, balancer)
  const until = performance.now() + SECONDS * 1_000
  let restarts = 0
  while (restarts < 2 || performance.now() < until) {
    const [oldest] = balancer.targets
    await balancer.add(await start())
    t.equal(await oldest?.gateway.stop('SIGTERM'), 0)
    if (oldest) await balancer.remove(oldest)
    restarts++
  }
  const counts = await sending.stop()
  t.comment(`${restarts} restarts, ${sending.keys.length} requests`)
  t.strictSame(counts, { 200: sending.keys.length }, 'none failed')
  const arrived = wati.arrivals.map(({ key }) => key)
  t.equal(arrived.length, sending.keys.length, 'none came twice')
  t.strictSame(new Set(arrived), new Set(sending.keys))
})
