/**
 * What the directory asks of a store. There are two, Redis and a file, and one test suite for both.
 *
 * A store keeps an ordered list of changes, numbered by revision, and the newest change of every target.
 * It cannot read what it keeps: `sealed` is made and opened above it (`seal.ts`).
 */
export interface DirectoryStore {
  /** Everything at once. Makes the store ready on its very first use. */
  load(): Promise<StoredPicture>

  /**
   * Calls `onChanges` with the changes after `position`, in order, none left out, then with each new
   * one as it comes; with an empty list now and then, as a sign of life. Ends when `signal` aborts.
   *
   * Throws `StoreLost` when the store no longer continues the picture at `position`, and whatever the
   * client throws when the store cannot be reached.
   */
  follow(
    position: StorePosition,
    onChanges: (changes: readonly SealedChange[]) => void,
    signal: AbortSignal,
  ): Promise<void>

  /**
   * Adds one change, written and synced when this returns, if the store is still at the revision
   * before it; answers `moved`, and changes nothing, when somebody else was faster.
   * Throws `StoreLost` when the store's epoch is another.
   */
  commit(epoch: string, change: SealedChange): Promise<'committed' | 'moved'>

  close(): Promise<void>
}

export interface StorePosition {
  /** The name of this life of the store. A store that lost its data comes back with another, or none. */
  readonly epoch: string
  /** The number of the last change; 0 before the first. */
  readonly revision: number
}

export interface StoredPicture extends StorePosition {
  /** The newest change of every target that was not deleted, in any order. */
  readonly records: readonly SealedChange[]
}

/** One change of one target, sealed. */
export interface SealedChange {
  readonly revision: number
  /** `account:acme`, `channel:sales` */
  readonly target: string
  /** True when the change removes the target. */
  readonly deleted: boolean
  readonly sealed: string
}

/** The store is not the one the picture was taken from, or has forgotten changes we still need. */
export class StoreLost extends Error {
  /** `trimmed`: the picture is only too old, load anew. `replaced`: another store stands there. */
  readonly reason: 'trimmed' | 'replaced'

  constructor(reason: 'trimmed' | 'replaced', detail: string) {
    super(detail)
    this.name = 'StoreLost'
    this.reason = reason
  }
}
