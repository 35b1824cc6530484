import type { Logger } from 'pino'
import { Refusal, storeUnavailable } from '../errors.ts'
import { sealAgain } from './entry.ts'
import type { Seal } from './seal.ts'
import type { DirectoryStore, SealedChange } from './store.ts'

/** How far the sealing anew with the first key has come. */
export interface RotationProgress {
  /** The key that seals, and all keys of this replica's ring. */
  readonly first: string
  readonly ring: readonly string[]
  readonly running: boolean
  readonly startedAt?: string
  readonly finishedAt?: string
  /** Why the last one ended before its end: start it again, it goes on where it was. */
  readonly error?: string
  /** Records and changes looked at so far. */
  readonly done?: number
  /** By which keys everything in the store is sealed; not counted while a rotation runs. */
  readonly sealedWith?: readonly {
    readonly key: string
    readonly records: number
    readonly changes: number
  }[]
  /** Is everything sealed with the first key, so that the others can leave the ring? */
  readonly complete?: boolean
}

interface Parts {
  readonly store: DirectoryStore
  readonly seal: Seal
  readonly log: Logger
}

/** Seals everything in the store with the ring's first key, while the gateway serves. */
export class Rotation {
  readonly #parts: Parts
  #running: Promise<void> | undefined
  #state: Pick<RotationProgress, 'startedAt' | 'finishedAt' | 'error' | 'done'> = {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get firstKey(): string {
    return this.#parts.seal.first
  }

  /** Starts, unless one is running. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Throws `conflict` while a replica would not be able to read the result, or would seal with another key. */
  async checkReplicas(): Promise<void> {
    const { seal, store } = this.#parts
    const { items } = await store.replicas().catch((cause: unknown) => {
      throw storeUnavailable('The store is away, so it is not known which keys the replicas have.', cause)
    })
    const other = items.find(({ keys }) => keys[0] !== seal.first)
    if (other !== undefined) {
      throw new Refusal(
        'conflict',
        `The replica ${other.address} does not seal with the key ${seal.first} yet: give all replicas the same ENCRYPTION_KEYS first.`,
      )
    }
  }

  async progress(): Promise<RotationProgress> {
    const { first, keys: ring } = this.#parts.seal
    const running = this.#running !== undefined
    return { first, ring, running, ...this.#state, ...(!running && (await this.#count())) }
  }

  /** Resolves when nothing of it runs any more. */
  async ended(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { store, seal, log } = this.#parts
    this.#state = { startedAt: new Date().toISOString(), done: 0 }
    try {
      await store.reseal({
        name: seal.first,
        again: (change) => {
          this.#state = { ...this.#state, done: (this.#state.done ?? 0) + 1 }
          return sealAgain(seal, change)
        },
      })
      log.info({ key: seal.first }, 'everything in the store is sealed with the first key')
    } catch (error) {
      this.#state = { ...this.#state, error: 'It was broken off by the store: start it again to go on.' }
      log.error({ alarm: 'rotation-failed', err: error }, 'the sealing anew was broken off')
    }
    this.#state = { ...this.#state, finishedAt: new Date().toISOString() }
    this.#running = undefined
  }

  async #count(): Promise<Pick<RotationProgress, 'sealedWith' | 'complete'>> {
    const { store, seal } = this.#parts
    const counts = new Map<string, { records: number; changes: number }>()
    const count = (change: SealedChange, where: 'record' | 'history'): undefined => {
      const key = seal.keyOf(change.sealed)
      const counted = counts.get(key) ?? { records: 0, changes: 0 }
      counted[where === 'record' ? 'records' : 'changes'] += 1
      counts.set(key, counted)
    }
    await store.reseal({ name: 'count', again: count }).catch((cause: unknown) => {
      throw storeUnavailable(
        'The store is away, so it is not known by which keys its records are sealed.',
        cause,
      )
    })
    const sealedWith = [...counts].map(([key, counted]) => ({ key, ...counted }))
    return { sealedWith, complete: sealedWith.every(({ key }) => key === seal.first) }
  }
}
