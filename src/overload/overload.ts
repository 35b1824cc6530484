import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Logger } from 'pino'

/** What is scarce. */
export const SCARCE = ['event-loop', 'heap', 'memory'] as const
export type Scarce = (typeof SCARCE)[number]

/** What the process is like at one moment. */
export interface Load {
  /** By how much the event loop was late, on the average since the last look. */
  readonly delayMs: number
  readonly heapBytes: number
  /** Of the heap and of the buffers outside of it. */
  readonly memoryBytes: number
}

export interface OverloadOptions {
  readonly limits: Load
  readonly look: () => Load
  /** Makes V8 let go of what nobody holds any more. */
  readonly collect: () => void
  readonly log: Pick<Logger, 'error' | 'info'>
}

/** One late look is a start, a large answer or a collection of garbage; two in a row are a load. */
const LOOKS_IN_A_ROW = 2

/** Collecting stops the process, for a second when the heap is large. */
const LOOKS_BETWEEN_COLLECTIONS = 6

/** Is the process overloaded? It is after two looks in a row that say so, and no longer after two that do not. */
export class Overload {
  readonly #options: OverloadOptions
  #scarce: Scarce | undefined
  #differing = 0
  #refused = 0
  #looksSinceCollection = LOOKS_BETWEEN_COLLECTIONS

  constructor(options: OverloadOptions) {
    this.#options = options
  }

  /** What is scarce; `undefined` while nothing is. */
  get scarce(): Scarce | undefined {
    return this.#scarce
  }

  /** Counts a request that was refused. */
  refuse(): void {
    this.#refused++
  }

  /** To be called every half second. */
  look(): void {
    const found = this.#find()
    this.#differing = (found === undefined) === (this.#scarce === undefined) ? 0 : this.#differing + 1
    if (this.#differing < LOOKS_IN_A_ROW) return
    this.#differing = 0
    if (found === undefined) {
      this.#options.log.info({ refused: this.#refused }, 'the process is no longer overloaded')
    } else {
      this.#refused = 0
      this.#options.log.error({ alarm: 'overloaded', scarce: found }, 'the process is overloaded')
    }
    this.#scarce = found
  }

  #find(): Scarce | undefined {
    const found = scarceOf(this.#options.look(), this.#options.limits)
    this.#looksSinceCollection++
    if (found === undefined || found === 'event-loop') return found
    // What is in use may be garbage, and while requests are refused nothing makes V8 collect it.
    if (this.#looksSinceCollection < LOOKS_BETWEEN_COLLECTIONS) return found
    this.#looksSinceCollection = 0
    this.#options.collect()
    return scarceOf(this.#options.look(), this.#options.limits)
  }
}

function scarceOf(load: Load, limits: Load): Scarce | undefined {
  if (load.heapBytes > limits.heapBytes) return 'heap'
  if (load.memoryBytes > limits.memoryBytes) return 'memory'
  return load.delayMs > limits.delayMs ? 'event-loop' : undefined
}

/** What of the memory is in use; buffers lie outside of the heap. */
export function lookAtMemory(): Omit<Load, 'delayMs'> {
  const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics()
  return { heapBytes, memoryBytes: heapBytes + externalBytes }
}

/** Makes a function that collects garbage at once. V8 gives it only to contexts that are made with this flag. */
export function makeCollect(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}
