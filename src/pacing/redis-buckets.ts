import type { RedisConnection } from '../directory/redis-connection.ts'
import type { Applicant, Limit, Turn } from './bucket.ts'
import { BUCKET } from './bucket-script.ts'
import type { BucketAnswer, Buckets, GrantedBefore } from './buckets.ts'
import { Turnstile } from './turnstile.ts'

/**
 * How many orders are under way at a time: a thousand calls that come at once would have to wait longer than a Redis
 * is given that is well.
 */
const UNDER_WAY = 16

/** The buckets that all replicas share, in Redis. Its methods throw when Redis is away or too slow. */
export class RedisBuckets implements Buckets {
  readonly #connection: RedisConnection
  readonly #replica: string
  readonly #turnstile = new Turnstile(UNDER_WAY)

  /** @param replica what the ids of this replica's applicants begin with */
  constructor(connection: RedisConnection, replica: string) {
    this.#connection = connection
    this.#replica = replica
  }

  async ask(key: string, limit: Limit, who: Applicant, waitMs: number): Promise<BucketAnswer> {
    const { id, channel, weight, caller } = who
    return await this.#run(key, limit, 'ask', id, channel, weight, caller, waitMs)
  }

  async claim(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return await this.#run(key, limit, 'claim', id)
  }

  async leave(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return await this.#run(key, limit, 'leave', id)
  }

  async giveBack(key: string, limit: Limit, id: string): Promise<BucketAnswer> {
    return await this.#run(key, limit, 'back', id)
  }

  async block(key: string, limit: Limit, forMs: number): Promise<BucketAnswer> {
    return await this.#run(key, limit, 'block', forMs)
  }

  async tell(key: string, limit: Limit, granted: readonly GrantedBefore[]): Promise<BucketAnswer> {
    const starts = granted.flatMap(({ who: { id, channel, weight, caller }, agoMs }) => [
      ...[id, channel, weight, caller],
      Math.round(agoMs),
    ])
    return await this.#run(key, limit, 'tell', ...starts)
  }

  async #run(key: string, limit: Limit, ...order: (string | number)[]): Promise<BucketAnswer> {
    // Who claims a turn has waited, and has only a moment for it.
    return await this.#turnstile.pass(order[0] !== 'ask', () => this.#send(key, limit, order))
  }

  async #send(key: string, limit: Limit, order: readonly (string | number)[]): Promise<BucketAnswer> {
    const { max, windowMs, graceMs } = limit
    const args = [max, windowMs, graceMs, this.#replica, ...order]
    const askedAt = performance.now()
    const answer = (await this.#connection.run((redis) =>
      redis.eval(BUCKET, 1, `wati-gateway:pace:{${key}}`, ...args),
    )) as (string | number)[]
    const [verdict, inMs, remaining, ...waiting] = answer
    const turn = verdict === '' ? undefined : { verdict: verdict as Turn['verdict'], inMs: Number(inMs) }
    return { askedAt, turn, remaining: Number(remaining), waiting: pairs(waiting) }
  }
}

function pairs(flat: readonly (string | number)[]): Map<string, number> {
  const map = new Map<string, number>()
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(String(flat[i]), Number(flat[i + 1]))
  return map
}
