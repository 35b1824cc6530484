import type { DirectoryReader, DirectoryState } from '../directory/directory.ts'

const LOOK_MS = 500

/** Remembers since when the directory has been in its state, as it was seen twice a second. */
export class StateSince {
  readonly #directory: Pick<DirectoryReader, 'state'>
  readonly #timer: NodeJS.Timeout
  #state: DirectoryState
  /** Unknown until the first turn: what was before the first look was not seen. */
  #since: Date | undefined

  constructor(directory: Pick<DirectoryReader, 'state'>) {
    this.#directory = directory
    this.#state = directory.state
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  get since(): Date | undefined {
    this.#look()
    return this.#since
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { state } = this.#directory
    if (state === this.#state) return
    this.#state = state
    this.#since = new Date()
  }
}
