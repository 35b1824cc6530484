import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayProgram } from '../acceptance/processes.ts'
import { until } from '../faults/replicas.ts'

const LOOK_MS = 100
const READY_WITHIN_MS = 20_000

/** One process of a replica, from its start to its end, as a balancer sees it. */
export class Life {
  readonly name: string
  readonly gateway: GatewayProgram
  /** Keeps connections, as a balancer does. */
  readonly agent = new Agent({ keepAlive: true })
  isReady = false
  wasKilled = false
  #isOver = false

  constructor(name: string, gateway: GatewayProgram) {
    this.name = name
    this.gateway = gateway
    void this.#keepLooking()
  }

  get pid(): number {
    return this.gateway.process.pid ?? 0
  }

  get isOver(): boolean {
    return this.#isOver
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    if (signal === 'SIGKILL') {
      this.wasKilled = true
      this.isReady = false
    }
    const code = await this.gateway.stop(signal)
    this.#isOver = true
    this.agent.destroy()
    return code
  }

  async #keepLooking(): Promise<void> {
    while (!this.#isOver) {
      const signal = AbortSignal.timeout(2_000)
      const answer = await fetch(`${this.gateway.data}/readyz`, { signal }).catch(() => undefined)
      this.isReady = answer?.status === 200 && !this.wasKilled
      await answer?.arrayBuffer().catch(() => undefined)
      await sleep(LOOK_MS)
    }
  }
}

/** A replica, which lives on in one process after the other. */
export class Replica {
  readonly name: string
  readonly lives: Life[] = []
  readonly #start: () => Promise<GatewayProgram>
  readonly #onTrouble: (what: string) => void

  constructor(name: string, start: () => Promise<GatewayProgram>, onTrouble: (what: string) => void) {
    this.name = name
    this.#start = start
    this.#onTrouble = onTrouble
  }

  /** The newest. */
  get life(): Life {
    const life = this.lives.at(-1)
    if (life === undefined) throw new Error(`${this.name} was never started`)
    return life
  }

  /** Starts a process and waits until it is ready. */
  async begin(): Promise<void> {
    const life = new Life(`${this.name}${this.lives.length + 1}`, await this.#start())
    this.lives.push(life)
    void life.gateway.ended().then((code) => {
      if (life.wasKilled || code === 0) return
      this.#onTrouble(`gateway ${life.name} ended with ${code}: ${life.gateway.lines.slice(-3).join('\n')}`)
    })
    await until(
      (isReady) => isReady,
      async () => life.isReady,
      READY_WITHIN_MS,
    )
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.life.end(signal)
  }
}
