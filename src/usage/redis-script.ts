/**
 * Adds a batch in one step, once.
 * KEYS: the counts of the day, the totals of its month, the last sequence of each replica in that month; then hours.
 * ARGV: a `ScriptBatch` as JSON, which is one argument instead of thousands.
 * Gives how many counts went to the field without a caller.
 *
 * The sequence is written first: a script is not undone when a later command fails, and a count that is missing is
 * better than one that is there twice. The month lives as long as its last day.
 */
export const ADD_USAGE = `
local batch = cjson.decode(ARGV[1])
local last = tonumber(redis.call('HGET', KEYS[3], batch.replica) or 0)
if last >= batch.sequence then return 0 end
redis.call('HSET', KEYS[3], batch.replica, batch.sequence)
local folded, size = 0, redis.call('HLEN', KEYS[1])
for _, row in ipairs(batch.counts) do
  local field = row[1] .. row[2]
  if size >= batch.mostFields and redis.call('HEXISTS', KEYS[1], field) == 0 then
    field = row[1] .. batch.others
    folded = folded + 1
  end
  local count = redis.call('HINCRBY', KEYS[1], field, row[3])
  if count == row[3] then size = size + 1 end
end
for _, row in ipairs(batch.totals) do redis.call('HINCRBY', KEYS[2], row[1], row[2]) end
for _, row in ipairs(batch.minutes) do redis.call('HINCRBY', KEYS[row[1]], row[2], row[3]) end
for at = 1, 3 do
  redis.call('EXPIREAT', KEYS[at], batch.forgottenAt, 'NX')
  redis.call('EXPIREAT', KEYS[at], batch.forgottenAt, 'GT')
end
for at = 4, #KEYS do redis.call('EXPIRE', KEYS[at], batch.hourKeptSeconds) end
return folded
`

/** What the script is given. */
export interface ScriptBatch {
  readonly replica: string
  readonly sequence: number
  /** How many fields the day may have. */
  readonly mostFields: number
  /** Each count's field up to the caller, the rest of it, and how many. */
  readonly counts: readonly (readonly [head: string, caller: string, count: number])[]
  /** The rest of the field for the callers that found no place. */
  readonly others: string
  readonly totals: readonly (readonly [name: string, count: number])[]
  /** The key of an hour (the first of `KEYS` is 1), its field, and how many. */
  readonly minutes: readonly (readonly [key: number, field: string, count: number])[]
  /** When the day is forgotten: Unix time in s. */
  readonly forgottenAt: number
  readonly hourKeptSeconds: number
}
