/**
 * Adds a batch in one step, once.
 * KEYS: the counts of the day, the totals of its month, the last sequence of each replica in that month.
 * ARGV: replica, sequence, how many fields the day may have, when it is forgotten (Unix time in s), how many counts
 * there are; for each a field, the field without its caller, a count; then in twos a total's name and a count.
 * Gives how many counts went to the field without a caller.
 *
 * The sequence is written first: a script is not undone when a later command fails, and a count that is missing is
 * better than one that is there twice. The month lives as long as its last day.
 */
export const ADD_USAGE = `
local last = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or 0)
if last >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
local most, folded, size = tonumber(ARGV[3]), 0, redis.call('HLEN', KEYS[1])
local rows_end = 5 + 3 * tonumber(ARGV[5])
for i = 6, rows_end, 3 do
  local field = ARGV[i]
  if size >= most and redis.call('HEXISTS', KEYS[1], field) == 0 then
    field = ARGV[i + 1]
    folded = folded + 1
  end
  local count = redis.call('HINCRBY', KEYS[1], field, ARGV[i + 2])
  if count == tonumber(ARGV[i + 2]) then size = size + 1 end
end
for i = rows_end + 1, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
for _, key in ipairs(KEYS) do
  redis.call('EXPIREAT', key, ARGV[4], 'NX')
  redis.call('EXPIREAT', key, ARGV[4], 'GT')
end
return folded
`
