/**
 * Adds a batch in one step, once.
 * KEYS: the counts of the day, the totals of its month, the last sequence of each replica in that month; then hours.
 * ARGV: replica, sequence, how many fields the day may have, when it is forgotten (Unix time in s), for how many
 * seconds hours are kept, how many counts and how many totals there are; for each count a field, the field without
 * its caller, the count; for each total its name and a count; then in threes the key of an hour, its field, a count.
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
local rows_end = 7 + 3 * tonumber(ARGV[6])
local totals_end = rows_end + 2 * tonumber(ARGV[7])
for i = 8, rows_end, 3 do
  local field = ARGV[i]
  if size >= most and redis.call('HEXISTS', KEYS[1], field) == 0 then
    field = ARGV[i + 1]
    folded = folded + 1
  end
  local count = redis.call('HINCRBY', KEYS[1], field, ARGV[i + 2])
  if count == tonumber(ARGV[i + 2]) then size = size + 1 end
end
for i = rows_end + 1, totals_end, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
for i = totals_end + 1, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2])
end
for at = 1, 3 do
  redis.call('EXPIREAT', KEYS[at], ARGV[4], 'NX')
  redis.call('EXPIREAT', KEYS[at], ARGV[4], 'GT')
end
for at = 4, #KEYS do redis.call('EXPIRE', KEYS[at], ARGV[5]) end
return folded
`
