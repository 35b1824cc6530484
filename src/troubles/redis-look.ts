import type { Logger } from 'pino'
import type { RedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import { examineRedis } from '../directory/redis-health.ts'
import type { Finding } from '../finding.ts'
import { sentenceOf } from './redis-settings.ts'

interface Parts {
  /** `undefined` with the embedded store, which has no such settings. */
  readonly address: RedisAddress | undefined
  /** The longest wait for one answer, or for a connection. */
  readonly timeoutMs: number
  readonly log: Logger
}

/** Between two looks. */
const LOOK_MS = 60_000

/**
 * Looks now and then, in the background, whether Redis is set so that it keeps what it is given. Nobody waits for it.
 * The first look that reaches Redis warns in the log.
 */
export class RedisLook {
  readonly #parts: Parts
  #findings: readonly Finding[] = []
  #lookedAt = -Infinity
  #underWay: Promise<boolean> | undefined
  #connection: RedisConnection | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What the last look found, nothing when it did not reach Redis; begins the next one when it is due. */
  get findings(): readonly Finding[] {
    if (performance.now() - this.#lookedAt >= LOOK_MS) void this.#look()
    return this.#findings
  }

  /** Looks, and writes a warning for everything that is not well; tries again until Redis is there. */
  warn(): void {
    if (this.#parts.address === undefined || this.#isClosed) return
    void this.#look().then((isReached) => {
      if (isReached) for (const finding of this.#findings) this.#write(finding)
      else if (!this.#isClosed) this.#timer = setTimeout(() => this.warn(), LOOK_MS).unref()
    })
  }

  /** Breaks off the look that is under way; waits until nothing of it runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#connection?.close()
    await this.#underWay
    clearTimeout(this.#timer)
  }

  /** One look is under way at a time. Says whether Redis was reached. */
  async #look(): Promise<boolean> {
    const { address } = this.#parts
    if (address === undefined || this.#isClosed) return false
    this.#underWay ??= this.#lookAt(address).finally(() => (this.#underWay = undefined))
    return await this.#underWay
  }

  /** With a connection of its own: the next look is a minute away, if it comes at all. */
  async #lookAt(address: RedisAddress): Promise<boolean> {
    const { timeoutMs } = this.#parts
    this.#lookedAt = performance.now()
    const limits = { commandTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs }
    this.#connection = new RedisConnection({ address, ...limits, onError: () => undefined })
    try {
      this.#findings = await examineRedis(this.#connection)
      return true
    } catch {
      // That it is away is said elsewhere, by those who need it.
      this.#findings = []
      return false
    } finally {
      this.#connection.close()
      this.#connection = undefined
    }
  }

  #write(finding: Finding): void {
    if (finding.level === 'ok') return
    const { log } = this.#parts
    log.warn({ alarm: 'redis-settings', finding: sentenceOf(finding) }, 'Redis may lose what it is given')
  }
}
