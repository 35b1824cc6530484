import type { Logger } from 'pino'
import type { DirectoryReader } from './directory.ts'
import type { DirectoryStore } from './store.ts'

interface Parts {
  readonly store: DirectoryStore
  readonly directory: DirectoryReader
  readonly log: Logger
  readonly id: string
  /** Host and port of the data plane. */
  readonly address: string
  /** The ids of the encryption keys of this replica. */
  readonly keys: readonly string[]
}

/** This process as one of the replicas: tells the store how far it is, so that writes can wait for all. */
export class Replica {
  readonly #parts: Parts
  #announcing: Promise<void> | undefined
  #isOutdated = false
  #isGone = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Called after every change, and now and then: one announcement is under way at a time, the next has the newest. */
  announce(): void {
    this.#isOutdated = true
    this.#announcing ??= this.#announceUntilCurrent().finally(() => (this.#announcing = undefined))
  }

  /** Says good-bye, so that nobody waits for it. */
  async leave(): Promise<void> {
    this.#isGone = true
    await this.#announcing
    await this.#parts.store.withdraw(this.#parts.id).catch(() => undefined)
  }

  async #announceUntilCurrent(): Promise<void> {
    const { store, directory, log, id, address, keys } = this.#parts
    const isDue = (): boolean => this.#isOutdated && !this.#isGone
    while (isDue()) {
      this.#isOutdated = false
      const { position, appliedAt } = directory
      if (position === undefined) return
      try {
        await store.announce({ id, address, keys, ...position, appliedAt: appliedAt.toISOString() })
      } catch (err) {
        log.debug({ err }, 'the replica could not announce itself')
      }
    }
  }
}
