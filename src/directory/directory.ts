import type { Account, UsableAccount } from '../domain/account.ts'
import type { CallerToken } from '../domain/caller-token.ts'
import type { Channel } from '../domain/channel.ts'
import { type OpenedChange, Picture } from './picture.ts'
import type { Records } from './records.ts'
import type { StorePosition } from './store.ts'

/** Where an alias leads, or why that cannot be said. */
export type Found =
  | { readonly known: true; readonly channel: Channel; readonly account: UsableAccount }
  | { readonly known: false; readonly why: 'unknown' | 'unreadable' | 'blind' | 'not-loaded' | 'no-token' }

/** All that the data plane may do with the directory. */
export interface ChannelFinder {
  find(alias: string): Found
}

/** `current`: follows the store. `blind`: serves the last picture, the store is away. `lost`: the store has forgotten. */
export type DirectoryState = 'not-loaded' | 'current' | 'blind' | 'lost'

type Kept<T extends { readonly revision: number }> = Pick<Records<T>, 'get' | 'values' | 'after' | 'size'>

/** Reading access for the control plane. */
export interface DirectoryReader extends ChannelFinder {
  readonly state: DirectoryState
  readonly position: StorePosition | undefined
  readonly accounts: Kept<Account>
  readonly channels: Kept<Channel>
  readonly tokens: Kept<CallerToken>
  /** Targets whose record does not open: `channel:sales`. */
  readonly unreadable: ReadonlyMap<string, number>
  /** When the last change was applied. */
  readonly appliedAt: Date
  /** Is a token with this `jti` to be refused? */
  isRevoked(jti: string): boolean
  /** Resolves when the picture has reached a revision, or after `limitMs`: then with `false`. */
  reached(revision: number, limitMs: number): Promise<boolean>
  /** Resolves when the picture is of this life of the store; likewise. */
  inLife(epoch: string, limitMs: number): Promise<boolean>
}

/**
 * The picture in memory, and how it stands to the store.
 * The follower is the only one that changes it; requests read it without waiting for anybody.
 */
export class Directory implements DirectoryReader {
  state: DirectoryState = 'not-loaded'
  position: StorePosition | undefined
  appliedAt = new Date()
  /** Why there is no picture yet; for the log, which says it once. */
  whyNotLoaded = ''
  #picture = new Picture()
  readonly #waiting = new Set<() => void>()

  get accounts(): Records<Account> {
    return this.#picture.accounts
  }

  get channels(): Records<Channel> {
    return this.#picture.channels
  }

  get tokens(): Records<CallerToken> {
    return this.#picture.tokens
  }

  get unreadable(): ReadonlyMap<string, number> {
    return this.#picture.unreadable
  }

  find(alias: string): Found {
    if (this.state === 'not-loaded') return { known: false, why: 'not-loaded' }
    const { channels, accounts, unreadable } = this.#picture
    const channel = channels.get(alias)
    if (channel === undefined) {
      if (unreadable.has(`channel:${alias}`)) return { known: false, why: 'unreadable' }
      return { known: false, why: this.state === 'current' ? 'unknown' : 'blind' }
    }
    const account = accounts.get(channel.account)
    if (account === undefined) return { known: false, why: 'unreadable' }
    return isUsable(account) ? { known: true, channel, account } : { known: false, why: 'no-token' }
  }

  /** A revocation that does not open is one all the same: else damaging it would undo it. */
  isRevoked(jti: string): boolean {
    const { tokens, unreadable } = this.#picture
    return tokens.get(jti)?.revokedAt !== undefined || unreadable.has(`token:${jti}`)
  }

  /** Takes a whole new picture in place of the old one, in one step. */
  replace(position: StorePosition, picture: Picture): void {
    this.#picture = picture
    this.state = 'current'
    this.#moveTo(position)
  }

  /** Takes the next change. */
  apply(change: OpenedChange): void {
    if (this.position === undefined) throw new Error('a change came before the picture was loaded')
    if (change.revision <= this.position.revision) return
    this.#picture.put(change)
    this.#moveTo({ epoch: this.position.epoch, revision: change.revision })
  }

  async reached(revision: number, limitMs: number): Promise<boolean> {
    return await this.#until((position) => position.revision >= revision, limitMs)
  }

  async inLife(epoch: string, limitMs: number): Promise<boolean> {
    return await this.#until((position) => position.epoch === epoch, limitMs)
  }

  async #until(isReached: (position: StorePosition) => boolean, limitMs: number): Promise<boolean> {
    const now = (): boolean => this.position !== undefined && isReached(this.position)
    if (now()) return true
    return await new Promise((resolve) => {
      const look = (): void => {
        if (now()) finish(true)
      }
      const timer = setTimeout(() => finish(false), limitMs)
      const finish = (result: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(result)
      }
      this.#waiting.add(look)
    })
  }

  #moveTo(position: StorePosition): void {
    this.position = position
    this.appliedAt = new Date()
    for (const look of this.#waiting) look()
  }
}

function isUsable(account: Account): account is UsableAccount {
  return account.token !== undefined
}
