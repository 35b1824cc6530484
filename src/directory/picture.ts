import type { Account } from '../domain/account.ts'
import type { CallerToken } from '../domain/caller-token.ts'
import type { Channel } from '../domain/channel.ts'
import { type Entry, targetOf } from './entry.ts'
import { Records } from './records.ts'

/** A change as the picture gets it: opened, or `undefined` where the seal did not hold. */
export interface OpenedChange {
  readonly target: string
  readonly revision: number
  readonly entry: Entry | undefined
}

/** All accounts, channels and tokens, as of one revision of the store. */
export class Picture {
  readonly accounts = new Records<Account>()
  readonly channels = new Records<Channel>()
  readonly tokens = new Records<CallerToken>()
  /** Targets whose newest record does not open, with the revision that it claims to have. */
  readonly unreadable = new Map<string, number>()
  readonly #fill: (account: Account) => Account

  /** @param fill puts in the token of an account that keeps it elsewhere */
  constructor(fill: (account: Account) => Account = (account) => account) {
    this.#fill = fill
  }

  /** Takes a change, unless what it brings is older than what is there. */
  put({ target, revision, entry }: OpenedChange): void {
    // The revision of a record that does not open is anybody's word, so it holds nothing up.
    if ((this.#recordsOf(target)?.get(nameOf(target))?.revision ?? 0) > revision) return
    this.unreadable.delete(target)
    if (entry === undefined || targetOf(entry) !== target) {
      this.#recordsOf(target)?.delete(nameOf(target))
      this.unreadable.set(target, revision)
    } else this.#putEntry(entry, revision)
  }

  #putEntry({ kind, id, record }: Entry, revision: number): void {
    switch (kind) {
      case 'account':
        if (record === null) this.accounts.delete(id)
        else this.accounts.set(record.id, this.#fill(withRevision(record, revision)))
        return
      case 'channel':
        if (record === null) this.channels.delete(id)
        else this.channels.set(record.alias, withRevision(record, revision))
        return
      case 'token':
        if (record === null) this.tokens.delete(id)
        else this.tokens.set(record.jti, withRevision(record, revision))
        return
      case 'keys':
      case 'directory':
        return
    }
  }

  #recordsOf(target: string): Records<Account> | Records<Channel> | Records<CallerToken> | undefined {
    if (target.startsWith('account:')) return this.accounts
    if (target.startsWith('channel:')) return this.channels
    return target.startsWith('token:') ? this.tokens : undefined
  }
}

/**
 * The record was read out of the store a moment ago, and nobody else has it: a copy of it, made with `...`, would
 * take twice the memory, and there are many.
 */
function withRevision<T extends object>(record: T, revision: number): T & { readonly revision: number } {
  return Object.assign(record, { revision })
}

function nameOf(target: string): string {
  return target.slice(target.indexOf(':') + 1)
}
