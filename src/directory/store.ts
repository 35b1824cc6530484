/**
 * What the directory asks of a store. There are two, Redis and a file, and one test suite for both.
 *
 * A store keeps an ordered list of changes, numbered by revision, and the newest change of every target.
 * It cannot read what it keeps: `sealed` is made and opened above it (`seal.ts`).
 */
export interface DirectoryStore {
  /**
   * Hands over the newest change of every target that was not deleted: in pieces, in any order, one perhaps
   * twice (then the higher revision counts). Gives the position from which to follow.
   *
   * Makes a store that was never used ready, unless `known` says which one is expected; throws `StoreLost`
   * when that one is not there any more.
   */
  load(onRecords: (records: readonly SealedChange[]) => void, known?: StorePosition): Promise<StorePosition>

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

  /** The changes that are still kept, in the order of their revisions or the other way round. */
  history(range: HistoryRange): Promise<readonly SealedChange[]>

  /**
   * Puts other seals in place of those that `again` gives one for, in records and in the history, while the
   * store is in use. Can be broken off at any point and started anew. With an `again` that gives nothing,
   * it only looks at all of them.
   */
  reseal(again: Reseal): Promise<void>

  /**
   * Gives a store that lost its data a new life with these records, in one step. Answers `occupied`, and
   * changes nothing, when there is a directory in it that is not the one that was lost.
   */
  reseed(life: NewLife, records: Iterable<readonly SealedChange[]>): Promise<'reseeded' | 'occupied'>

  /** Says how far a replica is. Forgotten after a time when it is not said again. */
  announce(replica: Announcement): Promise<void>
  withdraw(replicaId: string): Promise<void>
  /** All replicas that have announced themselves and were not forgotten, and the store's own revision. */
  replicas(): Promise<{ readonly head: number; readonly items: readonly AnnouncedReplica[] }>

  close(): Promise<void>
}

export interface StorePosition {
  /** The name of this life of the store. A store that lost its data comes back with another, or none. */
  readonly epoch: string
  /** The number of the last change; 0 before the first. */
  readonly revision: number
}

/** One change of one target, sealed. */
export interface SealedChange {
  readonly revision: number
  /** `account:acme`, `channel:sales`, `token:…` */
  readonly target: string
  /** True when the change removes the target, or is only an event that leaves no record. */
  readonly deleted: boolean
  readonly sealed: string
}

export interface HistoryRange {
  /** Only changes after this revision; or before it, when the newest come first. */
  readonly from?: number
  readonly count: number
  readonly newestFirst: boolean
}

export interface Reseal {
  /** The text to put in place of a change's seal; `undefined` leaves it. */
  readonly again: (change: SealedChange, where: 'record' | 'history') => string | undefined
  /** A name that is the same for the same new seals, so that broken-off work can be gone on with. */
  readonly name: string
}

/** A new life for a store that lost its data. */
export interface NewLife extends StorePosition {
  /** The life that was lost. */
  readonly lost: string
  /** Sealed proof for other replicas that this life continues the lost one. */
  readonly deed: string
}

export interface Announcement {
  readonly id: string
  readonly epoch: string
  readonly revision: number
  /** When that revision was applied, RFC 3339. */
  readonly appliedAt: string
  /** Host and port of its data plane. */
  readonly address: string
  /** The ids of its encryption keys; the first seals. */
  readonly keys: readonly string[]
}

export interface AnnouncedReplica extends Announcement {
  /** When it last announced itself, RFC 3339. */
  readonly seenAt: string
}

/** Another life of the store than the expected one. */
export interface Successor {
  readonly epoch: string
  /** By it a life claims to continue a lost one; empty where it does not. */
  readonly deed: string
  /** Is there a directory in it? Told by `load`. */
  readonly hasRecords?: boolean
}

/** The store is not the one the picture was taken from, or has forgotten changes we still need. */
export class StoreLost extends Error {
  /** `trimmed`: the picture is only too old, load anew. `replaced`: another store stands there. */
  readonly reason: 'trimmed' | 'replaced'
  /** What stands there instead. */
  readonly successor: Successor | undefined

  constructor(reason: 'trimmed' | 'replaced', detail: string, successor?: Successor) {
    super(detail)
    this.name = 'StoreLost'
    this.reason = reason
    this.successor = successor
  }
}
