import type { Logger } from 'pino'
import { type JwksClient, makeJwksClient, readJwksUrl } from './fetch-jwks.ts'
import { type ProviderKeys, readProviderKeys } from './provider-keys.ts'
import { type PublicKey, type TokenHeader, namedKey, unnamedKey } from './public-keys.ts'

export interface IdentityProviderOptions {
  /** Where its JWKS (RFC 7517) is: what `readJwksUrl` takes. */
  readonly url: string
  /** How long fetched keys are used before they are fetched again. */
  readonly maxAgeMs: number
  /** The shortest time from the begin of one fetch to the begin of the next, whatever came of it. */
  readonly cooldownMs: number
  /** The longest a fetch may take, from its begin to the last byte. */
  readonly timeoutMs: number
  readonly log: Logger
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export interface IdentityProvider {
  /** The keys in force: those of the last good fetch. */
  readonly keys: readonly PublicKey[]
  /** The last fetch brought no keys; those of the last good one, if there was any, stay in force. */
  readonly isAway: boolean
  /**
   * The key that may have signed a token with this header. A key that is there is given at once. For any other the
   * fetch under way is waited for, or a new one when the name is unknown and the cool-down is over. Never rejects.
   */
  keyFor(header: TokenHeader): Promise<PublicKey | undefined>
  /** Ends the fetch under way and all to come. */
  close(): Promise<void>
}

const SKIPPED_SHOWN = 10

/**
 * Fetches the keys of an identity provider, at once and again and again, in the background: no request waits for a key
 * that is there. When the provider is away, or answers nonsense, the last good keys stay in force.
 * Throws the sentence of `readJwksUrl`.
 */
export function identityProvider(options: IdentityProviderOptions): IdentityProvider {
  return new FetchedKeys(options)
}

type State = 'pending' | 'current' | 'away'

const ARRIVED: Readonly<Record<State, string>> = {
  pending: 'the keys of the identity provider are loaded',
  away: 'the identity provider gives its keys again',
  current: 'the identity provider has changed its keys',
}

class FetchedKeys implements IdentityProvider {
  readonly #options: IdentityProviderOptions
  readonly #client: JwksClient
  readonly #now: () => number
  #held: ProviderKeys = { keys: [], skipped: [] }
  #state: State = 'pending'
  #beganAt = 0
  #underWay: Promise<void> | undefined
  #next: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: IdentityProviderOptions) {
    this.#options = options
    this.#client = makeJwksClient(readJwksUrl(options.url), options.timeoutMs)
    this.#now = options.now ?? (() => performance.now())
    this.#fetch()
  }

  get keys(): readonly PublicKey[] {
    return this.#held.keys
  }

  get isAway(): boolean {
    return this.#state === 'away'
  }

  async keyFor(header: TokenHeader): Promise<PublicKey | undefined> {
    const key = this.#find(header)
    if (key !== undefined) return key
    if (typeof header.kid === 'string' && this.#isDue()) this.#fetch()
    await this.#underWay
    return this.#find(header)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#next)
    await this.#client.destroy()
    await this.#underWay
  }

  /** A token that gives a name means that key and no other. */
  #find(header: TokenHeader): PublicKey | undefined {
    return header.kid === undefined ? unnamedKey(this.keys, header) : namedKey(this.keys, header)
  }

  #isDue(): boolean {
    return this.#underWay === undefined && this.#now() - this.#beganAt >= this.#options.cooldownMs
  }

  #fetch(): void {
    if (this.#closed) return
    clearTimeout(this.#next)
    this.#beganAt = this.#now()
    this.#underWay = this.#fetchAndTake().finally(() => {
      this.#underWay = undefined
      this.#schedule()
    })
  }

  /** After a failure the next try is not a whole age away. */
  #schedule(): void {
    if (this.#closed) return
    const { maxAgeMs, cooldownMs } = this.#options
    const pauseMs = this.isAway ? cooldownMs : Math.max(maxAgeMs, cooldownMs)
    const leftMs = Math.max(0, this.#beganAt + pauseMs - this.#now())
    this.#next = setTimeout(() => this.#fetch(), leftMs).unref()
  }

  async #fetchAndTake(): Promise<void> {
    try {
      this.#take(readProviderKeys(await this.#client.fetch()))
    } catch (error) {
      if (!this.#closed) this.#keepLast(error)
    }
  }

  #take(fetched: ProviderKeys): void {
    const changed = JSON.stringify(fetched) !== JSON.stringify(this.#held)
    this.#held = fetched
    if (changed || this.#state !== 'current') {
      const skipped = fetched.skipped.slice(0, SKIPPED_SHOWN)
      this.#options.log.info({ keys: fetched.keys.length, skipped }, ARRIVED[this.#state])
    }
    this.#state = 'current'
  }

  #keepLast(error: unknown): void {
    if (this.#state !== 'away') {
      this.#options.log.warn(
        { alarm: 'identity-provider-away', reason: reasonOf(error) },
        'the identity provider gives no keys; the last ones stay in force',
      )
    }
    this.#state = 'away'
  }
}

/** Some errors of the system have no message, only a code. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || 'unknown'
}
