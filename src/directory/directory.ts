import type { Account } from '../domain/account.ts'
import type { Channel } from '../domain/channel.ts'
import type { Entry } from './entry.ts'
import type { StorePosition } from './store.ts'

/** Where an alias leads, or why that cannot be said. */
export type Found =
  | { readonly known: true; readonly channel: Channel; readonly account: Account }
  | { readonly known: false; readonly why: 'unknown' | 'unreadable' | 'blind' | 'not-loaded' }

/** All that the data plane may do with the directory. */
export interface ChannelFinder {
  find(alias: string): Found
}

/** `current`: follows the store. `blind`: serves the last picture, the store is away. `lost`: the store has forgotten. */
export type DirectoryState = 'not-loaded' | 'current' | 'blind' | 'lost'

/** Reading access for the control plane. */
export interface DirectoryReader extends ChannelFinder {
  readonly state: DirectoryState
  readonly position: StorePosition | undefined
  account(id: string): Account | undefined
  channel(alias: string): Channel | undefined
  accounts(): Iterable<Account>
  channels(): Iterable<Channel>
  /** Resolves when the picture has reached a revision, or after `limitMs`: then with `false`. */
  reached(revision: number, limitMs: number): Promise<boolean>
}

/** A change as the directory gets it: opened, or `undefined` where the seal did not hold. */
export interface AppliedChange {
  readonly target: string
  readonly revision: number
  readonly entry: Entry | undefined
}

/**
 * The picture in memory: all accounts and channels, as of one revision of the store.
 * The follower is the only one that changes it; requests read it without waiting for anybody.
 */
export class Directory implements DirectoryReader {
  state: DirectoryState = 'not-loaded'
  position: StorePosition | undefined
  #accounts = new Map<string, Account>()
  #channels = new Map<string, Channel>()
  /** Targets whose newest record does not open, with its revision. */
  #unreadable = new Map<string, number>()
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>()

  find(alias: string): Found {
    if (this.state === 'not-loaded') return { known: false, why: 'not-loaded' }
    const channel = this.#channels.get(alias)
    if (channel === undefined) {
      if (this.#unreadable.has(`channel:${alias}`)) return { known: false, why: 'unreadable' }
      return { known: false, why: this.state === 'current' ? 'unknown' : 'blind' }
    }
    const account = this.#accounts.get(channel.account)
    if (account === undefined) return { known: false, why: 'unreadable' }
    return { known: true, channel, account }
  }

  account(id: string): Account | undefined {
    return this.#accounts.get(id)
  }

  channel(alias: string): Channel | undefined {
    return this.#channels.get(alias)
  }

  accounts(): Iterable<Account> {
    return this.#accounts.values()
  }

  channels(): Iterable<Channel> {
    return this.#channels.values()
  }

  /** Takes a whole new picture in place of the old one, in one step. */
  replace(position: StorePosition, changes: readonly AppliedChange[]): void {
    this.#accounts = new Map()
    this.#channels = new Map()
    this.#unreadable = new Map()
    for (const change of changes) this.#put(change)
    this.#moveTo(position)
  }

  /** Takes the next change. */
  apply(change: AppliedChange): void {
    if (this.position === undefined) throw new Error('a change came before the picture was loaded')
    if (change.revision <= this.position.revision) return
    this.#put(change)
    this.#moveTo({ epoch: this.position.epoch, revision: change.revision })
  }

  async reached(revision: number, limitMs: number): Promise<boolean> {
    if ((this.position?.revision ?? -1) >= revision) return true
    return await new Promise((resolve) => {
      const waiter = { revision, resolve: () => finish(true) }
      const timer = setTimeout(() => finish(false), limitMs)
      const finish = (result: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
        resolve(result)
      }
      this.#waiting.add(waiter)
    })
  }

  #put({ target, revision, entry }: AppliedChange): void {
    // A picture may already hold what a change brings, when it was written while the picture was read.
    if (this.#revisionOf(target) > revision) return
    this.#recordsOf(target)?.delete(idOf(target))
    this.#unreadable.delete(target)
    if (entry === undefined) this.#unreadable.set(target, revision)
    else if (entry.kind === 'account' && entry.account)
      this.#accounts.set(entry.id, { ...entry.account, revision })
    else if (entry.kind === 'channel' && entry.channel)
      this.#channels.set(entry.id, { ...entry.channel, revision })
  }

  #revisionOf(target: string): number {
    return this.#recordsOf(target)?.get(idOf(target))?.revision ?? this.#unreadable.get(target) ?? 0
  }

  /** The records of a target's kind; none for a kind that a later version may have. */
  #recordsOf(target: string): Map<string, Account> | Map<string, Channel> | undefined {
    if (target.startsWith('account:')) return this.#accounts
    return target.startsWith('channel:') ? this.#channels : undefined
  }

  #moveTo(position: StorePosition): void {
    this.position = position
    for (const waiter of this.#waiting) if (waiter.revision <= position.revision) waiter.resolve()
  }
}

function idOf(target: string): string {
  return target.slice(target.indexOf(':') + 1)
}
