import type { Life, Replica } from './replica.ts'
import { type Vitals, readVitals } from './vitals.ts'

/** Takes samples of all lives of the replicas, until it is stopped. */
export class Watch {
  readonly #replicas: readonly Replica[]
  readonly #samples = new Map<Life, Vitals[]>()
  readonly #log: (line: string) => void
  readonly #timer: NodeJS.Timeout

  constructor(replicas: readonly Replica[], everyMs: number, log: (line: string) => void) {
    this.#replicas = replicas
    this.#log = log
    this.#timer = setInterval(() => this.sample(), everyMs)
    this.sample()
  }

  sample(): void {
    for (const { life } of this.#replicas) {
      const vitals = life.isOver ? undefined : readVitals(life.pid, performance.now())
      if (vitals === undefined) continue
      const samples = this.#samples.get(life) ?? []
      this.#samples.set(life, samples)
      samples.push(vitals)
      // Kept whole, the log would be what grows.
      for (const line of life.gateway.lines.splice(0))
        if (!line.startsWith('{"level":"info"')) this.#log(`${life.name} ${line}`)
    }
  }

  of(life: Life): readonly Vitals[] {
    return this.#samples.get(life) ?? []
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
