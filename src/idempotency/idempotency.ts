import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Seal } from '../directory/seal.ts'
import { Backlog } from './backlog.ts'
import { Claim, type ClaimParts, boundTo, storeAway } from './claim.ts'
import { type Asked, FormPrint, type Owner, printBody, printHead, recordName } from './fingerprint.ts'
import { type KeptOutcome, readOutcomeText } from './kept-outcome.ts'
import type { Found, IdempotencyStore } from './store.ts'

export interface IdempotencyOptions {
  readonly store: IdempotencyStore
  readonly seal: Seal
  readonly log: Logger
  /** How long a claim is held when its process falls silent. */
  readonly leaseMs: number
  /** Larger answers are kept as their status and headers. */
  readonly answerLimitBytes: number
}

/** A request that writes and carries a key. */
export interface Try {
  readonly owner: Owner
  readonly asked: Asked
  /** A form flows: then a function that reads it to its end, into a fingerprint. */
  readonly body: Buffer | ((print: FormPrint) => Promise<void>)
}

/** What a try may do, or what became of an earlier one. */
export type Begun =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'kept'; readonly outcome: KeptOutcome }
  | { readonly kind: 'in-flight' | 'mismatch' | 'unknown' }

/** Sees to it that of all tries with one key, at whatever replica, only one is ever sent. */
export class Idempotency {
  readonly answerLimitBytes: number
  readonly #options: IdempotencyOptions
  readonly #claims = new Set<Claim>()
  readonly #backlog = new Backlog()

  constructor(options: IdempotencyOptions) {
    this.#options = options
    this.answerLimitBytes = options.answerLimitBytes
  }

  /** Claims the key of a try. Throws a refusal when the store is away, and what reading a form throws. */
  async begin({ owner, asked, body }: Try): Promise<Begun> {
    const name = recordName(owner)
    const head = printHead(owner, asked)
    const form = Buffer.isBuffer(body) ? undefined : new FormPrint(owner)
    const print = Buffer.isBuffer(body) ? printBody(owner, body) : ''
    const found = await this.#claim(name, head, print, form)
    if (found instanceof Claim) return { kind: 'claimed', claim: found }
    if (found.head !== head) return { kind: 'mismatch' }
    // Another try's form is read only when there is something to compare it with.
    if (form !== undefined && found.state === 'kept' && found.body !== '' && !Buffer.isBuffer(body))
      await body(form)
    const ours = form?.value ?? print
    if (found.body !== '' && ours !== '' && found.body !== ours) return { kind: 'mismatch' }
    switch (found.state) {
      case 'running':
        return { kind: 'in-flight' }
      case 'unknown':
        return { kind: 'unknown' }
      case 'kept':
        return this.#open(name, found.sealed)
    }
  }

  /** Waits until no claim is under way, then closes the store. */
  async close(): Promise<void> {
    this.#backlog.stop()
    while (this.#claims.size > 0) await Promise.all([...this.#claims].map(({ ended }) => ended))
    await this.#options.store.close()
  }

  async #claim(
    name: string,
    head: string,
    body: string,
    form: FormPrint | undefined,
  ): Promise<Claim | Exclude<Found, { state: 'claimed' }>> {
    const { store, leaseMs } = this.#options
    const token = randomUUID()
    const found = await store.claim(name, { token, head, body }).catch((cause: unknown) => {
      // It may have been claimed all the same: then nobody would use it, and it ends with its lease at the latest.
      void this.#backlog.add(() => store.release(name, token), leaseMs)
      throw storeAway(cause)
    })
    if (found.state !== 'claimed') return found
    const claim = new Claim(this.#parts(), { name, token, head, body, form })
    this.#claims.add(claim)
    void claim.ended.finally(() => this.#claims.delete(claim))
    return claim
  }

  #parts(): ClaimParts {
    const { store, seal, log, leaseMs } = this.#options
    return { store, seal, log, leaseMs, backlog: this.#backlog }
  }

  /** An outcome that cannot be read was one all the same: it must not be sent again. */
  #open(name: string, sealed: string): Begun {
    try {
      return { kind: 'kept', outcome: readOutcomeText(this.#options.seal.open(sealed, boundTo(name))) }
    } catch (err) {
      this.#options.log.error(
        { err },
        'a kept outcome cannot be read: a key is missing, or somebody damaged it',
      )
      return { kind: 'unknown' }
    }
  }
}
