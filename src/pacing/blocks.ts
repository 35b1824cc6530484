import type { RedisConnection } from '../directory/redis-connection.ts'

/** Endpoints at which Wati has answered 429, and until when nothing is to be sent to them. */
export interface Blocks {
  /** How many milliseconds an endpoint of an account is still to be left alone; 0 when it is not. */
  leftMs(key: string): number
  add(key: string, forMs: number): void
  close(): void
}

/** KEYS: the blocks. ARGV: nothing, or a key and for how many ms. Gives keys and the ms that are left. */
const BLOCKS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] then
  local ends = math.max(now + tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0))
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', ends))
end
local answer, all = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local left = tonumber(all[i + 1]) - now
  if left <= 0 then redis.call('HDEL', KEYS[1], all[i])
  else table.insert(answer, all[i]) table.insert(answer, left) end
end
return answer
`
const KEY = 'wati-gateway:pace:blocks'

/** How often a replica looks for what the others were told. */
const LOOK_MS = 500

/** The blocks of this process; with Redis, those that the other replicas were told as well. */
export class SharedBlocks implements Blocks {
  readonly #connection: RedisConnection | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #until = new Map<string, number>()

  constructor(connection?: RedisConnection) {
    this.#connection = connection
    if (connection !== undefined) this.#timer = setInterval(() => void this.#exchange(), LOOK_MS).unref()
  }

  leftMs(key: string): number {
    const until = this.#until.get(key)
    if (until === undefined) return 0
    const left = until - performance.now()
    if (left <= 0) this.#until.delete(key)
    return Math.max(0, left)
  }

  add(key: string, forMs: number): void {
    this.#raise(key, forMs)
    void this.#exchange(key, String(Math.ceil(forMs)))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The bucket's own block holds without this; so a Redis that is away is left to the next look. */
  async #exchange(...block: string[]): Promise<void> {
    try {
      const flat = (await this.#connection?.run((redis) => redis.eval(BLOCKS, 1, KEY, ...block))) as
        (string | number)[] | undefined
      for (let i = 0; flat !== undefined && i + 1 < flat.length; i += 2)
        this.#raise(String(flat[i]), Number(flat[i + 1]))
    } catch {
      // See above.
    }
  }

  #raise(key: string, forMs: number): void {
    this.#until.set(key, Math.max(this.#until.get(key) ?? 0, performance.now() + forMs))
  }
}
